/** Adds a group's offset to a transaction, and waits where kafkajs would give up too early. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Transaction } from 'kafkajs';

const INITIAL_RETRY_MS = 5;
const RETRY_MS_MAX = 1_000;
/**
 * Answers after which nothing was done: the transaction before still ends, or the group's coordinator moves
 * or loads. kafkajs repeats the first for records only, and knows the others by names they do not have.
 */
const NOT_YET: ReadonlySet<unknown> = new Set([
  'CONCURRENT_TRANSACTIONS',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
]);
const isNotYet = (error: unknown): boolean =>
  error instanceof Error && 'type' in error && NOT_YET.has(error.type);

export type GroupOffset = {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
};

/** Adds the offset, repeated while it is too early: adding it again changes nothing. */
export const sendOffset = async (
  transaction: Transaction,
  { groupId, topic, partition, offset }: GroupOffset,
): Promise<void> => {
  const topics = [{ topic, partitions: [{ partition, offset: String(offset) }] }];
  for (let waitMs = INITIAL_RETRY_MS; ; waitMs *= 2) {
    try {
      await transaction.sendOffsets({ consumerGroupId: groupId, topics });
      return;
    } catch (error) {
      if (!isNotYet(error) || waitMs > RETRY_MS_MAX) throw error;
      await sleep(waitMs);
    }
  }
};
