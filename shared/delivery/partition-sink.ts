/**
 * What the two sinks, webhook and files, need per partition, and how both run: until the partition is
 * taken away, whatever fails in between. A failure of Kafka, the registry or the disk is reported and
 * tried again from the position that is known to be durable; it never skips a record.
 */
import type { PartitionSource } from '../core/ports.js';
import type { Origin, Renderer } from './message.js';

export type SinkEvents = {
  readonly settled: (outcome: 'delivered' | 'parked' | 'skipped' | 'erased', count: number) => void;
  /** Something outside fails and is tried again; null when it works again. */
  readonly trouble: (error: unknown) => void;
  /** The log no longer holds, or never held, the position: records between were not delivered. */
  readonly gap: (partition: number, from: number, to: number) => void;
};

export type SinkDeps = {
  readonly topic: string;
  readonly renderer: Renderer;
  /** Writes a dead letter with the record's own bytes; resolves when it is durable. */
  readonly park: (origin: Origin, code: string, detail: string) => Promise<void>;
  /** Offset the group committed, null for none; and the ends of the partition. */
  readonly committed: (partition: number) => Promise<number | null>;
  readonly bounds: (partition: number) => Promise<{ readonly low: number; readonly high: number }>;
  /** Called for an erased customer before its tombstone counts as delivered. */
  readonly onErased: (customerId: string) => Promise<void>;
  readonly events: SinkEvents;
  readonly sleep: (ms: number) => Promise<void>;
};

export type PendingRecords = {
  readonly partition: number;
  readonly pending: number;
  readonly next: number | null;
  readonly oldestTimestampMs: number | null;
};

export type PartitionSink = {
  /** Runs until the source ends. */
  readonly run: () => Promise<void>;
  readonly pending: () => PendingRecords;
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
  deps: SinkDeps,
  partition: number,
  position: number | null,
): Promise<number> => {
  const { low, high } = await deps.bounds(partition);
  if (position === null) return low;
  if (position > high) {
    throw new PositionAhead(
      `${deps.topic} ends at offset ${String(high)} in partition ${String(partition)}, but was ` +
        `delivered up to ${String(position)}: the topic was made anew. Move the folder of its files ` +
        'away and reset the consumer group, then start again.',
    );
  }
  if (position < low) deps.events.gap(partition, position, low);
  return Math.max(position, low);
};

/** Repeats an action that must not be skipped; false when it was stopped before it succeeded. */
export const insist = async (
  { events, sleep }: Pick<SinkDeps, 'events' | 'sleep'>,
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
  { source, deps }: { readonly source: PartitionSource; readonly deps: SinkDeps },
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
