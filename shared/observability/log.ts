/**
 * Structured logs: one JSON line per event with a static snake_case name, so that searches and alarms
 * can rely on it. Never payloads, names or secrets; customers only as a hash.
 */
import { createHash } from 'node:crypto';
import { pino, type DestinationStream } from 'pino';

export type LogFields = Readonly<Record<string, unknown>>;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type Log = {
  readonly [L in LogLevel]: (event: string, fields?: LogFields) => void;
} & {
  /** Returns a log that adds fields to every line. */
  readonly with: (fields: LogFields) => Log;
};

export type LogOptions = {
  readonly service: string;
  readonly level: LogLevel;
  /** Where lines go; standard error when omitted, so that standard output stays for results. */
  readonly destination?: DestinationStream;
};

const SECRET_FIELDS = ['password', 'token', 'secret', 'authorization', 'webhookSecret'];

type PinoLogger = ReturnType<typeof pino>;

const wrap = (logger: PinoLogger): Log => {
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      const { error, ...rest } = fields;
      logger[level]({ event, ...rest, ...(error === undefined ? {} : { err: toLogged(error) }) });
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => wrap(logger.child({ ...fields })),
  };
};

type LoggedError = {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
};

const CAUSES_MAX = 5;

/**
 * What is logged of an error: a closed list. Clients hang whole commands on their errors, and with a
 * refused login the command is the password (ioredis: `error.command.args`).
 */
const toLogged = (error: unknown, causesLeft = CAUSES_MAX): LoggedError => {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { name, message, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    type: name,
    message,
    ...(code === undefined ? {} : { code }),
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined || causesLeft === 0 ? {} : { cause: toLogged(cause, causesLeft - 1) }),
  };
};

/** Creates the log of a service. A field named `error` is written with its stack and cause. */
export const createLog = ({ service, level, destination }: LogOptions): Log =>
  wrap(
    pino(
      {
        level,
        base: { service, pid: process.pid },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        // What is logged of an error is decided here, not by the library's own serialiser.
        serializers: { err: (logged: LoggedError) => logged },
        redact: {
          paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]),
          censor: '(secret)',
        },
      },
      destination ?? pino.destination({ dest: 2, sync: true }),
    ),
  );

/** Returns a short hash of a customer id for logs: the same customer, no name. */
export const hashCustomer = (customerId: string): string =>
  createHash('sha256').update(customerId).digest('hex').slice(0, 12);
