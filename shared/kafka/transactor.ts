/**
 * Consume-transform-produce for one partition: records and the next offset to read commit in one
 * transaction. Opening fences the previous owner. A kafkajs producer is unusable after a failed commit
 * and the outcome of one that was not answered is open, so the owner throws the transactor away on any
 * error and opens the next one, which ends what was left open; the committed offset then tells.
 */
import type { Kafka, Message, Producer, TopicMessages } from 'kafkajs';
import type { LogHeader } from '../core/ports.js';
import { toKafkaHeaders } from './headers.js';

export type OutgoingRecord = {
  readonly topic: string;
  /** Null for the client's default partitioner, by the key. */
  readonly partition: number | null;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: readonly LogHeader[];
};

export type TransactorOptions = {
  readonly kafka: Kafka;
  readonly transactionalId: string;
  /** Group that holds the offset; it has no members and is used by nothing else. */
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
};

export type Transactor = {
  /** Next offset to read, as last committed; null when nothing ever was. */
  readonly committed: () => Promise<number | null>;
  /** Commits records and offset. Throws when the outcome is not known to be success. */
  readonly commit: (records: readonly OutgoingRecord[], nextOffset: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** An open transaction blocks read_committed readers: its coordinator ends it after this. */
const TRANSACTION_TIMEOUT_MS = 15_000;
/** CONCURRENT_TRANSACTIONS is answered for some ms after a commit; kafkajs would wait 300 ms. */
const INITIAL_RETRY_MS = 5;
const RETRIES_MAX = 12;
const RETRY_MS_MAX = 1_000;
/**
 * kafkajs makes one batch of all records of a partition in a request, and the broker refuses batches
 * above max.message.bytes of the topic (1 MB here): a transaction is therefore sent in several rounds.
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
  ...(partition === null ? {} : { partition }),
  ...(headers.length === 0 ? {} : { headers: toKafkaHeaders(headers) }),
});

/** Splits records into requests whose batches the broker takes; the order per partition stays. */
export const packRounds = (records: readonly OutgoingRecord[]): readonly TopicMessages[][] => {
  const rounds: TopicMessages[][] = [];
  let topics = new Map<string, TopicMessages>();
  let bytes = new Map<string, number>();
  for (const record of records) {
    const { topic, partition } = record;
    const size = sizeOf(record);
    // Without a partition the key decides; counted as one they stay below the bound all the more.
    const batch = `${topic}/${String(partition)}`;
    const before = bytes.get(batch) ?? 0;
    if (before > 0 && before + size > BATCH_BYTES_MAX) {
      rounds.push([...topics.values()]);
      topics = new Map();
      bytes = new Map();
    }
    bytes.set(batch, (bytes.get(batch) ?? 0) + size);
    const messages = topics.get(topic) ?? { topic, messages: [] };
    messages.messages.push(toMessage(record));
    topics.set(topic, messages);
  }
  if (topics.size > 0) rounds.push([...topics.values()]);
  return rounds;
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
export const openTransactor = async (options: TransactorOptions): Promise<Transactor> => {
  const { kafka, transactionalId, groupId, topic, partition } = options;
  const producer = await openProducer(kafka, transactionalId);
  const admin = kafka.admin();
  try {
    await admin.connect();
  } catch (error) {
    await producer.disconnect().catch(() => undefined);
    throw error;
  }
  return {
    committed: async () => {
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const offset = found?.partitions.find((entry) => entry.partition === partition)?.offset;
      return offset === undefined || offset === '-1' ? null : Number(offset);
    },
    commit: async (records, nextOffset) => {
      const transaction = await producer.transaction();
      for (const topicMessages of packRounds(records)) {
        await transaction.sendBatch({ topicMessages, acks: -1 });
      }
      await transaction.sendOffsets({
        consumerGroupId: groupId,
        topics: [{ topic, partitions: [{ partition, offset: String(nextOffset) }] }],
      });
      await transaction.commit();
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
}: Pick<TransactorOptions, 'kafka' | 'transactionalId'>): Promise<RecordTransactor> => {
  const producer = await openProducer(kafka, transactionalId);
  return {
    commit: async (records) => {
      if (records.length === 0) return;
      const transaction = await producer.transaction();
      for (const topicMessages of packRounds(records)) {
        await transaction.sendBatch({ topicMessages, acks: -1 });
      }
      await transaction.commit();
    },
    close: () => producer.disconnect(),
  };
};
