/** Tail probabilities learned from healthy cases: valid on new ones, never 0, and invertible. */
import { describe, expect, it } from '@jest/globals';
import { createRandom } from '../../../../../shared/core/models/random.js';
import {
  fitTailTable,
  NOMINAL_MIN,
  NOT_LEARNED,
  scoreAtTail,
  TAIL_ROWS_MIN,
  tailOfScore,
} from '../../../../../shared/core/models/tail-table.js';

/** Scores that are no standard normal ones: skewed, wide, and with a lump at the bottom. */
const scores = (count: number, seed: number): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () =>
    random() < 0.03 ? -3 : 2 * Math.log(random() + 1e-9) + 1.5 * random(),
  );
};

describe('a learned tail', () => {
  const table = fitTailTable(scores(4_000, 1));
  const fresh = scores(40_000, 2).map((score) => tailOfScore(table, score, 1));

  it.each([0.002, 0.01, 0.05, 0.2, 0.5])('is met by at most a share of %p of new cases', (p) => {
    const share = fresh.filter((tail) => tail <= p).length / fresh.length;
    expect(share).toBeLessThanOrEqual(p * 1.25 + 0.0005);
    // And is no mere caution: near uniform wherever the lump does not forbid it.
    if (p >= 0.2) expect(share).toBeGreaterThan(p * 0.8);
  });

  it('is never 0, however low the score, and never above 1', () => {
    expect(tailOfScore(table, -1e9, 0)).toBeGreaterThan(0);
    expect(Math.max(...fresh)).toBeLessThanOrEqual(1);
  });

  it('grows with the score', () => {
    for (let score = -12; score < 3; score += 0.1) {
      expect(tailOfScore(table, score + 0.1, 1)).toBeGreaterThanOrEqual(
        tailOfScore(table, score, 1),
      );
    }
  });

  it('gives back the probability of the score that it names for one', () => {
    for (const p of [0.004, 0.03, 0.15, 0.4]) {
      expect(tailOfScore(table, scoreAtTail(table, p), 1)).toBeGreaterThanOrEqual(p * 0.999);
      expect(tailOfScore(table, scoreAtTail(table, p) - 1e-6, 1)).toBeLessThanOrEqual(p);
    }
  });

  it('goes on below everything seen, lower for less', () => {
    expect(scoreAtTail(table, 1e-6)).toBeLessThan(scoreAtTail(table, 1e-4));
  });

  it('is not learned from a few cases: the formula holds, but is not believed without limit', () => {
    expect(fitTailTable(scores(TAIL_ROWS_MIN - 1, 3))).toEqual(NOT_LEARNED);
    expect(tailOfScore(NOT_LEARNED, -2, 0.0228)).toBe(0.0228);
    expect(tailOfScore(NOT_LEARNED, -40, 0)).toBe(NOMINAL_MIN);
  });
});
