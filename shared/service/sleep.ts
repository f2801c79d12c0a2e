/** Waiting, for services: for a time, and not longer than wanted. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Polled waits are cut into these, so that a stop is noticed soon without a timer of its own. */
const SLICE_MS = 200;

/** Resolves after a time, or at once when told to stop. */
export const sleepUnless = async (stop: AbortSignal, ms: number): Promise<void> => {
  try {
    await sleep(ms, undefined, { signal: stop });
  } catch (error) {
    if (!stop.aborted) throw error;
  }
};

/** Waits until the time is over; rejects as soon as `isStopped` says so. */
export const sleepOrThrow = async (ms: number, isStopped: () => boolean): Promise<void> => {
  const untilMs = performance.now() + ms;
  for (let leftMs = ms; leftMs > 0; leftMs = untilMs - performance.now()) {
    if (isStopped()) throw new Error('stopped');
    await sleep(Math.min(SLICE_MS, leftMs));
  }
};
