/**
 * Reads the input log for the exactly-once pipeline: one source per assigned partition, which the
 * worker positions itself, since Redis and not the group decides where to read. The group only assigns
 * partitions. A batch is buffered and its handler returns at once, so that kafkajs goes on fetching
 * and heart-beating while the worker works; a full buffer pauses the partition.
 */
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { LogRecord, PartitionSource } from '../core/ports.js';

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
  /** Ends all sources, so that workers drain; the group is left by `close`. */
  readonly stopSources: () => void;
  readonly close: () => Promise<void>;
  /** Wall clock of the last sign of life from the fetch loop, for a watchdog. */
  readonly lastActiveMs: () => number;
};

const REBALANCE_TIMEOUT_MS = 60_000;
const HEARTBEAT_INTERVAL_MS = 3_000;
const MAX_WAIT_MS = 100;
const MAX_BYTES_PER_PARTITION = 1 << 20;
const MAX_BYTES = 8 << 20;
/** Records buffered per partition above which it is paused, and below which it goes on. */
const BUFFER_RECORDS_MAX = 40_000;
const BUFFER_RECORDS_LOW = 15_000;
const PROGRESS_INTERVAL_MS = 5_000;
const PARTITIONS_CONCURRENTLY_MAX = 64;

type Source = PartitionSource & {
  readonly push: (payload: EachBatchPayload) => void;
  readonly end: () => void;
  readonly progress: () => number | null;
};

/** Creates the consumer; nothing happens before `start`. */
export const createInputConsumer = (options: InputConsumerOptions): InputConsumer => {
  const { kafka, topic, groupId, onProblem } = options;
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_INTERVAL_MS,
    maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
    maxBytes: MAX_BYTES,
    minBytes: 1,
    maxWaitTimeInMs: MAX_WAIT_MS,
    readUncommitted: false,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 100, retries: 10, restartOnFailure: () => Promise.resolve(true) },
  });
  const admin = kafka.admin();
  const sources = new Map<number, Source>();
  let lastActiveMs = Date.now();
  let timer: NodeJS.Timeout | null = null;

  const alive = (): void => {
    lastActiveMs = Date.now();
  };
  consumer.on(consumer.events.HEARTBEAT, alive);
  consumer.on(consumer.events.FETCH, alive);
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) options.onCrash(payload.error);
    else onProblem('consumer_restarts', payload.error);
  });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const assigned = payload.memberAssignment[topic] ?? [];
    stopSources();
    // Before the first fetch of this assignment: positions are the workers' to set.
    if (assigned.length > 0) consumer.pause([{ topic, partitions: [...assigned] }]);
    for (const partition of assigned) {
      sources.set(
        partition,
        createSource({
          consumer,
          topic,
          partition,
          partitionCount: options.partitionCount,
          logStart,
        }),
      );
    }
    options.onAssigned([...sources.values()]);
  });

  const stopSources = (): void => {
    for (const source of sources.values()) source.end();
    sources.clear();
  };

  const logStart = async (partition: number): Promise<number> => {
    const offsets = await admin.fetchTopicOffsets(topic);
    return Number(offsets.find((offset) => offset.partition === partition)?.low ?? '0');
  };

  /** Commits group offsets, which nothing depends on but the usual lag tools. */
  const commitProgress = async (): Promise<void> => {
    const offsets = [...sources.values()].flatMap((source) => {
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
      }, PROGRESS_INTERVAL_MS);
    },
    stopSources,
    close: async () => {
      if (timer !== null) clearInterval(timer);
      stopSources();
      await Promise.all([consumer.disconnect(), admin.disconnect()]);
    },
    lastActiveMs: () => lastActiveMs,
  };
};

const createSource = ({
  consumer,
  topic,
  partition,
  partitionCount,
  logStart,
}: {
  readonly consumer: Consumer;
  readonly topic: string;
  readonly partition: number;
  readonly partitionCount: number;
  readonly logStart: (partition: number) => Promise<number>;
}): Source => {
  let buffer: LogRecord[] = [];
  let head = 0;
  let fetchNext = 0;
  let isAssigned = true;
  let isPaused = true;
  let progress: number | null = null;
  let wake: () => void = () => undefined;
  const partitions = [{ topic, partitions: [partition] }];
  const buffered = (): number => buffer.length - head;

  const takeNow = (limit: { readonly records: number; readonly bytes: number }): LogRecord[] => {
    let end = head;
    let bytes = 0;
    while (end < buffer.length && end - head < limit.records && bytes < limit.bytes) {
      bytes += buffer[end]?.value?.length ?? 0;
      end += 1;
    }
    const taken = buffer.slice(head, end);
    head = end;
    if (head === buffer.length) {
      buffer = [];
      head = 0;
    }
    if (isPaused && buffered() < BUFFER_RECORDS_LOW) {
      isPaused = false;
      consumer.resume(partitions);
    }
    return taken;
  };

  return {
    partition,
    partitionCount,
    seek: (offset) => {
      buffer = [];
      head = 0;
      fetchNext = offset;
      if (!isAssigned) return;
      consumer.seek({ topic, partition, offset: String(offset) });
      isPaused = false;
      consumer.resume(partitions);
    },
    take: async (limit) => {
      while (isAssigned && buffered() === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return isAssigned ? takeNow(limit) : [];
    },
    hasBacklog: () => buffered() > 0,
    logStart: () => logStart(partition),
    reportProgress: (next) => {
      progress = next;
    },
    isAssigned: () => isAssigned,
    push: (payload) => {
      if (!isAssigned || payload.isStale()) return;
      for (const { offset, timestamp, key, value } of payload.batch.messages) {
        const at = Number(offset);
        if (at < fetchNext) continue;
        buffer.push({ offset: at, timestampMs: Number(timestamp), key, value });
        fetchNext = at + 1;
      }
      if (!isPaused && buffered() > BUFFER_RECORDS_MAX) {
        isPaused = true;
        consumer.pause(partitions);
      }
      wake();
    },
    end: () => {
      isAssigned = false;
      wake();
    },
    progress: () => progress,
  };
};
