/**
 * Counts a partition's customers by segment. The counts are committed with the cursor, as absolute
 * values, so that after a restart or a rollback the metric is as true as the state.
 */
import type { Segment } from '../core/contract.generated.js';
import type { SegmentCounts } from '../core/ports.js';

export type SegmentCounter = {
  /** Moves one customer; null is a customer without a segment. */
  readonly move: (from: Segment | null, into: Segment | null) => void;
  readonly read: () => SegmentCounts;
};

/** Creates a counter that goes on from stored counts. */
export const createSegmentCounts = (stored: SegmentCounts): SegmentCounter => {
  const counts: Partial<Record<Segment, number>> = { ...stored };
  return {
    move: (from, into) => {
      if (from === into) return;
      if (from !== null) counts[from] = (counts[from] ?? 0) - 1;
      if (into !== null) counts[into] = (counts[into] ?? 0) + 1;
    },
    read: () => ({ ...counts }),
  };
};
