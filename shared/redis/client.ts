/**
 * Opens ioredis clients whose failures are loud and quick: nothing is queued while disconnected and
 * nothing is re-sent after a reconnect, since only the caller knows whether a write may run twice.
 * (`autoResendUnfulfilledCommands: false` would hang commands for ever, ioredis#2193.)
 */
import { Redis } from 'ioredis';

export type RedisConnection = {
  readonly url: string;
  /** Empty for none. */
  readonly username: string;
  readonly password: string;
  /** Contents of a PEM file; null for the system's authorities. */
  readonly caPem: string | null;
};

const COMMAND_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 20_000;
const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_DELAY_MS_MAX = 1_000;

/** Opens a client; `onError` hears of connection errors, which ioredis retries by itself. */
export const openRedis = (
  { url, username, password, caPem }: RedisConnection,
  onError: (error: Error) => void,
): Redis => {
  const client = new Redis(url, {
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...(caPem === null ? {} : { tls: { ca: caPem } }),
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableReadyCheck: true,
    commandTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(times * 50, RECONNECT_DELAY_MS_MAX),
    // 1 = reconnect without re-sending: the node became a replica.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 1 : false),
    lazyConnect: true,
  });
  client.on('error', onError);
  return client;
};

/** Waits until a client is ready; throws in words what kept it from that. */
export const connectRedis = async (client: Redis, deadlineMs: number): Promise<void> => {
  const seen: Error[] = [];
  const remember = (error: Error): void => {
    seen.push(error);
  };
  client.on('error', remember);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${String(deadlineMs)} ms`));
    }, deadlineMs);
  });
  try {
    await Promise.race([client.connect(), timeout]);
  } catch (error) {
    throw explainConnection(client, seen.at(-1) ?? error);
  } finally {
    clearTimeout(timer);
    client.off('error', remember);
  }
};

const REFUSALS: readonly (readonly [RegExp, (at: string, message: string) => string])[] = [
  [
    /^NOPERM/,
    (at, message) =>
      `${at} does not let the user of KUNDENPULS_REDIS_USERNAME do this (${message}); grant it the ` +
      'rights of its role in deploy/security/redis-users.acl',
  ],
  [
    /MISCONF/,
    (at, message) =>
      `${at} cannot write to its disk and takes nothing new (${message}); make room on its disk, and it ` +
      'goes on by itself',
  ],
  [
    /^OOM/,
    (at, message) =>
      `${at} has reached maxmemory and takes nothing new (${message}); raise it, and it goes on by itself`,
  ],
];

/** Says in words what Redis refuses and what helps; other errors as they are. */
export const explainRefusal = ({ options }: Redis, error: unknown): unknown => {
  if (!(error instanceof Error)) return error;
  const explain = REFUSALS.find(([pattern]) => pattern.test(error.message))?.[1];
  const at = `Redis at ${String(options.host)}:${String(options.port)}`;
  return explain === undefined ? error : new Error(explain(at, error.message), { cause: error });
};

/** The client says "Connection is closed." whatever the reason; the event before it names it. */
const explainConnection = ({ options }: Redis, error: unknown): Error => {
  const at = `Redis at ${String(options.host)}:${String(options.port)}`;
  const reason = error instanceof Error ? error.message : String(error);
  const isRefused = /^(WRONGPASS|NOAUTH)/.test(reason);
  if (/certificate/i.test(reason)) {
    return new Error(
      `${at} has a certificate that is not accepted (${reason}); check KUNDENPULS_REDIS_CA_FILE`,
    );
  }
  return new Error(
    isRefused
      ? `${at} refuses the user or its password (${reason}); check KUNDENPULS_REDIS_USERNAME and KUNDENPULS_REDIS_PASSWORD`
      : `${at} cannot be used: ${reason}`,
  );
};
