/**
 * Tells up to where a partition is done when records finish in any order: the position moves only over
 * contiguous success, so that a restart repeats deliveries but never skips one.
 */

export type OffsetTracker = {
  /** Takes a record under way; offsets grow. */
  readonly add: (offset: number, timestampMs: number) => void;
  readonly done: (offset: number) => void;
  /** Offset below which everything is done; null before the first record. */
  readonly next: () => number | null;
  readonly pending: () => number;
  /** Time of the oldest record that is not done; null when all are. */
  readonly oldestTimestampMs: () => number | null;
};

type Entry = { readonly offset: number; readonly timestampMs: number; isDone: boolean };

/** Creates an empty tracker. */
export const createOffsetTracker = (): OffsetTracker => {
  const entries = new Map<number, Entry>();
  let next: number | null = null;
  let undone = 0;
  const first = (): Entry | undefined => entries.values().next().value;
  return {
    add: (offset, timestampMs) => {
      if (entries.size === 0) next = offset;
      entries.set(offset, { offset, timestampMs, isDone: false });
      undone += 1;
    },
    done: (offset) => {
      const entry = entries.get(offset);
      if (entry === undefined || entry.isDone) return;
      entry.isDone = true;
      undone -= 1;
      for (let head = first(); head?.isDone === true; head = first()) {
        entries.delete(head.offset);
        next = first()?.offset ?? head.offset + 1;
      }
    },
    next: () => next,
    pending: () => undone,
    oldestTimestampMs: () => first()?.timestampMs ?? null,
  };
};
