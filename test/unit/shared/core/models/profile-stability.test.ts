import { describe, expect, it } from '@jest/globals';
import {
  adjustedRandIndex,
  bootstrapStability,
  matchCentroids,
} from '../../../../../shared/core/models/profile-stability.js';
import { createRandom } from '../../../../../shared/core/models/random.js';

describe('the adjusted Rand index', () => {
  it('is 1 for the same sorting whatever its labels, and near 0 for chance', () => {
    expect(adjustedRandIndex([0, 0, 1, 1, 2], [2, 2, 0, 0, 1])).toBe(1);
    const random = createRandom(5);
    const draw = () => Array.from({ length: 4_000 }, () => Math.floor(random() * 4));
    expect(Math.abs(adjustedRandIndex(draw(), draw()))).toBeLessThan(0.01);
  });

  it('reproduces a worked example', () => {
    // Contingency table [[2, 1], [0, 3]]: index 4, expected 42 / 15, largest 6.5.
    expect(adjustedRandIndex([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 1, 1])).toBeCloseTo(
      (4 - 42 / 15) / (6.5 - 42 / 15),
      12,
    );
  });
});

describe('matching centroids', () => {
  it('gives back the order of the reference after a shuffle and a small move', () => {
    const references = [
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ];
    const moved = references.map(([x = 0, y = 0]) => [x + 0.1, y - 0.2]);
    const shuffled = [2, 0, 3, 1].map((k) => moved[k]!);
    expect(matchCentroids(shuffled, references)).toEqual(moved);
  });
});

describe('the stability of clusters', () => {
  it('is 1 where clusters lie apart and low where they are invented', () => {
    const random = createRandom(9);
    const points = Array.from({ length: 300 }, (_, i) => [(i % 2) * 10 + random()]);
    const evenly = points.map((_, i) => [(11 * i) / 300]);
    const learnMeans = (sample: readonly (readonly number[])[]) => {
      const low = sample.flatMap(([x = 0]) => (x < 5 ? [x] : []));
      const high = sample.flatMap(([x = 0]) => (x < 5 ? [] : [x]));
      const mean = (of: readonly number[]) => of.reduce((sum, x) => sum + x, 0) / of.length;
      return [[mean(low)], [mean(high)]];
    };
    const sortOf = (items: typeof points) => (centroids: readonly (readonly number[])[]) =>
      items.map(([x = 0]) =>
        Math.abs(x - centroids[0]![0]!) < Math.abs(x - centroids[1]![0]!) ? 0 : 1,
      );
    const asked = { resamples: 10, random: createRandom(1) };
    expect(bootstrapStability(points, { ...asked, learn: learnMeans, sort: sortOf(points) })).toBe(
      1,
    );
    const invented = () => [[random() * 11], [random() * 11]];
    expect(
      bootstrapStability(evenly, { ...asked, learn: invented, sort: sortOf(evenly) }),
    ).toBeLessThan(0.8);
  });
});
