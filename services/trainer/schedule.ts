/** When the trainer works: on schedule, sooner after a failure, and between that when the model has drifted. */
import type { TrainOutcome } from './train.js';

/** With too little to learn from, or after a failure, the next try comes sooner than the schedule. */
const RETRY_MS_MAX = 60_000;

export type Schedule = {
  readonly intervalMs: number;
  readonly watchMs: number;
};

export type ScheduleParts = {
  readonly stop: AbortSignal;
  /** Trains, or with `isWatch` only when the model in force has drifted; null when told to stop. */
  readonly round: (isWatch: boolean) => Promise<TrainOutcome | null>;
  /** Sleeps, or less when told to stop. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly onError: (error: unknown) => void;
};

/** Works until told to stop. A training out of turn starts the interval anew. */
export const followSchedule = async (
  { intervalMs, watchMs }: Schedule,
  { stop, round, sleep, onError }: ScheduleParts,
): Promise<void> => {
  const attempt = async (isWatch: boolean): Promise<TrainOutcome | null> => {
    try {
      return await round(isWatch);
    } catch (error) {
      onError(error);
      return null;
    }
  };
  let leftMs = 0;
  while (!stop.aborted) {
    const isWatch = leftMs > 0;
    const outcome = await attempt(isWatch);
    if (outcome?.kind === 'trained') leftMs = intervalMs;
    const waitMs =
      leftMs > 0 ? Math.min(leftMs, watchMs) : Math.min(intervalMs, watchMs, RETRY_MS_MAX);
    await sleep(waitMs);
    leftMs = Math.max(0, leftMs - waitMs);
  }
};
