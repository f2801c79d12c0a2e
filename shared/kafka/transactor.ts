/**
 * Consume-transform-produce for one partition: records and the next offset to read commit in one
 * transaction. Opening fences the previous owner. The outcome of a commit that was not answered is open,
 * so the owner throws the transactor away on any error and opens the next one, which ends what was
 * left open; the committed offset then tells.
 */
import type { Kafka } from 'kafkajs';
import { committedOffset } from './committed-offset.js';
import type { OutgoingRecord, Transactor, TransactorOptions } from './log-client.js';
import { openTransactionalProducer } from './transactional-producer.js';

/** Opens a transactor and fences the one before it. */
export const openTransactor = async (
  options: TransactorOptions & { readonly kafka: Kafka },
): Promise<Transactor> => {
  const { kafka, transactionalId, groupId, topic, partition } = options;
  const producer = await openTransactionalProducer(kafka, transactionalId);
  const admin = kafka.admin();
  try {
    await admin.connect();
  } catch (error) {
    await producer.close().catch(() => undefined);
    throw error;
  }
  let own: number | null = null;
  return {
    committed: async () => {
      // The group shows an offset some time after its commit was answered.
      if (own !== null) return own;
      return committedOffset(admin, { groupId, topic, partition });
    },
    commit: async (records, nextOffset) => {
      await producer.commit(records, { groupId, topic, partition, offset: nextOffset });
      own = nextOffset;
    },
    close: async () => {
      await Promise.all([producer.close(), admin.disconnect()]);
    },
  };
};

/** Commits records without an offset, all or none. */
export type RecordTransactor = {
  /** Throws when the outcome is not known to be success; the transactor is then of no more use. */
  readonly commit: (records: readonly OutgoingRecord[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Opens a transactor for records only and fences the one before it. */
export const openRecordTransactor = async ({
  kafka,
  transactionalId,
}: Pick<TransactorOptions, 'transactionalId'> & {
  readonly kafka: Kafka;
}): Promise<RecordTransactor> => {
  const producer = await openTransactionalProducer(kafka, transactionalId);
  return { commit: (records) => producer.commit(records, null), close: producer.close };
};
