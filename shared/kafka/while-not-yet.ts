/** Repeats requests about a group for as long as it is merely too early for them. */
import { setTimeout as sleep } from 'node:timers/promises';

/** A marker is written within a few ms; on a starved broker, or while a coordinator loads, it takes seconds. */
const INITIAL_RETRY_MS = 2;
const RETRY_MS_MAX = 200;
const PATIENCE_MS = 6_000;
/**
 * Answers after which nothing was done: the transaction before still ends, or the group's coordinator moves
 * or loads, as it does on a cluster's first day. kafkajs repeats the first for records only, and knows the
 * others by names they do not have.
 */
const NOT_YET: ReadonlySet<unknown> = new Set([
  'CONCURRENT_TRANSACTIONS',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
]);
const isNotYet = (error: unknown): boolean =>
  error instanceof Error && 'type' in error && NOT_YET.has(error.type);

/** Runs an action that may be repeated; rejects with what it last threw after six seconds of waiting. */
export const whileNotYet = async <T>(action: () => Promise<T>): Promise<T> => {
  let waitedMs = 0;
  for (let waitMs = INITIAL_RETRY_MS; ; waitMs = Math.min(2 * waitMs, RETRY_MS_MAX)) {
    try {
      return await action();
    } catch (error) {
      if (!isNotYet(error) || waitedMs >= PATIENCE_MS) throw error;
      await sleep(waitMs);
      waitedMs += waitMs;
    }
  }
};
