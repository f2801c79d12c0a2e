/**
 * Tells trouble that passes (a component is away, another owner took over) from a bug. The first is
 * waited for without moving on; the second must end the process before anything is committed.
 */
const KAFKA_ERROR = /^KafkaJS/;
/** ioredis gives most of its errors no class of their own. */
const REDIS_NAMES: ReadonlySet<string> = new Set([
  'ReplyError',
  'AbortError',
  'MaxRetriesPerRequestError',
  'ClusterAllFailedError',
]);
const REDIS_MESSAGES =
  /^(Connection is closed|Command timed out|Stream isn't writeable|Socket timeout)/;
const SOCKET_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** A script or a command that is wrong stays wrong, and a right that lacks is for a person to grant. */
const REDIS_BUGS = /^(ERR (Error running script|wrong number|unknown command)|WRONGTYPE|NOPERM)/;

/** True when trying again later can help. */
export const isRetriable = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ReplyError' && REDIS_BUGS.test(error.message)) return false;
  if ('retriable' in error && error.retriable === true) return true;
  if (KAFKA_ERROR.test(error.name) || REDIS_NAMES.has(error.name)) return true;
  if (REDIS_MESSAGES.test(error.message)) return true;
  return 'code' in error && SOCKET_CODES.has(String(error.code));
};
