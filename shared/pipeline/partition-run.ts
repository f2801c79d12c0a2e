/**
 * How a worker runs a partition that is not the scorer's (sinks, ingest): where it starts, and that it
 * goes on until the partition is taken away, whatever fails in between. A failure of Kafka, the
 * registry or the disk is reported and tried again from the durable position; no record is skipped.
 */
import type { PartitionSource } from '../core/ports.js';

export type PartitionRunDeps = {
  readonly topic: string;
  /** Ends of the partition: oldest offset held, and the one the next record will get. */
  readonly bounds: (partition: number) => Promise<{ readonly low: number; readonly high: number }>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly events: {
    /** Something outside fails and is tried again. */
    readonly trouble: (error: unknown) => void;
    /** The log no longer holds the position: records in between were never read. */
    readonly gap: (partition: number, from: number, to: number) => void;
  };
};

const TROUBLE_DELAY_MS = 1_000;

/** The position is beyond the end of the log: it belongs to another topic of the same name. */
export class PositionAhead extends Error {
  override readonly name = 'PositionAhead';
}

/**
 * Returns where to start: the position, or the log's start when there is none or it is gone, which is
 * reported. Throws PositionAhead when the log ends before it.
 */
export const startOffset = async (
  deps: PartitionRunDeps,
  partition: number,
  position: number | null,
): Promise<number> => {
  const { low, high } = await deps.bounds(partition);
  if (position === null) return low;
  if (position > high) {
    throw new PositionAhead(
      `${deps.topic} ends at offset ${String(high)} in partition ${String(partition)}, but was ` +
        `read up to ${String(position)}: the topic was made anew. Reset the consumer group and move the ` +
        'folder of its files away, then start again.',
    );
  }
  if (position < low) deps.events.gap(partition, position, low);
  return Math.max(position, low);
};

/** Repeats an action that must not be skipped; false when it was stopped before it succeeded. */
export const insist = async (
  { events, sleep }: Pick<PartitionRunDeps, 'events' | 'sleep'>,
  isStopped: () => boolean,
  action: () => Promise<void>,
): Promise<boolean> => {
  while (!isStopped()) {
    try {
      await action();
      return true;
    } catch (error) {
      events.trouble(error);
      await sleep(TROUBLE_DELAY_MS).catch(() => undefined);
    }
  }
  return false;
};

/** Runs one ownership again and again until the partition is taken away. */
export const runWhileAssigned = async (
  { source, deps }: { readonly source: PartitionSource; readonly deps: PartitionRunDeps },
  own: () => Promise<void>,
): Promise<void> => {
  while (source.isAssigned()) {
    try {
      await own();
    } catch (error) {
      if (!source.isAssigned()) return;
      deps.events.trouble(error);
      await deps.sleep(TROUBLE_DELAY_MS).catch(() => undefined);
    }
  }
};
