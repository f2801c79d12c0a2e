/**
 * Writes ticks, each time once, however many clocks run and whenever one dies: the ticks of all
 * partitions and the time of the last one commit in a single transaction, the time as the offset of a
 * group that only clocks use. Opening a publisher fences the one before it and then reads that time.
 */
import type { Kafka } from 'kafkajs';
import { committedOffset } from './committed-offset.js';
import { countPartitions } from './event-producer.js';
import { openTransactionalProducer } from './transactional-producer.js';

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

const TICK_RECORD = 'kundenpuls.events.Tick';

/** Opens a publisher; nothing is written yet. */
export const openTickPublisher = async (options: TickPublisherOptions): Promise<TickPublisher> => {
  const { kafka, topic, groupId, transactionalId, encode, customersMax } = options;
  const admin = kafka.admin();
  await admin.connect();
  try {
    const partitions = await countPartitions(kafka, topic);
    const producer = await openTransactionalProducer(kafka, transactionalId);
    return {
      lastTickMs: () => committedOffset(admin, { groupId, topic, partition: 0 }),
      publish: (tickAtMs) => {
        const eventId = `tick-${String(tickAtMs)}`;
        const value = encode(TICK_RECORD, { eventId, tickAtMs, customersMax });
        const records = Array.from({ length: partitions }, (_, partition) => ({
          topic,
          partition,
          key: null,
          value,
        }));
        return producer.commit(records, { groupId, topic, partition: 0, offset: tickAtMs });
      },
      close: async () => {
        await Promise.all([producer.close(), admin.disconnect()]);
      },
    };
  } catch (error) {
    await admin.disconnect();
    throw error;
  }
};
