/**
 * The one source of chance of a simulation: a small generator (sfc32) from one seed, so that the same
 * seed gives the same run, event for event.
 */

export type Random = {
  /** A number in [0, 1). */
  readonly next: () => number;
  /** A whole number in [0, bound). */
  readonly below: (bound: number) => number;
  /** A number in [from, to). */
  readonly between: (from: number, to: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(choices: readonly T[]) => T;
  /** An independent generator, so that more draws in one part change nothing in another. */
  readonly fork: () => Random;
};

const WARM_UP = 12;
const TWO_32 = 0x100000000;

/** Creates a generator from a seed. */
export const createRandom = (seed: number): Random => {
  let a = seed >>> 0;
  let b = Math.floor(seed / TWO_32) >>> 0;
  let c = 0x9e3779b9;
  let counter = 1;
  const draw = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let i = 0; i < WARM_UP; i += 1) draw();
  const next = (): number => draw() / TWO_32;
  return {
    next,
    below: (bound) => Math.floor(next() * bound),
    between: (from, to) => from + next() * (to - from),
    chance: (probability) => next() < probability,
    pick: (choices) => {
      const choice = choices[Math.floor(next() * choices.length)];
      if (choice === undefined) throw new RangeError('nothing to pick from');
      return choice;
    },
    fork: () => createRandom(draw()),
  };
};
