/**
 * Reads the ends of topics and the offsets of groups, for services that position themselves: what a
 * group committed is asked of Kafka and never remembered, since another owner may have moved it.
 */
import type { Kafka } from 'kafkajs';
import { committedOffset } from './committed-offset.js';

export type PartitionBounds = {
  readonly partition: number;
  /** Offset of the oldest record still held. */
  readonly low: number;
  /** Offset the next record will get; markers of transactions count. */
  readonly high: number;
};

export type TopicOffsets = {
  readonly bounds: (topic: string) => Promise<readonly PartitionBounds[]>;
  /** Returns the offset a group committed for a partition, or null when it never did. */
  readonly committed: (groupId: string, topic: string, partition: number) => Promise<number | null>;
  readonly exists: (topic: string) => Promise<boolean>;
  readonly close: () => Promise<void>;
};

/** Connects. */
export const openTopicOffsets = async (kafka: Kafka): Promise<TopicOffsets> => {
  const admin = kafka.admin();
  await admin.connect();
  return {
    bounds: async (topic) => {
      const offsets = await admin.fetchTopicOffsets(topic);
      return offsets
        .map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }))
        .sort((a, b) => a.partition - b.partition);
    },
    committed: (groupId, topic, partition) => committedOffset(admin, { groupId, topic, partition }),
    exists: async (topic) => (await admin.listTopics()).includes(topic),
    close: () => admin.disconnect(),
  };
};
