/** Redis as a local process with the settings the product demands: append-only file, no eviction. */
import { mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { createComponent, type Component } from './component.js';
import { LocalError } from './local-error.js';
import type { ProcessKeeper } from './processes.js';

const READY_TIMEOUT_MS = 60_000;
const ASK_TIMEOUT_MS = 1_000;
/** A replica may be busy giving up the data it holds. */
const ROLE_TIMEOUT_MS = 20_000;

export type RedisOptions = {
  /** Path or name of redis-server. */
  readonly command: string;
  readonly folder: string;
  readonly port: number;
  /** Makes it a replica of the Redis on that port of this machine. */
  readonly replicaOfPort?: number;
  readonly fsync?: 'everysec' | 'always' | 'no';
  /** Further settings, as on the command line: ['--maxmemory', '64mb']. */
  readonly settings?: readonly string[];
};

export type Redis = Component & {
  /** For KUNDENPULS_REDIS_URL. */
  readonly url: string;
  /** Holds the append-only files, for tests that cut or replace them. */
  readonly folder: string;
  /** Follows the Redis on that port of this machine, also after restarts; null: is a master. */
  readonly follow: (port: number | null) => Promise<void>;
};

/** Starts one Redis and waits until it answers and has loaded its data. */
export const startRedis = async (keeper: ProcessKeeper, options: RedisOptions): Promise<Redis> => {
  const { command, folder, port, replicaOfPort, fsync = 'everysec', settings = [] } = options;
  mkdirSync(folder, { recursive: true });
  const address = `127.0.0.1:${String(port)}`;
  // Told by command and not at the start, since a promoted one must not follow its old master again.
  let followed: number | null = replicaOfPort ?? null;
  const tellRole = async (): Promise<void> => {
    const role = followed === null ? 'NO ONE' : `127.0.0.1 ${String(followed)}`;
    const answer = await ask(port, `REPLICAOF ${role}`, ROLE_TIMEOUT_MS);
    if (!answer.startsWith('+OK')) throw new LocalError(`Redis refused its role: ${answer}`);
  };
  const component = createComponent(keeper, {
    address,
    readyTimeoutMs: READY_TIMEOUT_MS,
    isReady: async () => (await ask(port, 'PING')).startsWith('+PONG'),
    onReady: async () => {
      if (followed !== null) await tellRole();
    },
    spec: {
      name: replicaOfPort === undefined ? 'redis' : 'redis replica',
      command,
      args: [
        ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
        ...['--appendonly', 'yes', '--appendfsync', fsync, '--save', ''],
        ...['--maxmemory-policy', 'noeviction', '--daemonize', 'no'],
        ...settings,
      ],
      cwd: folder,
      logFile: join(folder, 'redis.log'),
    },
  });
  await component.start();
  const follow = async (target: number | null): Promise<void> => {
    followed = target;
    if (component.isRunning()) await tellRole();
  };
  return { ...component, url: `redis://${address}`, folder, follow };
};

/** Asks in the inline protocol, so that waiting needs no client with its own reconnecting. */
const ask = (port: number, command: string, timeout = ASK_TIMEOUT_MS): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port, timeout });
    socket.once('connect', () => socket.write(`${command}\r\n`));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString('latin1'));
    });
    socket.once('timeout', () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('close', () => {
      reject(new Error('closed without an answer'));
    });
  });
