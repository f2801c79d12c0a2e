/**
 * Publishes outputs in Kafka transactions, one transactional id per input partition: opening a
 * publisher fences the previous owner, and the high-water mark commits with the outputs as the offset
 * of a group that only this uses. A kafkajs producer is unusable after a failed commit, so its owner
 * throws it away on any error and opens the next one, which ends what was left open.
 */
import type { Kafka, Producer, TopicMessages } from 'kafkajs';
import type { OpenPublisher, OutboxEntry } from '../core/ports.js';

export type OutputPublisherOptions = {
  readonly kafka: Kafka;
  /** Input topic, whose partitions the mark is kept for. */
  readonly inputTopic: string;
  readonly publishedGroup: string;
  readonly transactionalId: (partition: number) => string;
  /** Topic of an outbox entry's output index. */
  readonly topicOf: (output: number) => string;
};

/** An open transaction blocks read_committed readers: its coordinator ends it after this. */
const TRANSACTION_TIMEOUT_MS = 15_000;
/** CONCURRENT_TRANSACTIONS is answered for some ms after a commit; kafkajs would wait 300 ms. */
const INITIAL_RETRY_MS = 5;
const RETRIES_MAX = 12;
const RETRY_MS_MAX = 1_000;
/**
 * Bytes of one send at most, unless a single entry is larger: a broker refuses a batch above the
 * topic's max.message.bytes as a whole, and one tick alone may have megabytes of outputs.
 */
const SEND_BYTES_MAX = 768 << 10;
/** What a record takes in a batch besides its key and value, at most. */
const RECORD_OVERHEAD_BYTES = 32;

const FENCED_TYPES: ReadonlySet<string> = new Set([
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
  'TRANSACTION_COORDINATOR_FENCED',
]);

/** True when an error says that another producer took the transactional id over. */
export const isFencedError = (error: unknown): boolean => {
  let cause = error;
  while (typeof cause === 'object' && cause !== null) {
    const { type, cause: next } = cause as { readonly type?: unknown; readonly cause?: unknown };
    if (typeof type === 'string' && FENCED_TYPES.has(type)) return true;
    cause = next;
  }
  return false;
};

/**
 * Groups entries by topic, in order. Outputs stay on the partition number of their source; what goes
 * back into the input log goes to the partition of its customer, by the client's default partitioner.
 */
const toTopicMessages = (
  entries: readonly OutboxEntry[],
  partition: number,
  { topicOf, inputTopic }: Pick<OutputPublisherOptions, 'topicOf' | 'inputTopic'>,
): TopicMessages[] => {
  const byOutput = new Map<number, TopicMessages>();
  for (const { output, key, value } of entries) {
    let topic = byOutput.get(output);
    if (topic === undefined) {
      topic = { topic: topicOf(output), messages: [] };
      byOutput.set(output, topic);
    }
    topic.messages.push(topic.topic === inputTopic ? { key, value } : { key, value, partition });
  }
  return [...byOutput.values()];
};

const bytesOf = ({ key, value }: OutboxEntry): number =>
  (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES;

/** Cuts entries, in order, into sends that a broker takes. */
export const toSends = (entries: readonly OutboxEntry[]): readonly (readonly OutboxEntry[])[] => {
  const sends: OutboxEntry[][] = [];
  let bytes = Infinity;
  for (const entry of entries) {
    bytes += bytesOf(entry);
    if (bytes > SEND_BYTES_MAX) {
      sends.push([]);
      bytes = bytesOf(entry);
    }
    sends.at(-1)?.push(entry);
  }
  return sends;
};

/** Creates the function that opens a partition's publisher. */
export const createOpenPublisher = (options: OutputPublisherOptions): OpenPublisher => {
  const { kafka, inputTopic, publishedGroup, transactionalId } = options;
  return async (partition) => {
    const producer = kafka.producer({
      transactionalId: transactionalId(partition),
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
    await producer.connect();
    try {
      await fence(producer);
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
    const admin = kafka.admin();
    await admin.connect();
    return {
      published: async () => {
        const [topic] = await admin.fetchOffsets({ groupId: publishedGroup, topics: [inputTopic] });
        const offset = topic?.partitions.find((entry) => entry.partition === partition)?.offset;
        return offset === undefined || offset === '-1' ? null : Number(offset);
      },
      publish: async (entries, nextOffset) => {
        const transaction = await producer.transaction();
        for (const send of toSends(entries)) {
          await transaction.sendBatch({
            topicMessages: toTopicMessages(send, partition, options),
            acks: -1,
          });
        }
        await transaction.sendOffsets({
          consumerGroupId: publishedGroup,
          topics: [{ topic: inputTopic, partitions: [{ partition, offset: String(nextOffset) }] }],
        });
        await transaction.commit();
      },
      close: async () => {
        await Promise.all([producer.disconnect(), admin.disconnect()]);
      },
    };
  };
};

/** Initialises the producer id, which ends the previous owner's transaction and bumps the epoch. */
const fence = async (producer: Producer): Promise<void> => {
  const transaction = await producer.transaction();
  await transaction.abort();
};
