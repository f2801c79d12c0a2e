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

export type WantedPort = {
  readonly port: number;
  /** What it is for, in words. */
  readonly use: string;
  /** The variable that moves it. */
  readonly variable: string;
};

/** Throws one LocalError that names every port that is taken, its use and the variable that moves it. */
export const checkPortsFree = async (wanted: readonly WantedPort[]): Promise<void> => {
  const troubles: string[] = [];
  for (const one of wanted) {
    const trouble = await troubleWith(one);
    if (trouble !== null) troubles.push(trouble);
  }
  if (troubles.length > 0) throw new LocalError(troubles.join('\n  '));
};

const troubleWith = async ({ port, use, variable }: WantedPort): Promise<string | null> => {
  try {
    const held = await listen(port);
    await held.close();
    return null;
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    return code === 'EACCES'
      ? `port ${String(port)} for ${use} may not be used by this user; set ${variable} to another port`
      : `port ${String(port)} for ${use} is in use by another program; end that program ` +
          `(\`ss -ltnp 'sport = :${String(port)}'\` names it) or set ${variable} to a free port`;
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
