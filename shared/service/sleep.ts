/** Sleeps that end early when what they wait for is no longer wanted. */

/** Sleeps are cut into these, so that a stop is noticed soon without a timer of its own. */
const SLICE_MS = 200;

/** Sleeps until the time is over; rejects as soon as `isStopped` says so. */
export const sleepUnless = async (ms: number, isStopped: () => boolean): Promise<void> => {
  const untilMs = performance.now() + ms;
  for (let leftMs = ms; leftMs > 0; leftMs = untilMs - performance.now()) {
    if (isStopped()) throw new Error('stopped');
    const sliceMs = Math.min(SLICE_MS, leftMs);
    await new Promise((resolve) => setTimeout(resolve, sliceMs));
  }
};
