/** The correction is trusted as far as it foresees customers that it had not seen. */
import { describe, expect, it } from '@jest/globals';
import { CORRECTION_ALONE } from '../../../../../shared/core/models/artefact.js';
import {
  blendMinor,
  fitBlend,
  type BlendRow,
} from '../../../../../shared/core/models/fit-blend.js';
import { createRandom } from '../../../../../shared/core/models/random.js';

/** Customers with windows of 1,000 on average, and what three ways say that miss it by so much at random. */
const rowsWith = (
  misses: readonly [number, number, number],
  { customers = 60, levelMinor = 1_000, seed = 1 } = {},
): readonly BlendRow[] => {
  const random = createRandom(seed);
  const say = (miss: number): number => levelMinor * (1 + miss * (2 * random() - 1));
  return Array.from({ length: customers * 5 }, (_, i) => ({
    customer: i % customers,
    saidMinor: [say(misses[0]), say(misses[1]), say(misses[2])],
    actualMinor: levelMinor,
    levelMinor,
    discount: 1,
  }));
};

describe('blend', () => {
  it('leaves the correction alone where it is best', () => {
    expect(fitBlend(rowsWith([0.01, 0.5, 0.5]))).toEqual(CORRECTION_ALONE);
  });

  it('leaves the correction alone where all say the same, and where nothing is known', () => {
    expect(fitBlend(rowsWith([0, 0, 0]))).toEqual(CORRECTION_ALONE);
    expect(fitBlend([])).toEqual(CORRECTION_ALONE);
  });

  it('takes the way that misses by far less', () => {
    const [correction, stack, ratio] = fitBlend(rowsWith([0.9, 0.9, 0.01]));
    expect(ratio).toBeGreaterThan(0.9);
    expect(correction + stack + ratio).toBeCloseTo(1, 6);
  });

  it('averages ways that miss independently by as much', () => {
    const shares = fitBlend(rowsWith([0.5, 0.5, 0.5]));
    for (const share of shares) expect(share).toBeGreaterThan(0.15);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
  });

  it('is not decided by one large customer', () => {
    const many = rowsWith([0.05, 0.8, 0.8]);
    const giant = rowsWith([0.9, 0.9, 0.01], { customers: 1, levelMinor: 30_000, seed: 2 });
    const [correction, , ratio] = fitBlend([
      ...many,
      ...giant.map((row) => ({ ...row, customer: 60 })),
    ]);
    expect(correction).toBeGreaterThan(0.2);
    expect(ratio).toBeLessThan(0.8);
  });

  it('adds up what is said by its shares', () => {
    expect(blendMinor([0.5, 0.25, 0.25], [400, 200, 100])).toBe(275);
  });
});
