/** The high quantile of mean years, from years that are partly luck. */
import { describe, expect, it } from '@jest/globals';
import { openRandom } from '../../../../../shared/business/random.js';
import { needQuantileOf, type Ratio } from '../../../../../shared/core/potential/need-quantile.js';

/** Customers who buy 20 to 100 % of their need on average, each year by so many orders. */
const ratiosOf = (
  customers: number,
  { seed, ordersAYear }: { readonly seed: number; readonly ordersAYear: number },
): readonly Ratio[] =>
  Array.from({ length: customers }, (_, index) => {
    const random = openRandom(seed, index);
    const size = (0.2 + 0.8 * random.uniform()) / ordersAYear;
    let value = 0;
    let variance = 0;
    for (let year = 0; ;) {
      year -= Math.log(1 - random.uniform()) / ordersAYear;
      if (year > 1) return { index, value, variance };
      value += size;
      variance += size * size;
    }
  });
const TRUE_QUANTILE = 0.92;

const quantileOf = (ratios: readonly Ratio[]): number =>
  Math.exp(needQuantileOf(ratios)?.all.log ?? Number.NaN);

describe('the quantile of need', () => {
  it('is that of the mean years, however much luck there is in a year', () => {
    for (const ordersAYear of [4, 12, 50]) {
      const found = quantileOf(ratiosOf(3_000, { seed: 1, ordersAYear }));
      expect(found / TRUE_QUANTILE).toBeGreaterThan(0.93);
      expect(found / TRUE_QUANTILE).toBeLessThan(1.1);
    }
    const seen = ratiosOf(3_000, { seed: 1, ordersAYear: 4 }).map((r) => ({ ...r, variance: 0 }));
    expect(quantileOf(seen) / TRUE_QUANTILE).toBeGreaterThan(1.2);
  });

  it('is the mean where all differences are luck', () => {
    const same = ratiosOf(200, { seed: 2, ordersAYear: 4 }).map((r) => ({ ...r, variance: 9 }));
    const mean = same.reduce((sum, { value }) => sum + value, 0) / same.length;
    expect(quantileOf(same)).toBeCloseTo(mean);
  });

  it('knows how far it scatters from business to business', () => {
    const found = Array.from({ length: 200 }, (_, seed) =>
      needQuantileOf(ratiosOf(150, { seed, ordersAYear: 8 })),
    ).flatMap((quantile) => (quantile === null ? [] : [quantile.all]));
    const mean = found.reduce((sum, { log }) => sum + log, 0) / found.length;
    const seen = found.reduce((sum, { log }) => sum + (log - mean) ** 2, 0) / found.length;
    const told = found.reduce((sum, { variance }) => sum + variance, 0) / found.length;
    expect(found).toHaveLength(200);
    expect(told / seen).toBeGreaterThan(0.75);
    expect(told / seen).toBeLessThan(1.5);
  });

  it('says nothing of fewer than twenty customers, or fewer than five with the type', () => {
    expect(needQuantileOf(ratiosOf(19, { seed: 1, ordersAYear: 4 }))).toBeNull();
    const quantile = needQuantileOf(ratiosOf(40, { seed: 1, ordersAYear: 4 }));
    expect(quantile?.weighted(({ index }) => (index < 4 ? 1 : 0))).toBeNull();
    expect(quantile?.weighted(() => 0)).toBeNull();
    const few = quantile?.weighted(({ index }) => (index < 8 ? 1 : 0));
    expect(few?.variance).toBeCloseTo((quantile?.all.variance ?? 0) * 5);
    expect(quantile?.weighted(() => 2)?.log).toBeCloseTo(quantile?.all.log ?? 0);
  });

  it('survives that nobody buys anything', () => {
    const nothing = Array.from({ length: 30 }, (_, index) => ({ index, value: 0, variance: 0 }));
    expect(Number.isFinite(needQuantileOf(nothing)?.all.log)).toBe(true);
  });
});
