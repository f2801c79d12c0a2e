/**
 * Speaks the Confluent API of a schema registry. Its own thin client, since the usual one
 * (@kafkajs/confluent-schema-registry) has no time-outs, asks again for every record with an unknown
 * id, and changes its module's retry defaults. Answers are told apart by what they mean for a record:
 * 404 is a fact about the record, everything else that fails is the registry's trouble and waits.
 */
import { Agent, request, type Dispatcher } from 'undici';

export type RegistryConnection = {
  /** Base address; ends before /subjects. */
  readonly url: string;
  /** Empty for none. */
  readonly username: string;
  readonly password: string;
  /** Contents of a PEM file; null for the system's authorities. */
  readonly caPem: string | null;
};

/** The registry is away or refuses us: wait and try again; never the record's fault. */
export class RegistryUnavailable extends Error {
  override readonly name = 'RegistryUnavailable';
  readonly retriable = true;
}

/** The registry refused a schema: it would break readers of what is already written. */
export class IncompatibleSchema extends Error {
  override readonly name = 'IncompatibleSchema';
  readonly retriable = false;
}

export type RegistryClient = {
  /** Returns the schema's text, or null when no schema has the id. */
  readonly schemaById: (id: number) => Promise<string | null>;
  /** Returns the id of a schema under a subject, or null when it is not registered. */
  readonly lookup: (subject: string, schema: string) => Promise<number | null>;
  /** Registers a schema and returns its id; throws IncompatibleSchema when it is refused. */
  readonly register: (subject: string, schema: string) => Promise<number>;
  readonly hasSubject: (subject: string) => Promise<boolean>;
  readonly setCompatibility: (subject: string, level: string) => Promise<void>;
  /** Returns the level in force for a subject. */
  readonly compatibility: (subject: string) => Promise<string>;
  readonly close: () => Promise<void>;
};

const TIMEOUT_MS = 5_000;
const CONNECTIONS_MAX = 8;
const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';
const ANSWER_CHARACTERS_MAX = 500;

type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Not logged in, and not allowed. */
const REFUSED: ReadonlySet<number> = new Set([401, 403]);

/** What is wrong with a connection, with the setting that a certificate is checked by. */
const inWords = (error: unknown): string => {
  const reason = error instanceof Error ? error.message : String(error);
  return /certificate/i.test(reason)
    ? `has a certificate that is not accepted (${reason}); check KUNDENPULS_REGISTRY_CA_FILE`
    : 'does not answer';
};

/** Opens a client; nothing is sent before the first call. */
export const openRegistry = (connection: RegistryConnection): RegistryClient => {
  const base = connection.url.replace(/\/+$/, '');
  const agent = new Agent({
    connections: CONNECTIONS_MAX,
    connect: {
      timeout: TIMEOUT_MS,
      ...(connection.caPem === null ? {} : { ca: connection.caPem }),
    },
  });
  const credentials = `${connection.username}:${connection.password}`;
  const authorization =
    connection.username === ''
      ? {}
      : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };

  const call = async (
    method: Dispatcher.HttpMethod,
    path: string,
    body?: unknown,
  ): Promise<Answer> => {
    try {
      const response = await request(`${base}${path}`, {
        method,
        dispatcher: agent,
        headers: { accept: MEDIA_TYPE, 'content-type': MEDIA_TYPE, ...authorization },
        body: body === undefined ? null : JSON.stringify(body),
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
      return { status: response.statusCode, body: parseBody(await response.body.text()) };
    } catch (error) {
      throw new RegistryUnavailable(`the schema registry at ${base} ${inWords(error)}`, {
        cause: error,
      });
    }
  };

  const expect = (answer: Answer, what: string, ...statuses: readonly number[]): Answer => {
    if (statuses.includes(answer.status)) return answer;
    if (REFUSED.has(answer.status)) {
      throw new RegistryUnavailable(
        `the schema registry at ${base} refuses the user or its password (${String(answer.status)}) for ` +
          `${what}; check KUNDENPULS_REGISTRY_USERNAME and KUNDENPULS_REGISTRY_PASSWORD`,
      );
    }
    throw new RegistryUnavailable(
      `the schema registry answered ${String(answer.status)} to ${what}: ${messageOf(answer)}`,
    );
  };
  const at = (subject: string): string => `/subjects/${encodeURIComponent(subject)}`;

  return {
    schemaById: async (id) => {
      const path = `/schemas/ids/${String(id)}`;
      const { status, body } = expect(await call('GET', path), path, 200, 404);
      return status === 404 ? null : String(body['schema']);
    },
    lookup: async (subject, schema) => {
      const answer = await call('POST', at(subject), { schema });
      const { status, body } = expect(answer, `a look-up in ${subject}`, 200, 404);
      return status === 404 ? null : Number(body['id']);
    },
    register: async (subject, schema) => {
      const answer = await call('POST', `${at(subject)}/versions`, { schema });
      if (answer.status === 409 || answer.status === 422) {
        throw new IncompatibleSchema(
          `the registry refuses the new schema of ${subject}, since readers of what is written ` +
            'could no longer read it (BACKWARD): give new fields a default and keep the types of ' +
            `the others. It says: ${messageOf(answer)}`,
        );
      }
      return Number(expect(answer, `registering ${subject}`, 200, 201).body['id']);
    },
    hasSubject: async (subject) => {
      const answer = await call('GET', `${at(subject)}/versions`);
      return expect(answer, `listing ${subject}`, 200, 404).status === 200;
    },
    setCompatibility: async (subject, level) => {
      const path = `/config/${encodeURIComponent(subject)}`;
      const first = await call('PUT', path, { compatibility: level });
      // Apicurio says so to the slower of two that configure a new subject at the same moment.
      const isContested = first.status === 409;
      const answer = isContested ? await call('PUT', path, { compatibility: level }) : first;
      expect(answer, `configuring ${subject}`, 200);
    },
    compatibility: async (subject) => {
      const own = await call('GET', `/config/${encodeURIComponent(subject)}`);
      const answer = own.status === 404 ? await call('GET', '/config') : own;
      const { body } = expect(answer, `the configuration of ${subject}`, 200);
      return String(body['compatibilityLevel'] ?? body['compatibility']);
    },
    close: () => agent.close(),
  };
};

const parseBody = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? parsed : {};
  } catch {
    // Proxies answer with pages of HTML; the status says what matters.
    return { message: text.slice(0, ANSWER_CHARACTERS_MAX) };
  }
};

const messageOf = ({ body: { message } }: Answer): string =>
  typeof message === 'string' ? message.slice(0, ANSWER_CHARACTERS_MAX) : '';
