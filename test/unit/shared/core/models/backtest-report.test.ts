/** How often a forecast beats another over resamples of the same customers. */
import { describe, expect, it } from '@jest/globals';
import { beatenShareOf } from '../../../../../shared/core/models/backtest-report.js';

const scored = (errors: readonly number[]) =>
  errors.map((error) => ({ forecast: 1_000 + error, actual: 1_000 }));

describe('the paired bootstrap of the grade', () => {
  it('is sure of a forecast that is better for every customer', () => {
    const better = scored(Array.from({ length: 80 }, (_, i) => 10 + (i % 7)));
    const worse = scored(Array.from({ length: 80 }, (_, i) => 30 + (i % 7)));
    expect(beatenShareOf(better, worse)).toBe(1);
    expect(beatenShareOf(worse, better)).toBe(0);
  });

  it('is unsure where a single customer decides', () => {
    const own = scored([0, ...Array.from({ length: 79 }, () => 11)]);
    const other = scored([500, ...Array.from({ length: 79 }, () => 10)]);
    const share = beatenShareOf(own, other);
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(0.8);
  });

  it('gives no win to an equal', () => {
    expect(beatenShareOf(scored([1, 2, 3]), scored([1, 2, 3]))).toBe(0);
  });
});
