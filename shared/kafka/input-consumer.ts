/**
 * Reads the input log for the exactly-once pipeline: one source per assigned partition, which the
 * worker positions itself, since Redis and not the group decides where to read. The group only assigns
 * partitions. What is fetched is buffered, so that the client goes on fetching while the worker works;
 * a full buffer pauses the partition.
 */
import type { LogRange, PartitionSource } from '../core/ports.js';
import type { LogClient } from './log-client.js';
import { createPartitionSource, type BufferedSource } from './partition-source.js';

export type InputConsumerOptions = {
  readonly client: LogClient;
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

const PROGRESS_INTERVAL_MS = 5_000;

/** Creates the consumer; nothing happens before `start`. */
export const createInputConsumer = (options: InputConsumerOptions): InputConsumer => {
  const { topic, groupId, sessionTimeoutMs, onProblem } = options;
  const reader = options.client.createGroupReader({
    topic,
    groupId,
    sessionTimeoutMs,
    rebalanceTimeoutMs: rebalanceTimeoutMs(sessionTimeoutMs),
  });
  const sources = new Map<number, BufferedSource>();
  /** Sources that ended since the last assignment: their last progress is committed at the close. */
  let ended: BufferedSource[] = [];
  let lastActiveMs = performance.now();
  let hasJoined = false;
  let timer: NodeJS.Timeout | null = null;

  const alive = (): void => {
    lastActiveMs = performance.now();
  };
  const assign = (partitions: readonly number[]): void => {
    stopSources();
    ended = [];
    for (const partition of partitions) {
      const source = createPartitionSource({ ...options, controls: reader, partition, logRange });
      sources.set(partition, source);
    }
    hasJoined = true;
    options.onAssigned([...sources.values()]);
  };

  const stopSources = (): void => {
    for (const source of sources.values()) source.end();
    ended.push(...sources.values());
    sources.clear();
  };

  const logRange = async (partition: number): Promise<LogRange> => {
    const range = (await reader.ranges()).find((found) => found.partition === partition);
    if (range === undefined) throw new Error(`${topic} has no partition ${String(partition)}`);
    return range;
  };

  const noteHighWatermarks = async (): Promise<void> => {
    for (const { partition, end } of await reader.ranges()) {
      sources.get(partition)?.noteHighWatermark(end);
    }
  };

  const commitProgress = async (): Promise<void> => {
    const offsets = [...ended, ...sources.values()].flatMap((source) => {
      const next = source.progress();
      return next === null ? [] : [{ partition: source.partition, offset: next }];
    });
    if (offsets.length > 0) await reader.commit(offsets);
  };

  return {
    start: async () => {
      await reader.start({
        onAssigned: assign,
        onBatch: (partition, batch) => sources.get(partition)?.push(batch),
        onSkipped: (partition, batch) => sources.get(partition)?.skip(batch),
        onAlive: alive,
        onCrash: options.onCrash,
        onProblem,
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
      await reader.close();
    },
    hasJoined: () => hasJoined,
    lag: (partition, nextOffset) =>
      Math.max(0, (sources.get(partition)?.highWatermark() ?? 0) - nextOffset),
    lastActiveMs: () => lastActiveMs,
  };
};
