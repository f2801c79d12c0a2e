/**
 * The log of one assigned partition, buffered. What is buffered is gapless: a batch is accepted only
 * when it was fetched at or before the offset that is wanted next, since a client may deliver one that
 * was under way when the position changed (a seek, a new leader) and may jump by itself when an
 * offset is out of range. A jump that the log itself made is passed on, for the worker to judge.
 */
import type { LogRange, PartitionSource } from '../core/ports.js';
import type { FetchedBatch, PartitionControls } from './log-client.js';
import { createRecordBuffer } from './record-buffer.js';

/** Records buffered per partition above which it is paused, and below which it goes on. */
const BUFFER_RECORDS_MAX = 40_000;
const BUFFER_RECORDS_LOW = 15_000;
const BUFFER_BYTES_MAX = 32 << 20;
const BUFFER_BYTES_LOW = 12 << 20;
/**
 * Records that wait from which the worker counts as behind, so that larger transactions pay. Fewer wait at
 * any moment of a steady flow; to linger for them cost 100 ms of latency.
 */
const BACKLOG_RECORDS = 2_000;

export type BufferedSource = PartitionSource & {
  readonly push: (batch: FetchedBatch) => void;
  /** Moves on over offsets that hold nothing to read: aborted records and markers only. */
  readonly skip: (batch: { readonly firstOffset: number; readonly lastOffset: number }) => void;
  readonly end: () => void;
  readonly progress: () => number | null;
  /** End of the log as last heard of. */
  readonly highWatermark: () => number;
  readonly noteHighWatermark: (offset: number) => void;
};

export type BufferedSourceOptions = {
  readonly controls: PartitionControls;
  readonly partition: number;
  readonly partitionCount: number;
  readonly logRange: (partition: number) => Promise<LogRange>;
  readonly onProblem: (name: string, error: unknown) => void;
};

/** Creates a paused source; the worker's `seek` starts it. */
export const createPartitionSource = (options: BufferedSourceOptions): BufferedSource => {
  const { controls, partition, partitionCount, onProblem } = options;
  const buffer = createRecordBuffer();
  let fetchNext = 0;
  let seeks = 0;
  let isAssigned = true;
  let isPaused = true;
  let isJumpAllowed = false;
  let isChecking = false;
  let progress: number | null = null;
  let highWatermark = 0;
  let wake: () => void = () => undefined;

  const pauseWhenFull = (): void => {
    if (isPaused) return;
    if (buffer.count() <= BUFFER_RECORDS_MAX && buffer.bytes() <= BUFFER_BYTES_MAX) return;
    isPaused = true;
    controls.pause(partition);
  };
  const resumeWhenLow = (): void => {
    if (!isPaused || !isAssigned) return;
    if (buffer.count() >= BUFFER_RECORDS_LOW || buffer.bytes() >= BUFFER_BYTES_LOW) return;
    isPaused = false;
    controls.resume(partition);
  };

  const moveTo = (offset: number): void => {
    fetchNext = offset;
    controls.seek(partition, offset);
  };

  /** A batch does not join on: did the log lose what is wanted, or is the batch a stray one? */
  const checkJump = async (): Promise<void> => {
    const atSeek = seeks;
    const wanted = fetchNext;
    const { start, end } = await options.logRange(partition);
    if (!isAssigned || seeks !== atSeek || fetchNext !== wanted) return;
    if (wanted < start || wanted > end) isJumpAllowed = true;
    moveTo(wanted);
  };
  const startCheck = (): void => {
    if (isChecking) return;
    isChecking = true;
    checkJump()
      .catch((error: unknown) => {
        onProblem('log_range_unknown', error);
      })
      .finally(() => {
        isChecking = false;
      });
  };

  /** True when the batch starts where reading is to go on. */
  const joinsOn = (fetchedOffset: number, endOfLog: number): boolean => {
    if (fetchedOffset <= fetchNext && endOfLog >= fetchNext) return true;
    if (!isJumpAllowed) {
      startCheck();
      return false;
    }
    isJumpAllowed = false;
    fetchNext = fetchedOffset;
    return true;
  };

  return {
    partition,
    partitionCount,
    seek: (offset) => {
      buffer.clear();
      seeks += 1;
      isJumpAllowed = false;
      wake();
      if (!isAssigned) return;
      moveTo(offset);
      resumeWhenLow();
    },
    take: async (limit) => {
      const atSeek = seeks;
      while (isAssigned && seeks === atSeek && buffer.count() === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (!isAssigned || seeks !== atSeek) return [];
      const taken = buffer.take(limit);
      resumeWhenLow();
      return taken;
    },
    hasBacklog: () => buffer.count() >= BACKLOG_RECORDS,
    logRange: () => options.logRange(partition),
    reportProgress: (next) => {
      progress = next;
    },
    isAssigned: () => isAssigned,
    push: (batch) => {
      if (!isAssigned) return;
      highWatermark = batch.highWatermark;
      if (!joinsOn(batch.fetchedOffset, highWatermark)) return;
      batch.forEach((record, headers) => {
        if (record.offset >= fetchNext) buffer.append(record, headers);
      });
      // Behind the last record there may be a transaction marker, which ends the batch.
      fetchNext = Math.max(fetchNext, batch.lastOffset + 1);
      pauseWhenFull();
      wake();
    },
    skip: ({ firstOffset, lastOffset }) => {
      if (isAssigned && firstOffset <= fetchNext) fetchNext = Math.max(fetchNext, lastOffset + 1);
    },
    end: () => {
      isAssigned = false;
      buffer.clear();
      wake();
    },
    progress: () => progress,
    highWatermark: () => highWatermark,
    noteHighWatermark: (offset) => {
      highWatermark = offset;
    },
  };
};
