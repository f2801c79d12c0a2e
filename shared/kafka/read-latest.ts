/**
 * Reads a topic from its start to its present end, committed records only, and keeps the last record
 * of each key: what a compacted topic says now. The end is counted in offsets, so transaction markers
 * and records that others hold open are waited for, never taken for the end.
 */
import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';

export type LatestRecord = {
  readonly key: string;
  readonly value: Buffer | null;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
};

export type ReadLatestOptions = {
  readonly topic: string;
  readonly groupPrefix: string;
  readonly deadlineMs: number;
};

const SESSION_TIMEOUT_MS = 10_000;
const MAX_WAIT_MS = 100;

/** Returns the last record by key; throws in words when the end is not reached in time. */
export const readLatest = async (
  kafka: Kafka,
  { topic, groupPrefix, deadlineMs }: ReadLatestOptions,
): Promise<ReadonlyMap<string, LatestRecord>> => {
  const ends = await readEnds(kafka, topic);
  const latest = new Map<string, LatestRecord>();
  if (ends.size === 0) return latest;
  const consumer = kafka.consumer({
    groupId: `${groupPrefix}-${randomUUID()}`,
    sessionTimeout: SESSION_TIMEOUT_MS,
    maxWaitTimeInMs: MAX_WAIT_MS,
    readUncommitted: false,
    allowAutoTopicCreation: false,
  });
  let timer: NodeJS.Timeout | undefined;
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`the end of ${topic} was not reached in time; is a transaction open?`));
      }, deadlineMs);
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        reject(payload.error);
      });
      consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
        const end = ends.get(payload.partition);
        if (end !== undefined && Number(payload.lastOffset) + 1 >= end) {
          ends.delete(payload.partition);
        }
        if (ends.size === 0) resolve();
      });
      consumer
        .run({
          autoCommit: false,
          eachBatch: ({ batch }) => {
            for (const { key, value, offset, timestamp } of batch.messages) {
              const name = key?.toString('utf8') ?? '';
              latest.set(name, {
                key: name,
                value,
                partition: batch.partition,
                offset: Number(offset),
                timestampMs: Number(timestamp),
              });
            }
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    clearTimeout(timer);
    await consumer.disconnect();
  }
  return latest;
};

/** The ends of the partitions that hold anything. */
const readEnds = async (kafka: Kafka, topic: string): Promise<Map<number, number>> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(
      offsets
        .filter(({ low, high }) => Number(high) > Number(low))
        .map(({ partition, high }) => [partition, Number(high)]),
    );
  } finally {
    await admin.disconnect();
  }
};
