/**
 * Reads a topic from its beginning to its present end, committed records only, in a group that leaves
 * nothing behind: for jobs that look at the whole log once, such as training.
 */
import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import type { LogRecord } from '../core/ports.js';

export type ReadLogOptions = {
  readonly topic: string;
  readonly groupPrefix: string;
  /** Called batch by batch, per partition in offset order. */
  readonly onRecords: (records: readonly LogRecord[], partition: number) => Promise<void>;
  readonly onProgress: (done: number, total: number) => void;
};

const MAX_WAIT_MS = 100;
const BYTES_PER_PARTITION = 4 << 20;

/** Reads the log; resolves at the end it had when reading began. */
export const readLog = async (kafka: Kafka, options: ReadLogOptions): Promise<void> => {
  const { topic, groupPrefix, onRecords, onProgress } = options;
  const ends = await openEnds(kafka, topic);
  const total = [...ends.values()].reduce((sum, { high, low }) => sum + high - low, 0);
  if (ends.size === 0) return;
  let done = 0;
  const consumer = kafka.consumer({
    groupId: `${groupPrefix}-${randomUUID()}`,
    maxWaitTimeInMs: MAX_WAIT_MS,
    maxBytesPerPartition: BYTES_PER_PARTITION,
    allowAutoTopicCreation: false,
  });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) reject(payload.error);
      });
      // The end of a batch also tells of transaction markers, which carry no record.
      consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
        const end = ends.get(payload.partition);
        if (end !== undefined && Number(payload.lastOffset) + 1 >= end.high) {
          ends.delete(payload.partition);
        }
        if (ends.size === 0) resolve();
      });
      consumer
        .run({
          autoCommit: false,
          eachBatch: async ({ batch }) => {
            await onRecords(
              batch.messages.map(({ offset, timestamp, key, value }) => ({
                offset: Number(offset),
                timestampMs: Number(timestamp),
                key,
                value,
              })),
              batch.partition,
            );
            done += batch.messages.length;
            onProgress(Math.min(done, total), total);
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
};

type End = { readonly low: number; readonly high: number };

const openEnds = async (kafka: Kafka, topic: string): Promise<Map<number, End>> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const ends = new Map<number, End>();
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      if (Number(high) > Number(low)) ends.set(partition, { low: Number(low), high: Number(high) });
    }
    return ends;
  } finally {
    await admin.disconnect();
  }
};
