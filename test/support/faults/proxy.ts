/**
 * A TCP proxy that does to connections what networks do: delay, stall, cut, half-close, and the loss of a
 * reply together with its connection. Bytes within a connection are never lost, doubled or reordered,
 * since TCP rules that out; a reply that is swallowed ends with its connection.
 */
import { once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Way of the bytes, as seen from the client. */
export type Direction = 'requests' | 'replies';

/** A link on which faults are done. */
export type Link = {
  /** Port that clients connect to. */
  readonly port: number;
  /** Server that connections lead to from now on. */
  readonly lead: (port: number) => void;
  /** Holds every chunk of bytes back for so long, both ways; 0 for none. */
  readonly delay: (ms: number) => void;
  /** Holds bytes back until `heal`, which lets them go, late: connections look alive and are silent. */
  readonly stall: (...directions: readonly Direction[]) => void;
  /** Takes requests and loses their replies until `heal`, which ends those connections. */
  readonly swallowReplies: () => void;
  /** Refuses new connections and resets those that are open, until `heal`. */
  readonly refuse: () => void;
  /** Resets all open connections once. */
  readonly reset: () => void;
  /** Ends the servers' side of all open connections in order (FIN), while requests still flow. */
  readonly halfClose: () => void;
  /** Back to passing everything on. */
  readonly heal: () => void;
  readonly close: () => Promise<void>;
};

export type TcpProxy = Link & { readonly connections: () => number };

/**
 * Ends a connection with RST. One whose own end is under way can only be closed: Node would fail to reset
 * it and keep its handle for ever, and with it the process.
 */
const sever = (socket: Socket): void => {
  if (socket.writableEnded || socket.destroyed) socket.destroy();
  else socket.resetAndDestroy();
};

type Connection = { readonly client: Socket; readonly server: Socket; hasLostReplies: boolean };

/** Starts a proxy on a free port of this machine; it leads nowhere before `lead`. */
export const startProxy = async (): Promise<TcpProxy> => {
  const links = new Set<Connection>();
  let target = 0;
  let delayMs = 0;
  let isRefusing = false;
  let isSwallowing = false;
  let stalled: ReadonlySet<Direction> = new Set();
  let wake: () => void = () => undefined;
  let healed = Promise.resolve();

  const drop = (link: Connection): void => {
    links.delete(link);
    sever(link.client);
    sever(link.server);
  };
  const gate = async (direction: Direction): Promise<void> => {
    if (delayMs > 0) await sleep(delayMs);
    while (stalled.has(direction)) await healed;
  };
  const pass = async (link: Connection, direction: Direction): Promise<void> => {
    const { client, server } = link;
    const [from, to] = direction === 'requests' ? [client, server] : [server, client];
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        await gate(direction);
        if (direction === 'replies' && isSwallowing) link.hasLostReplies = true;
        // A connection that has lost a reply never gets another byte: it would be a wrong one.
        if (link.hasLostReplies && direction === 'replies') continue;
        if (!to.write(chunk)) await once(to, 'drain');
      }
      to.end();
    } catch {
      drop(link);
    }
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    if (isRefusing || target === 0) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({
      host: '127.0.0.1',
      port: target,
      allowHalfOpen: true,
      noDelay: true,
    });
    const link: Connection = { client, server: upstream, hasLostReplies: false };
    links.add(link);
    for (const socket of [client, upstream]) {
      socket.on('error', () => {
        drop(link);
      });
      socket.on('close', () => {
        if (client.destroyed && upstream.destroyed) links.delete(link);
      });
    }
    void pass(link, 'requests');
    void pass(link, 'replies');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  const reset = (): void => {
    for (const link of [...links]) drop(link);
  };
  const heal = (): void => {
    delayMs = 0;
    isRefusing = false;
    isSwallowing = false;
    stalled = new Set();
    wake();
    for (const link of [...links]) if (link.hasLostReplies) drop(link);
  };
  return {
    port: address.port,
    lead: (port) => {
      target = port;
    },
    delay: (ms) => {
      delayMs = ms;
    },
    stall: (...directions) => {
      stalled = new Set(directions);
      healed = new Promise((resolve) => {
        wake = resolve;
      });
    },
    swallowReplies: () => {
      isSwallowing = true;
    },
    refuse: () => {
      isRefusing = true;
      reset();
    },
    reset,
    halfClose: () => {
      for (const { client } of links) client.end();
    },
    heal,
    connections: () => links.size,
    close: async () => {
      heal();
      reset();
      server.close();
      await once(server, 'close');
    },
  };
};
