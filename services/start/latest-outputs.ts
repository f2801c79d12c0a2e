/** Follows the output topics and keeps the latest of each in words, for the display. */
import { randomUUID } from 'node:crypto';
import {
  createRecordDecoder,
  isRefusal,
  type RecordDecoder,
} from '../../shared/avro/record-decoder.js';
import type { RegistryClient } from '../../shared/avro/registry-client.js';
import type {
  SalesOpportunity,
  SegmentChanged,
  UnderPerformanceAlert,
} from '../../shared/core/contract.generated.js';
import {
  summarizeAlert,
  summarizeOpportunity,
  summarizeSegmentChange,
} from '../../shared/delivery/summary.js';
import { topicName } from '../../shared/kafka/topics.js';
import type { Kafka } from 'kafkajs';
import type { LatestLine } from './display.js';

const SHOWN_MAX = 4;
const FOLLOWED = ['segment-changes', 'under-performance-alerts', 'sales-opportunities'] as const;
type Followed = (typeof FOLLOWED)[number];

export type LatestOutputs = {
  readonly of: (topic: Followed) => readonly LatestLine[];
  readonly stop: () => Promise<void>;
};

export type LatestOptions = {
  readonly kafka: Kafka;
  readonly registry: RegistryClient;
  readonly topicPrefix: string;
};

const WORDS: Readonly<Record<Followed, (record: object) => string>> = {
  'segment-changes': (record) => summarizeSegmentChange(record as SegmentChanged),
  'under-performance-alerts': (record) => summarizeAlert(record as UnderPerformanceAlert),
  'sales-opportunities': (record) => summarizeOpportunity(record as SalesOpportunity),
};

/** Starts to follow from now on. */
export const followOutputs = async (options: LatestOptions): Promise<LatestOutputs> => {
  const { kafka, registry, topicPrefix } = options;
  const decoder = createRecordDecoder({ registry });
  const lines = new Map<Followed, readonly LatestLine[]>();
  const names = new Map(FOLLOWED.map((name) => [topicName(topicPrefix, name), name]));
  // A group of its own that is gone with the display: it holds nothing back and commits nothing.
  const consumer = kafka.consumer({ groupId: `start-display-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [...names.keys()], fromBeginning: false });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const followed = names.get(batch.topic);
      if (followed === undefined) return;
      // Only the last few can be shown; a burst of thousands is not decoded for nothing.
      const values = batch.messages.slice(-SHOWN_MAX).map(({ value }) => value);
      const added = await inWords(decoder, WORDS[followed], values);
      lines.set(followed, [...(lines.get(followed) ?? []), ...added].slice(-SHOWN_MAX));
    },
  });
  return {
    of: (topic) => lines.get(topic) ?? [],
    stop: async () => {
      await consumer.disconnect();
    },
  };
};

const inWords = async (
  decoder: RecordDecoder,
  toWords: (record: object) => string,
  values: readonly (Buffer | null)[],
): Promise<readonly LatestLine[]> => {
  await decoder.prepare(values);
  return values.flatMap((value) => {
    const decoded = decoder.decode(value);
    return isRefusal(decoded) ? [] : [{ atMs: Date.now(), text: toWords(decoded.record) }];
  });
};
