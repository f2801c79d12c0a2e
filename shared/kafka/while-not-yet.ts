/** Repeats requests about a group for as long as it is merely too early for them. */
import { setTimeout as sleep } from 'node:timers/promises';

const INITIAL_RETRY_MS = 2;
const RETRY_MS_MAX = 1_000;
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

/** Runs an action that may be repeated; rejects with what it last threw after some two seconds. */
export const whileNotYet = async <T>(action: () => Promise<T>): Promise<T> => {
  for (let waitMs = INITIAL_RETRY_MS; ; waitMs *= 2) {
    try {
      return await action();
    } catch (error) {
      if (!isNotYet(error) || waitMs > RETRY_MS_MAX) throw error;
      await sleep(waitMs);
    }
  }
};
