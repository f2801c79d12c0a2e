/**
 * Consume-transform-produce for one partition: records and the next offset to read commit in one
 * transaction. Opening fences the previous owner. A kafkajs producer is unusable after a failed commit
 * and the outcome of one that was not answered is open, so the owner throws the transactor away on any
 * error and opens the next one, which ends what was left open; the committed offset then tells.
 */
import type { Kafka, Message, Producer, Transaction } from 'kafkajs';
import { commitTransaction } from './commit-transaction.js';
import { committedOffset } from './committed-offset.js';
import { toKafkaHeaders } from './headers.js';
import {
  TRANSACTION_TIMEOUT_MS,
  type OutgoingRecord,
  type Transactor,
  type TransactorOptions,
} from './log-client.js';
import { whileNotYet } from './while-not-yet.js';

/** CONCURRENT_TRANSACTIONS is answered for some ms after a commit; kafkajs would wait 300 ms. */
const INITIAL_RETRY_MS = 5;
const RETRIES_MAX = 12;
const RETRY_MS_MAX = 1_000;
/**
 * kafkajs makes one batch of all records in a request, and the broker refuses batches above
 * max.message.bytes of the topic (1 MB here): many records are therefore sent in several requests.
 */
const BATCH_BYTES_MAX = 768 << 10;
const RECORD_OVERHEAD_BYTES = 32;

const sizeOf = ({ key, value, headers = [] }: OutgoingRecord): number =>
  headers.reduce(
    (sum, header) => sum + Buffer.byteLength(header.name) + (header.value?.length ?? 0),
    (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES,
  );

const toMessage = ({ partition, key, value, headers = [] }: OutgoingRecord): Message => ({
  key,
  value,
  partition,
  ...(headers.length === 0 ? {} : { headers: toKafkaHeaders(headers) }),
});

/** Records of one request, all for one partition of one topic. */
export type Request = {
  readonly topic: string;
  readonly partition: number;
  readonly records: OutgoingRecord[];
};

/**
 * Splits records into requests whose batch the broker takes; the order per partition stays. A request is
 * for one partition and so for one broker: with several, kafkajs asks all of them at once, and when
 * one refuses (as the coordinator does for some ms after a commit) it sends anew also what another
 * has not answered yet, under new sequence numbers. Those records are then twice in the transaction,
 * and the broker cannot tell.
 */
export const packRequests = (records: readonly OutgoingRecord[]): readonly Request[] => {
  const requests: Request[] = [];
  const open = new Map<string, { readonly request: Request; bytes: number }>();
  for (const record of records) {
    const { topic, partition } = record;
    const size = sizeOf(record);
    const id = `${topic}/${String(partition)}`;
    let batch = open.get(id);
    if (batch === undefined || batch.bytes + size > BATCH_BYTES_MAX) {
      batch = { request: { topic, partition, records: [] }, bytes: 0 };
      open.set(id, batch);
      requests.push(batch.request);
    }
    batch.bytes += size;
    batch.request.records.push(record);
  }
  return requests;
};

const sendAll = async (
  transaction: Transaction,
  records: readonly OutgoingRecord[],
): Promise<void> => {
  for (const request of packRequests(records)) {
    const messages = request.records.map(toMessage);
    await transaction.send({ topic: request.topic, messages, acks: -1 });
  }
};

const createProducer = (kafka: Kafka, transactionalId: string): Producer =>
  kafka.producer({
    transactionalId,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: TRANSACTION_TIMEOUT_MS,
    allowAutoTopicCreation: false,
    retry: {
      initialRetryTime: INITIAL_RETRY_MS,
      maxRetryTime: RETRY_MS_MAX,
      retries: RETRIES_MAX,
    },
  });

/** Connects a producer and fences the one before it, whatever process holds that. */
const openProducer = async (kafka: Kafka, transactionalId: string): Promise<Producer> => {
  const producer = createProducer(kafka, transactionalId);
  try {
    await producer.connect();
    // Initialises the producer id, which ends the previous owner's transaction and bumps the epoch.
    const transaction = await producer.transaction();
    await transaction.abort();
    return producer;
  } catch (error) {
    await producer.disconnect().catch(() => undefined);
    throw error;
  }
};

/** Opens a transactor and fences the one before it. */
export const openTransactor = async (
  options: TransactorOptions & { readonly kafka: Kafka },
): Promise<Transactor> => {
  const { kafka, transactionalId, groupId, topic, partition } = options;
  const producer = await openProducer(kafka, transactionalId);
  const admin = kafka.admin();
  try {
    await admin.connect();
  } catch (error) {
    await producer.disconnect().catch(() => undefined);
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
      const transaction = await producer.transaction();
      await sendAll(transaction, records);
      await whileNotYet(() =>
        transaction.sendOffsets({
          consumerGroupId: groupId,
          topics: [{ topic, partitions: [{ partition, offset: String(nextOffset) }] }],
        }),
      );
      await commitTransaction(transaction);
      own = nextOffset;
    },
    close: async () => {
      await Promise.all([producer.disconnect(), admin.disconnect()]);
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
  const producer = await openProducer(kafka, transactionalId);
  return {
    commit: async (records) => {
      if (records.length === 0) return;
      const transaction = await producer.transaction();
      await sendAll(transaction, records);
      await commitTransaction(transaction);
    },
    close: () => producer.disconnect(),
  };
};
