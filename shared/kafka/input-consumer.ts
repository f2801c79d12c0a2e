/**
 * Reads the input log for the exactly-once pipeline: one source per assigned partition, which the
 * worker positions itself, since Redis and not the group decides where to read. The group only assigns
 * partitions. A batch is buffered and its handler returns at once, so that kafkajs goes on fetching
 * and heart-beating while the worker works; a full buffer pauses the partition.
 */
import type { Kafka } from 'kafkajs';
import type { LogRange, PartitionSource } from '../core/ports.js';
import { createPartitionSource, type BufferedSource } from './partition-source.js';

export type InputConsumerOptions = {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  readonly partitionCount: number;
  readonly sessionTimeoutMs: number;
  /** Called with the sources of a new assignment; those of the one before have ended. */
  readonly onAssigned: (sources: readonly PartitionSource[]) => void;
  readonly onCrash: (error: Error) => void;
  readonly onProblem: (name: string, error: unknown) => void;
};

export type InputConsumer = {
  readonly start: () => Promise<void>;
  /** Ends all sources, so that workers drain; `close` commits their progress and leaves the group. */
  readonly stopSources: () => void;
  readonly close: () => Promise<void>;
  /** True once the group has assigned partitions, possibly none. */
  readonly hasJoined: () => boolean;
  /** Records of the log behind the given offset, as last heard of. */
  readonly lag: (partition: number, nextOffset: number) => number;
  /** When the fetch loop last gave a sign of life, by performance.now(), for a watchdog. */
  readonly lastActiveMs: () => number;
};

/**
 * How long a group waits for members to join again. Handlers return at once, so that a living member
 * joins at its next heartbeat; one that does not is not waited for while everybody stands still.
 */
const REBALANCE_SESSIONS = 2;
const REBALANCE_TIMEOUT_MS_MIN = 15_000;
const rebalanceTimeoutMs = (sessionTimeoutMs: number): number =>
  Math.max(REBALANCE_TIMEOUT_MS_MIN, REBALANCE_SESSIONS * sessionTimeoutMs);

/**
 * Longest silence of a healthy fetch loop: a join is answered when the group is complete, and another
 * may follow at once.
 */
export const silenceMsMax = (sessionTimeoutMs: number): number =>
  2 * rebalanceTimeoutMs(sessionTimeoutMs) + sessionTimeoutMs;

const HEARTBEAT_INTERVAL_MS_MAX = 3_000;
const HEARTBEATS_PER_SESSION = 4;
const MAX_WAIT_MS = 100;
const MAX_BYTES_PER_PARTITION = 1 << 20;
const MAX_BYTES = 8 << 20;
const PROGRESS_INTERVAL_MS = 5_000;
const PARTITIONS_CONCURRENTLY_MAX = 64;

/** Creates the consumer; nothing happens before `start`. */
export const createInputConsumer = (options: InputConsumerOptions): InputConsumer => {
  const { kafka, topic, groupId, onProblem } = options;
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: rebalanceTimeoutMs(options.sessionTimeoutMs),
    heartbeatInterval: Math.min(
      HEARTBEAT_INTERVAL_MS_MAX,
      Math.floor(options.sessionTimeoutMs / HEARTBEATS_PER_SESSION),
    ),
    maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
    maxBytes: MAX_BYTES,
    minBytes: 1,
    maxWaitTimeInMs: MAX_WAIT_MS,
    readUncommitted: false,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 100, retries: 10, restartOnFailure: () => Promise.resolve(true) },
  });
  const admin = kafka.admin();
  const sources = new Map<number, BufferedSource>();
  /** Sources that ended since the last assignment: their last progress is committed at the close. */
  let ended: BufferedSource[] = [];
  let lastActiveMs = performance.now();
  let hasJoined = false;
  let timer: NodeJS.Timeout | null = null;

  const alive = (): void => {
    lastActiveMs = performance.now();
  };
  consumer.on(consumer.events.HEARTBEAT, alive);
  consumer.on(consumer.events.FETCH, alive);
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) options.onCrash(payload.error);
    else onProblem('consumer_restarts', payload.error);
  });
  // Batches of nothing but aborted records and markers are not handed out, only reported here.
  consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize > 0) return;
    sources.get(payload.partition)?.skip({
      firstOffset: Number(payload.firstOffset),
      lastOffset: Number(payload.lastOffset),
    });
  });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const assigned = payload.memberAssignment[topic] ?? [];
    stopSources();
    ended = [];
    // Before the first fetch of this assignment: positions are the workers' to set.
    if (assigned.length > 0) consumer.pause([{ topic, partitions: [...assigned] }]);
    for (const partition of assigned) {
      const source = createPartitionSource({ ...options, consumer, partition, logRange });
      sources.set(partition, source);
    }
    hasJoined = true;
    options.onAssigned([...sources.values()]);
  });

  const stopSources = (): void => {
    for (const source of sources.values()) source.end();
    ended.push(...sources.values());
    sources.clear();
  };

  const logRange = async (partition: number): Promise<LogRange> => {
    const ranges = await admin.fetchTopicOffsets(topic);
    const range = ranges.find((offset) => offset.partition === partition);
    if (range === undefined) throw new Error(`${topic} has no partition ${String(partition)}`);
    return { start: Number(range.low), end: Number(range.high) };
  };

  const noteHighWatermarks = async (): Promise<void> => {
    for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
      sources.get(partition)?.noteHighWatermark(Number(high));
    }
  };

  /** Commits group offsets, which nothing depends on but the usual lag tools. */
  const commitProgress = async (): Promise<void> => {
    const offsets = [...ended, ...sources.values()].flatMap((source) => {
      const next = source.progress();
      return next === null ? [] : [{ topic, partition: source.partition, offset: String(next) }];
    });
    if (offsets.length > 0) await consumer.commitOffsets(offsets);
  };

  return {
    start: async () => {
      await Promise.all([admin.connect(), consumer.connect()]);
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: PARTITIONS_CONCURRENTLY_MAX,
        eachBatch: (payload) => {
          alive();
          sources.get(payload.batch.partition)?.push(payload);
          payload.resolveOffset(payload.batch.lastOffset());
          return Promise.resolve();
        },
      });
      timer = setInterval(() => {
        commitProgress().catch((error: unknown) => {
          onProblem('progress_commit_failed', error);
        });
        noteHighWatermarks().catch((error: unknown) => {
          onProblem('high_watermarks_unknown', error);
        });
      }, PROGRESS_INTERVAL_MS);
    },
    stopSources,
    close: async () => {
      if (timer !== null) clearInterval(timer);
      stopSources();
      await commitProgress().catch((error: unknown) => {
        onProblem('progress_commit_failed', error);
      });
      await Promise.all([consumer.disconnect(), admin.disconnect()]);
    },
    hasJoined: () => hasJoined,
    lag: (partition, nextOffset) =>
      Math.max(0, (sources.get(partition)?.highWatermark() ?? 0) - nextOffset),
    lastActiveMs: () => lastActiveMs,
  };
};
