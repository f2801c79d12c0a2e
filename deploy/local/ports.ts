/** Ports of this machine: free ones for tests, a check before a component is started on a fixed one. */
import { createConnection, createServer } from 'node:net';
import { codeOf, LocalError } from './local-error.js';

const HOST = '127.0.0.1';

const listen = (
  port: number,
): Promise<{ readonly port: number; readonly close: () => Promise<void> }> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: HOST, port, exclusive: true }, () => {
      const address = server.address();
      const close = (): Promise<void> =>
        new Promise((closed) => {
          server.close(() => {
            closed();
          });
        });
      resolve({
        port: address !== null && typeof address === 'object' ? address.port : port,
        close,
      });
    });
  });

/** Returns that many different ports that were free a moment ago. */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const held = await Promise.all(Array.from({ length: count }, () => listen(0)));
  await Promise.all(held.map(({ close }) => close()));
  return held.map(({ port }) => port);
};

/** Throws a LocalError that names the port, its use and the variable that moves it, when it is taken. */
export const checkPortFree = async (
  port: number,
  { use, variable }: { readonly use: string; readonly variable: string },
): Promise<void> => {
  try {
    const held = await listen(port);
    await held.close();
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const what =
      code === 'EACCES' ? 'may not be used by this user' : 'is in use by another program';
    throw new LocalError(
      `port ${String(port)} for ${use} ${what}; end that program ` +
        `(\`ss -ltnp 'sport = :${String(port)}'\` names it) or set ${variable} to a free port`,
      { cause: error },
    );
  }
};

/** Tells whether something answers on the port. */
export const isPortOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ host: HOST, port });
    const settle = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => {
      settle(true);
    });
    socket.once('error', () => {
      settle(false);
    });
  });
