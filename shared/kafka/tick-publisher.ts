/**
 * Writes ticks, each time once, however many clocks run and whenever one dies: the ticks of all
 * partitions and the time of the last one commit in a single transaction, the time as the offset of a
 * group that only clocks use. Opening a publisher fences the one before it and then reads that time.
 */
import type { Kafka, Producer } from 'kafkajs';
import { commitTransaction } from './commit-transaction.js';
import { committedOffset } from './committed-offset.js';
import { whileNotYet } from './while-not-yet.js';

export type TickPublisherOptions = {
  readonly kafka: Kafka;
  /** Name of customer-events in this installation. */
  readonly topic: string;
  /** Group whose offset on partition 0 is the time of the last tick, in ms. */
  readonly groupId: string;
  readonly transactionalId: string;
  readonly encode: (name: string, record: object) => Buffer;
  /** Customers that a tick scores before what waits behind it has its turn; null for no such turns. */
  readonly customersMax: number | null;
};

export type TickPublisher = {
  /** Time of the last tick written; null when there was none, or its memory expired. */
  readonly lastTickMs: () => Promise<number | null>;
  /** Writes one tick to every partition. Throws when the outcome is unknown or another clock took over. */
  readonly publish: (tickAtMs: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** An open transaction holds readers of the log back; a clock that died is cleared away after this. */
const TRANSACTION_TIMEOUT_MS = 10_000;
const TICK_RECORD = 'kundenpuls.events.Tick';
const RETRY = { initialRetryTime: 20, maxRetryTime: 1_000, retries: 10 } as const;

/** Initialises the producer id, which fences other clocks and ends what they left open. */
const fence = async (producer: Producer): Promise<void> => {
  const transaction = await producer.transaction();
  await transaction.abort();
};

/** Opens a publisher; nothing is written yet. */
export const openTickPublisher = async (options: TickPublisherOptions): Promise<TickPublisher> => {
  const { kafka, topic, groupId, transactionalId, encode, customersMax } = options;
  const admin = kafka.admin();
  const producer = kafka.producer({
    transactionalId,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: TRANSACTION_TIMEOUT_MS,
    allowAutoTopicCreation: false,
    retry: RETRY,
  });
  const close = async (): Promise<void> => {
    await Promise.all([producer.disconnect(), admin.disconnect()]);
  };
  try {
    await Promise.all([admin.connect(), producer.connect()]);
    const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
    const partitions = metadata.topics[0]?.partitions.map(({ partitionId }) => partitionId) ?? [];
    await fence(producer);
    return {
      lastTickMs: () => committedOffset(admin, { groupId, topic, partition: 0 }),
      publish: async (tickAtMs) => {
        const eventId = `tick-${String(tickAtMs)}`;
        const value = encode(TICK_RECORD, { eventId, tickAtMs, customersMax });
        const transaction = await producer.transaction();
        await transaction.send({
          topic,
          acks: -1,
          messages: partitions.map((partition) => ({ partition, key: null, value })),
        });
        await whileNotYet(() =>
          transaction.sendOffsets({
            consumerGroupId: groupId,
            topics: [{ topic, partitions: [{ partition: 0, offset: String(tickAtMs) }] }],
          }),
        );
        await commitTransaction(transaction);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};
