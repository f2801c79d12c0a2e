/** What the two sinks, webhook and files, need per partition, and what they tell of it. */
import type { PartitionRunDeps } from '../pipeline/partition-run.js';
import type { Origin, Renderer } from './message.js';

export type SinkEvents = PartitionRunDeps['events'] & {
  readonly settled: (outcome: 'delivered' | 'parked' | 'skipped' | 'erased', count: number) => void;
};

export type SinkDeps = PartitionRunDeps & {
  readonly renderer: Renderer;
  /** Writes a dead letter with the record's own bytes; resolves when it is durable. */
  readonly park: (origin: Origin, code: string, detail: string) => Promise<void>;
  /** Offset the group committed, null for none. */
  readonly committed: (partition: number) => Promise<number | null>;
  /** Called for an erased customer before its tombstone counts as delivered. */
  readonly onErased: (customerId: string) => Promise<void>;
  readonly events: SinkEvents;
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
