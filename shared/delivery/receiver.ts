/**
 * What is known of the receiver as a whole, and how many calls are under way. It tells a receiver that
 * is away, which everything waits for, from a message that is poison to it, which nothing may wait for:
 * a failed try counts against a message only when others got through since its try before.
 */

export type Receiver = {
  /** Waits for a free call and for the end of a pause, runs the call, frees it. */
  readonly call: <T>(run: () => Promise<T>) => Promise<T>;
  readonly succeeded: () => void;
  /** Notes a failure; `pauseMs` is how long the receiver asked to be left alone. */
  readonly failed: (detail: string, pauseMs: number | null) => void;
  /** Grows with every success. */
  readonly successes: () => number;
  readonly inFlight: () => number;
  /** What is wrong when nothing got through for several calls in a row; null when all is well. */
  readonly trouble: () => string | null;
};

export type ReceiverOptions = {
  readonly inFlightMax: number;
  readonly delayMsMax: number;
  readonly nowMs: () => number;
  /** Rejects when the service stops. */
  readonly sleep: (ms: number) => Promise<void>;
};

/** Failures in a row after which the receiver counts as away and is left in peace between calls. */
export const FAILURES_UNTIL_AWAY = 10;
export const DELAY_MS_BASE = 500;

/** Returns the pause before try number `tries` + 1, without jitter: doubling up to the longest. */
export const backoffMs = (tries: number, delayMsMax: number): number =>
  Math.min(delayMsMax, DELAY_MS_BASE * 2 ** Math.min(tries - 1, 30));

/** Creates the view of one receiver. */
export const createReceiver = (options: ReceiverOptions): Receiver => {
  const { inFlightMax, delayMsMax, nowMs, sleep } = options;
  const waiting: (() => void)[] = [];
  let inFlight = 0;
  let successes = 0;
  let failuresInARow = 0;
  let lastDetail = '';
  let pausedUntilMs = -Infinity;

  const acquire = async (): Promise<void> => {
    if (inFlight < inFlightMax) {
      inFlight += 1;
      return;
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  /** Hands the call on to who waits longest, so that `inFlight` stays. */
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) inFlight -= 1;
    else next();
  };
  const waitForPause = async (): Promise<void> => {
    for (let leftMs = pausedUntilMs - nowMs(); leftMs > 0; leftMs = pausedUntilMs - nowMs()) {
      await sleep(leftMs);
    }
  };

  return {
    call: async (run) => {
      await acquire();
      try {
        await waitForPause();
        return await run();
      } finally {
        release();
      }
    },
    succeeded: () => {
      successes += 1;
      failuresInARow = 0;
    },
    failed: (detail, pauseMs) => {
      failuresInARow += 1;
      lastDetail = detail;
      const awayMs =
        failuresInARow < FAILURES_UNTIL_AWAY
          ? 0
          : backoffMs(failuresInARow - FAILURES_UNTIL_AWAY + 1, delayMsMax);
      pausedUntilMs = Math.max(pausedUntilMs, nowMs() + Math.max(awayMs, pauseMs ?? 0));
    },
    successes: () => successes,
    inFlight: () => inFlight,
    trouble: () => (failuresInARow < FAILURES_UNTIL_AWAY ? null : lastDetail),
  };
};
