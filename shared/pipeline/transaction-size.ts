/**
 * How many outputs the next transaction takes. On a starved machine a full one may outlast the time
 * that its coordinator grants (15 s), is aborted and would be tried again at the same size for ever. So a
 * failure halves what was tried, and quick transactions double it again. The owner of a partition
 * keeps the size over acquisitions: a transaction that timed out is answered like one that was fenced.
 */

/** Outputs of one transaction at most, unless a single source record has more. */
export const TRANSACTION_ENTRIES_MAX = 4_000;
/**
 * A third of the coordinator's patience: below it, twice the size still fits; above it, the next of the
 * same size may not.
 */
const SLOW_MS = 5_000;

/** What became of a transaction with so many outputs. */
export type TransactionEnd =
  { readonly isCommitted: false } | { readonly isCommitted: true; readonly tookMs: number };

/** Returns the size after a transaction of `entries` outputs that was allowed `size`. */
export const nextTransactionSize = (size: number, entries: number, end: TransactionEnd): number => {
  if (end.isCommitted && end.tookMs <= SLOW_MS) return Math.min(2 * size, TRANSACTION_ENTRIES_MAX);
  return Math.max(1, Math.floor(Math.min(size, entries) / 2));
};

export type TransactionSize = {
  readonly entriesMax: () => number;
  readonly ended: (entries: number, end: TransactionEnd) => void;
};

/** Creates the size of a partition's transactions, at its maximum. */
export const createTransactionSize = (): TransactionSize => {
  let size = TRANSACTION_ENTRIES_MAX;
  return {
    entriesMax: () => size,
    ended: (entries, end) => {
      size = nextTransactionSize(size, entries, end);
    },
  };
};
