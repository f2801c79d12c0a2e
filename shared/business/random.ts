/**
 * Chance from a seed: the same seed and stream give the same numbers on every machine. A stream per
 * customer and purpose, so that one more customer or one more draw changes nobody else.
 */

export type Random = {
  /** Uniform in [0, 1). */
  readonly uniform: () => number;
  /** Whole number in [0, below). */
  readonly below: (below: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly normal: () => number;
  /** Gamma with this shape and mean 1 (Marsaglia, Tsang 2000); shape at least 1. */
  readonly gamma: (shape: number) => number;
  readonly pick: <T>(items: readonly [T, ...T[]]) => T;
};

const GOLDEN = 0x9e3779b9;

const mix = (value: number): number => {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/** Opens a stream of a seed (mulberry32). */
export const openRandom = (seed: number, stream: number): Random => {
  let state = mix(mix(seed + GOLDEN) ^ mix(Math.imul(stream, GOLDEN) + 1));
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x100000000;
  };
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const gamma = (shape: number): number => {
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) {
        return (d * v) / shape;
      }
    }
  };
  return {
    uniform,
    below: (below) => Math.floor(uniform() * below),
    chance: (probability) => uniform() < probability,
    normal,
    gamma,
    pick: (items) => items[Math.floor(uniform() * items.length)] ?? items[0],
  };
};
