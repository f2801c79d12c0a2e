/**
 * Opens the kafkajs client with every time-out spelled out (its defaults wait up to 30 s per try and
 * stall transactions), with TLS and SASL by configuration, and with all codecs registered.
 */
import { Kafka, logLevel, type KafkaConfig, type LogEntry, type SASLOptions } from 'kafkajs';
import { hideAbortedRecords } from './aborted-records.js';
import { registerCodecs } from './codecs.js';
import { rememberCoordinators } from './coordinators.js';

export type KafkaConnection = {
  readonly brokers: readonly string[];
  readonly isTls: boolean;
  /** Contents of PEM files; null for the system's authorities and no client certificate. */
  readonly caPem: string | null;
  readonly certPem: string | null;
  readonly keyPem: string | null;
  readonly saslMechanism: 'none' | 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
  readonly connectionTimeoutMs: number;
  readonly requestTimeoutMs: number;
};

/** What the client reports of itself, as a level and a sentence. */
export type KafkaLog = (entry: {
  readonly level: 'error' | 'warn' | 'info';
  readonly message: string;
  readonly detail: Readonly<Record<string, unknown>>;
}) => void;

const LEVELS: Readonly<Record<number, 'error' | 'warn' | 'info'>> = {
  [logLevel.ERROR]: 'error',
  [logLevel.WARN]: 'warn',
};

/**
 * Errors of the client that it tries again itself or throws to its caller, who does or reports it. A
 * start and every hand-over have some (a coordinator that loads, a transaction that still ends).
 */
const HANDLED_ERRORS: readonly RegExp[] = [
  /^Response \w+\(key: \d+/,
  /^Failed to send messages: /,
  /re-joining the group$/,
];

const saslOf = ({ saslMechanism, username, password }: KafkaConnection): SASLOptions | null =>
  saslMechanism === 'none' ? null : { mechanism: saslMechanism, username, password };

const sslOf = ({ isTls, caPem, certPem, keyPem }: KafkaConnection): KafkaConfig['ssl'] =>
  isTls && {
    minVersion: 'TLSv1.2',
    ...(caPem === null ? {} : { ca: [caPem] }),
    ...(certPem === null ? {} : { cert: certPem }),
    ...(keyPem === null ? {} : { key: keyPem }),
  };

/**
 * Warnings about choices made here on purpose: retries are limited since a producer with an unknown
 * outcome is thrown away, and partitions are always named.
 */
const KNOWN_WARNINGS: readonly RegExp[] = [
  /^Limiting retries for the idempotent producer/,
  /switched default partitioner/,
];

/** Returns what is worth reporting of an entry of the client's log; null for what is known. */
export const reportOf = (entry: LogEntry): Parameters<KafkaLog>[0] | null => {
  const { message, timestamp: _timestamp, logger: _logger, ...detail } = entry.log;
  if (KNOWN_WARNINGS.some((known) => known.test(message))) return null;
  const level = LEVELS[entry.level] ?? 'info';
  const isHandled = level === 'error' && HANDLED_ERRORS.some((handled) => handled.test(message));
  return { level: isHandled ? 'warn' : level, message, detail };
};

/** Opens a client; connections are made by its producers, consumers and admins. */
export const openKafka = (
  connection: KafkaConnection,
  { clientId, onLog }: { readonly clientId: string; readonly onLog: KafkaLog },
): Kafka => {
  registerCodecs();
  hideAbortedRecords();
  rememberCoordinators();
  const sasl = saslOf(connection);
  return new Kafka({
    clientId,
    brokers: [...connection.brokers],
    ssl: sslOf(connection) ?? false,
    ...(sasl === null ? {} : { sasl }),
    connectionTimeout: connection.connectionTimeoutMs,
    authenticationTimeout: connection.requestTimeoutMs,
    requestTimeout: connection.requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8, multiplier: 2, factor: 0.2 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry: LogEntry) => {
      const report = reportOf(entry);
      if (report !== null) onLog(report);
    },
  });
};
