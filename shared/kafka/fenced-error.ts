/** Tells the errors which say that another producer took a transactional id over. */
const FENCED_TYPES: ReadonlySet<string> = new Set([
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
  'TRANSACTION_COORDINATOR_FENCED',
]);

/** True when an error, or what caused it, says that another producer took the transactional id over. */
export const isFencedError = (error: unknown): boolean => {
  let cause = error;
  while (typeof cause === 'object' && cause !== null) {
    const { type, cause: next } = cause as { readonly type?: unknown; readonly cause?: unknown };
    if (typeof type === 'string' && FENCED_TYPES.has(type)) return true;
    cause = next;
  }
  return false;
};
