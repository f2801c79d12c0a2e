import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { startProxy, type TcpProxy } from '../../../support/faults/proxy.js';
import { waitUntil } from '../../../support/wait-until.js';

/** Answers every byte with itself, and counts those it has seen. */
const startEcho = async () => {
  let seen = '';
  const sockets: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      seen += data.toString();
      socket.write(data);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    seen: () => seen,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};

const openClient = async (port: number) => {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  let heard = '';
  let end: 'no' | 'in order' | 'reset' = 'no';
  socket.on('data', (data) => {
    heard += data.toString();
  });
  socket.on('end', () => {
    end = 'in order';
  });
  socket.on('error', () => {
    end = 'reset';
  });
  // A refused one may hear of the reset before it hears that it is connected.
  await once(socket, 'connect').catch(() => undefined);
  return {
    write: (text: string) => socket.write(text),
    heard: () => heard,
    end: () => end,
    close: () => socket.destroy(),
  };
};

describe('the proxy', () => {
  let echo: Awaited<ReturnType<typeof startEcho>>;
  let proxy: TcpProxy;
  let client: Awaited<ReturnType<typeof openClient>>;
  const opened: Awaited<ReturnType<typeof openClient>>[] = [];
  const open = async () => {
    const another = await openClient(proxy.port);
    opened.push(another);
    return another;
  };

  beforeEach(async () => {
    echo = await startEcho();
    proxy = await startProxy();
    proxy.lead(echo.port);
    client = await open();
    client.write('a');
    await waitUntil(() => client.heard() === 'a');
  });
  afterEach(async () => {
    for (const another of opened) another.close();
    await proxy.close();
    echo.close();
  });

  it('lets stalled replies go, late and in order', async () => {
    proxy.stall('replies');
    client.write('b');
    await waitUntil(() => echo.seen() === 'ab');
    client.write('c');
    await waitUntil(() => echo.seen() === 'abc');
    expect(client.heard()).toBe('a');
    proxy.heal();
    await waitUntil(() => client.heard() === 'abc');
  });

  it('lets stalled requests go, late', async () => {
    proxy.stall('requests');
    client.write('b');
    const other = await open();
    other.write('x');
    expect(echo.seen()).toBe('a');
    proxy.heal();
    await waitUntil(() => client.heard() === 'ab' && other.heard() === 'x');
  });

  it('loses replies together with their connection only', async () => {
    proxy.swallowReplies();
    client.write('b');
    await waitUntil(() => echo.seen() === 'ab');
    proxy.heal();
    await waitUntil(() => client.end() === 'reset');
    expect(client.heard()).toBe('a');
  });

  it('closes the one half while the other still carries requests', async () => {
    proxy.halfClose();
    await waitUntil(() => client.end() === 'in order');
    client.write('b');
    await waitUntil(() => echo.seen() === 'ab');
  });

  it('refuses and resets until it heals', async () => {
    proxy.refuse();
    await waitUntil(() => client.end() === 'reset');
    const refused = await open();
    await waitUntil(() => refused.end() === 'reset');
    proxy.heal();
    const other = await open();
    other.write('b');
    await waitUntil(() => other.heard() === 'b');
  });
});
