/** Boosted trees find a known ratio, and a fit is the beginning of every longer one. */
import { describe, expect, it } from '@jest/globals';
import {
  binColumns,
  boostedRatio,
  firstTrees,
  fitBoostedTrees,
  ratioLoss,
  type BoostedTrees,
} from '../../../../../shared/core/models/boosted-trees.js';
import { createRandom } from '../../../../../shared/core/models/random.js';

const ROWS = 6_000;
const OPTIONS = {
  depth: 2,
  learningRate: 0.1,
  leafRowsMin: 50,
  leafPrior: 10,
  rowShare: 0.6,
  featureShare: 1,
};

/** Three of four rows are zero; the mean is 2 where the first feature is at least a half, else 0.5. */
const fit = (trees: number): BoostedTrees => {
  const random = createRandom(3);
  const [first, second] = [new Float64Array(ROWS), new Float64Array(ROWS)];
  const targets = new Float64Array(ROWS);
  for (let row = 0; row < ROWS; row += 1) {
    first[row] = random();
    second[row] = random();
    const mean = (first[row] ?? 0) >= 0.5 ? 2 : 0.5;
    targets[row] = random() < 0.25 ? mean * 4 * (0.5 + random()) : 0;
  }
  return fitBoostedTrees(
    {
      rows: ROWS,
      ...binColumns([first, second]),
      targets,
      weights: new Float64Array(ROWS).fill(1),
      offsets: new Float64Array(ROWS),
    },
    { ...OPTIONS, trees },
  );
};

describe('boosted trees', () => {
  it('find the mean ratio of each kind of row, whatever the other feature is', () => {
    const trees = fit(80);
    for (const other of [0.1, 0.9]) {
      expect(boostedRatio(trees, [0.2, other])).toBeCloseTo(0.5, 0);
      expect(boostedRatio(trees, [0.8, other]) / 2).toBeCloseTo(1, 0);
      expect(boostedRatio(trees, [0.8, other])).toBeGreaterThan(
        2.5 * boostedRatio(trees, [0.2, other]),
      );
    }
  });

  it('begin as a shorter fit does', () => {
    expect(firstTrees(fit(40), 15)).toEqual(fit(15));
  });

  it('lose least at the mean', () => {
    const observed = [0, 0, 0, 4];
    const loss = (expected: number): number =>
      observed.reduce((sum, value) => sum + ratioLoss(expected, value), 0);
    expect(loss(1)).toBeLessThan(loss(0.9));
    expect(loss(1)).toBeLessThan(loss(1.1));
  });
});
