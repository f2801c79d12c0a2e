/** Redis as a local process with the settings the product demands: append-only file, no eviction. */
import { mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { createComponent, type Component } from './component.js';
import type { ProcessKeeper } from './processes.js';

const READY_TIMEOUT_MS = 60_000;
const ASK_TIMEOUT_MS = 1_000;

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
};

/** Starts one Redis and waits until it answers and has loaded its data. */
export const startRedis = async (keeper: ProcessKeeper, options: RedisOptions): Promise<Redis> => {
  const { command, folder, port, replicaOfPort, fsync = 'everysec', settings = [] } = options;
  mkdirSync(folder, { recursive: true });
  const address = `127.0.0.1:${String(port)}`;
  const replica =
    replicaOfPort === undefined ? [] : ['--replicaof', '127.0.0.1', String(replicaOfPort)];
  const component = createComponent(keeper, {
    address,
    readyTimeoutMs: READY_TIMEOUT_MS,
    isReady: async () => (await ping(port)).startsWith('+PONG'),
    spec: {
      name: replicaOfPort === undefined ? 'redis' : 'redis replica',
      command,
      args: [
        ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
        ...['--appendonly', 'yes', '--appendfsync', fsync, '--save', ''],
        ...['--maxmemory-policy', 'noeviction', '--daemonize', 'no'],
        ...replica,
        ...settings,
      ],
      cwd: folder,
      logFile: join(folder, 'redis.log'),
    },
  });
  await component.start();
  return { ...component, url: `redis://${address}`, folder };
};

/** Asks in the inline protocol, so that waiting needs no client with its own reconnecting. */
const ping = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port, timeout: ASK_TIMEOUT_MS });
    socket.once('connect', () => socket.write('PING\r\n'));
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
