/** Boosted trees find a known ratio, and a fit is the beginning of every longer one. */
import { describe, expect, it } from '@jest/globals';
import {
  binColumns,
  firstTrees,
  fitBoostedTrees,
  leafScore,
  meanOfTrees,
  ratioOfScore,
  treeScore,
  type BoostedTrees,
} from '../../../../../shared/core/models/boosted-trees.js';
import { createRandom } from '../../../../../shared/core/models/random.js';
import { ratioLoss } from '../../../../../shared/core/models/tweedie.js';

const ROWS = 6_000;
const OPTIONS = {
  depth: 2,
  learningRate: 0.1,
  leafRowsMin: 50,
  leafPrior: 10,
  rowShare: 0.6,
  featureShare: 1,
  seed: 4,
};

const ratioOf = (trees: BoostedTrees, values: readonly number[]): number =>
  ratioOfScore(treeScore(trees, values));

/** Three of four rows are zero; the mean is 2 where the first feature is at least a half, else 0.5. */
const fit = (trees: number, seed = OPTIONS.seed): BoostedTrees => {
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
    { ...OPTIONS, trees, seed },
  );
};

describe('boosted trees', () => {
  it('find the mean ratio of each kind of row, whatever the other feature is', () => {
    const trees = fit(80);
    for (const other of [0.1, 0.9]) {
      expect(ratioOf(trees, [0.2, other])).toBeCloseTo(0.5, 0);
      expect(ratioOf(trees, [0.8, other]) / 2).toBeCloseTo(1, 0);
      expect(ratioOf(trees, [0.8, other])).toBeGreaterThan(2.5 * ratioOf(trees, [0.2, other]));
    }
  });

  it('begin as a shorter fit does', () => {
    expect(firstTrees(fit(40), 15)).toEqual(fit(15));
  });

  it('score as the sum of their parts', () => {
    const trees = fit(40);
    const values = [0.7, 0.2];
    const first = leafScore(trees, values, { from: 0, to: 15 });
    const rest = leafScore(trees, values, { from: 15, to: 40 });
    expect(trees.base + first + rest).toBeCloseTo(treeScore(trees, values), 10);
    expect(trees.base + first).toBeCloseTo(treeScore(firstTrees(trees, 15), values), 10);
  });

  it('of several draws make one whose ratio is the geometric mean', () => {
    const members = [fit(20, 1), fit(20, 2), fit(20, 3)];
    expect(members[0]).not.toEqual(members[1]);
    for (const values of [
      [0.2, 0.5],
      [0.8, 0.5],
    ]) {
      const product = members.reduce((ratio, member) => ratio * ratioOf(member, values), 1);
      expect(ratioOf(meanOfTrees(members), values)).toBeCloseTo(Math.cbrt(product), 4);
    }
  });

  it('lose least at the mean', () => {
    const observed = [0, 0, 0, 4];
    const loss = (expected: number): number =>
      observed.reduce((sum, value) => sum + ratioLoss(expected, value), 0);
    expect(loss(1)).toBeLessThan(loss(0.9));
    expect(loss(1)).toBeLessThan(loss(1.1));
  });
});
