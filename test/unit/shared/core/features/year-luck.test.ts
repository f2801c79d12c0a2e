/** The luck of a year: none where months are level, that of the orders where they come by chance. */
import { describe, expect, it } from '@jest/globals';
import { openRandom } from '../../../../../shared/business/random.js';
import {
  createVector,
  foldDocument,
  MS_PER_MONTH,
  trailingYearMinor,
} from '../../../../../shared/core/features/vector.js';
import {
  trailingYearVariation,
  yearVariance,
} from '../../../../../shared/core/features/year-luck.js';

const asOfMs = 240 * MS_PER_MONTH;

const vectorOf = (orders: readonly (readonly [monthsBack: number, netMinor: number])[]) => {
  const vector = createVector();
  for (const [monthsBack, netMinor] of orders) {
    const orderedAtMs = asOfMs - monthsBack * MS_PER_MONTH;
    foldDocument(vector, { orderedAtMs, netMinor, isReturn: netMinor < 0 });
  }
  return vector;
};
const everyMonth = (netMinor: number) =>
  Array.from({ length: 24 }, (_, i) => [23.5 - i, netMinor] as const);

describe('the luck of a year', () => {
  it('is the order itself, where there was but one', () => {
    expect(yearVariance(500, 500 ** 2)).toBeCloseTo(500 ** 2);
    expect(trailingYearVariation(vectorOf([[3.5, 500]]), asOfMs)).toBeCloseTo(1);
  });

  it('is there for an order of the month that runs', () => {
    const vector = vectorOf([[0.2, 500]]);
    expect(trailingYearVariation(vector, asOfMs + 0.1 * MS_PER_MONTH)).toBeCloseTo(1);
  });

  it('is none where every month is like the other', () => {
    expect(yearVariance(1_200, 12 * 100 ** 2)).toBe(0);
    expect(trailingYearVariation(vectorOf(everyMonth(100)), asOfMs)).toBe(0);
    const cut = trailingYearVariation(vectorOf(everyMonth(100)), asOfMs + MS_PER_MONTH / 2);
    expect(cut).toBeLessThan(0.1);
  });

  it('is none without purchases, and of those before the year', () => {
    expect(trailingYearVariation(createVector(), asOfMs)).toBe(0);
    expect(trailingYearVariation(vectorOf([[15, 500]]), asOfMs)).toBe(0);
    expect(trailingYearVariation(vectorOf([[3, -500]]), asOfMs)).toBe(0);
  });

  it('is on average how far years of orders that come by chance scatter', () => {
    const years = Array.from({ length: 4_000 }, (_, number) => {
      const random = openRandom(11, number);
      const orders: [number, number][] = [];
      // Eight orders a year, of sizes with a variation of 0.7.
      for (let back = 13; back > 0; back += Math.log(1 - random.uniform()) * 1.5) {
        if (back < 13) orders.push([back, 1_000 * random.gamma(2)]);
      }
      const vector = vectorOf(orders);
      const sum = trailingYearMinor(vector, asOfMs);
      return { sum, variance: (trailingYearVariation(vector, asOfMs) * sum) ** 2 };
    });
    const mean = years.reduce((total, { sum }) => total + sum, 0) / years.length;
    const seen = years.reduce((total, { sum }) => total + (sum - mean) ** 2, 0) / years.length;
    const told = years.reduce((total, { variance }) => total + variance, 0) / years.length;
    expect(mean / 8_000).toBeCloseTo(1, 1);
    expect(told / seen).toBeGreaterThan(0.93);
    expect(told / seen).toBeLessThan(1.07);
  });
});
