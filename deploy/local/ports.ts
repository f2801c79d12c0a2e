/** Ports of this machine: free ones for tests, a check before a component is started on a fixed one. */
import { createConnection, createServer } from 'node:net';
import { codeOf, LocalError } from './local-error.js';

const HOST = '127.0.0.1';
/**
 * Below the ports that a system hands to outgoing connections (Linux from 32768 on, others from 49152), of
 * which one could be taken in the seconds until a component listens, or while a killed one is away. Those
 * of `npm start` lie between.
 */
const FIRST_PORT = 15_000;
const LAST_PORT = 25_999;
/** Processes side by side begin so many ports apart. */
const PORTS_A_PROCESS = 32;
const PORT_COUNT = LAST_PORT - FIRST_PORT + 1;

/** Listens on a port and stops again; rejects where that cannot be done. */
const tryPort = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: HOST, port, exclusive: true }, () => {
      server.close(() => {
        resolve();
      });
    });
  });

const isTaken = (error: unknown): boolean => ['EADDRINUSE', 'EACCES'].includes(codeOf(error));

let tried = process.pid * PORTS_A_PROCESS;

/** Returns that many different ports that were free a moment ago, none of them twice in this process. */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const ports: number[] = [];
  const until = tried + PORT_COUNT;
  while (ports.length < count && tried < until) {
    const port = FIRST_PORT + (tried % PORT_COUNT);
    tried += 1;
    try {
      await tryPort(port);
      ports.push(port);
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
  if (ports.length < count) {
    throw new LocalError(
      `no ${String(count)} free ports from ${String(FIRST_PORT)} to ${String(LAST_PORT)}; end some programs`,
    );
  }
  return ports;
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
    await tryPort(port);
    return null;
  } catch (error) {
    if (!isTaken(error)) throw error;
    return codeOf(error) === 'EACCES'
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
