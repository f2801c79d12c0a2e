/** How much a tick looks at: the clock's goes on in slices (docs/adr/0012-ticks-in-slices.md). */
import type { Tick } from '../contract.generated.js';

/** Due customers that any one record scores at most. */
export const TICK_CUSTOMERS_MAX = 5_000;

/**
 * What a clock asks for in real time: some ten milliseconds of work, after which waiting orders have
 * their turn (docs/adr/0012-ticks-in-slices.md).
 */
export const LIVE_TICK_CUSTOMERS = 100;

/** Due customers that a tick scores at most; the rest wait for the next one. */
export const tickLimit = ({ customersMax }: Tick): number =>
  Math.min(TICK_CUSTOMERS_MAX, Math.max(1, customersMax ?? TICK_CUSTOMERS_MAX));

/** True for a tick that takes a part only, when a newer one has begun to look at everybody it would. */
export const isSuperseded = ({ tickAtMs, customersMax }: Tick, streamTimeMs: number): boolean =>
  customersMax !== null && tickAtMs < streamTimeMs;

/**
 * Until when a tick looks at who is due, in ms. Who orders becomes due at the time of the last tick: one
 * that goes on leaves those to the next tick, or a busy portfolio would keep it going for ever.
 */
export const dueUntilMs = ({ tickAtMs, customersMax }: Tick, streamTimeMs: number): number =>
  customersMax !== null && tickAtMs === streamTimeMs ? tickAtMs - 1 : tickAtMs;
