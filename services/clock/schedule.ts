/**
 * When a clock ticks: at multiples of its interval, each at most once. What was missed while no clock ran
 * is not made up tick by tick: one tick finds everybody who came due meanwhile, so the latest one is
 * enough. A wall clock that was set back waits until it has caught up with the last tick.
 */

/** Returns the time of the tick to write now, or null when the last one is it or lies ahead. */
export const tickToWrite = (
  nowMs: number,
  lastTickMs: number | null,
  intervalMs: number,
): number | null => {
  const latestMs = Math.floor(nowMs / intervalMs) * intervalMs;
  return lastTickMs !== null && lastTickMs >= latestMs ? null : latestMs;
};

/** Time to wait until the next multiple of the interval. */
export const untilNextTickMs = (nowMs: number, intervalMs: number): number =>
  intervalMs - (nowMs % intervalMs);

/** Ticks a clock that was fenced leaves to the other one before it looks whether that still lives. */
const STANDBY_TICKS = 3;

/** Tells whether another clock is at work, by the last tick it wrote. */
export const isOtherAlive = (
  nowMs: number,
  lastTickMs: number | null,
  intervalMs: number,
): boolean => lastTickMs !== null && nowMs - lastTickMs < STANDBY_TICKS * intervalMs;
