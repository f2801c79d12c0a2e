/** Loads @platformatic/kafka, which needs a newer Node.js than the rest, and speaks its options and errors. */
import type * as PlatformaticKafka from '@platformatic/kafka';
import { KafkaClientError } from '../client-error.js';
import type { KafkaConnection } from '../client.js';

/** The library as it is loaded. */
export type Library = typeof PlatformaticKafka;

const NODE_MIN = [22, 22] as const;

/** Throws in words when this version of Node.js is too old for the library. */
export const assertNode = (version: string): void => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return;
  throw new Error(
    `KUNDENPULS_SCORER_KAFKA_CLIENT is platformatic, which needs Node.js ${NODE_MIN.join('.')} or newer; ` +
      `this is ${version}: start the scorer with a newer Node.js, or set it to kafkajs`,
  );
};

/** Loads the library. */
export const loadLibrary = async (): Promise<Library> => {
  assertNode(process.versions.node);
  return import('@platformatic/kafka');
};

const MECHANISMS = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const;

/** Returns the library's options for a connection. */
export const connectionOptions = (connection: KafkaConnection, clientId: string) => {
  const { isTls, caPem, certPem, keyPem, saslMechanism, username, password } = connection;
  return {
    clientId,
    bootstrapBrokers: [...connection.brokers],
    connectTimeout: connection.connectionTimeoutMs,
    requestTimeout: connection.requestTimeoutMs,
    autocreateTopics: false,
    ...(isTls
      ? {
          tls: {
            minVersion: 'TLSv1.2' as const,
            ...(caPem === null ? {} : { ca: [caPem] }),
            ...(certPem === null ? {} : { cert: certPem }),
            ...(keyPem === null ? {} : { key: keyPem }),
          },
          tlsServerName: true,
        }
      : {}),
    ...(saslMechanism === 'none'
      ? {}
      : { sasl: { mechanism: MECHANISMS[saslMechanism], username, password } }),
  };
};

export type ConnectionOptions = ReturnType<typeof connectionOptions>;

/** Doubles from the first wait, and stays below the maximum. */
export const backOff =
  (firstMs: number, maxMs: number) =>
  (_client: unknown, _operation: string, attempt: number): number =>
    Math.min(firstMs * 2 ** (attempt - 1), maxMs);

/** The errors in an error: the library nests those of every try and of every partition. */
const errorsIn = (error: unknown): readonly Error[] => {
  if (!(error instanceof Error)) return [];
  const nested: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  return [error, ...nested.flatMap(errorsIn), ...errorsIn(error.cause)];
};

/** Names of the protocol's errors in an error, as `PRODUCER_FENCED`. */
export const protocolErrorsIn = (error: unknown): readonly string[] =>
  errorsIn(error).flatMap((each) =>
    'apiId' in each && typeof each.apiId === 'string' ? [each.apiId] : [],
  );

/** Runs a call and turns what it throws into an error that says what the broker answered. */
export const inWords = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    const [type = null] = [...protocolErrorsIn(error)].reverse();
    const innermost = errorsIn(error).at(-1);
    const why = type ?? innermost?.message ?? String(error);
    throw new KafkaClientError(`${what} failed: ${why}`, { type, cause: error });
  }
};
