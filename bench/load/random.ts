/**
 * Numbers by chance for the load, the same on every machine: the bench compares systems on one log,
 * and a golden hash of its outputs needs that log to be the same tomorrow.
 */

export type Random = {
  /** Uniform on [0, 1). */
  readonly next: () => number;
  /** Whole number from 0 to below `count`. */
  readonly below: (count: number) => number;
  /** Lognormal with median 1 and the given sigma. */
  readonly lognormal: (sigma: number) => number;
  /** Gamma with shape 2 and mean 1: the gaps of a fairly regular buyer. */
  readonly gamma2: () => number;
};

const TWO_32 = 0x100000000;

/** Creates a generator (mulberry32) from a 32-bit seed. */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / TWO_32;
  };
  return {
    next,
    below: (count) => Math.floor(next() * count),
    lognormal: (sigma) =>
      Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())),
    gamma2: () => -(Math.log(1 - next()) + Math.log(1 - next())) / 2,
  };
};
