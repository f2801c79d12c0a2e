/**
 * P(alive) and conditional expectations against numerical integration of the models' assumptions over the
 * mixing distributions (Gauss-Laguerre with 150 nodes per dimension, agreeing with adaptive quadrature to
 * eight digits): no closed form is used there, so an error in ours cannot hide.
 */
import { describe, expect, it } from '@jest/globals';
import {
  bgNbdExpectedPurchases,
  bgNbdProbabilityAlive,
} from '../../../../../shared/core/models/bg-nbd.js';
import {
  mbgCnbdExpectedPurchases,
  mbgCnbdProbabilityAlive,
} from '../../../../../shared/core/models/mbg-cnbd-k.js';
import {
  mbgNbdExpectedPurchases,
  mbgNbdProbabilityAlive,
} from '../../../../../shared/core/models/mbg-nbd.js';
import {
  paretoNbdExpectedPurchases,
  paretoNbdProbabilityAlive,
} from '../../../../../shared/core/models/pareto-nbd.js';

const DIGITS = 6;
const onceSilent = { x: 0, tx: 0, T: 38.86, t: 39 };
const active = { x: 2, tx: 30.43, T: 38.86, t: 39 };
const gone = { x: 7, tx: 10, T: 30, t: 20 };

describe('Pareto/NBD', () => {
  const cdnow = { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 };
  const later = { r: 1.3, alpha: 6, s: 2.2, beta: 30 };
  const sooner = { r: 1.3, alpha: 30, s: 2.2, beta: 6 };

  it.each([
    [cdnow, onceSilent, 0.2952866, 0.10708147],
    [cdnow, active, 0.86916756, 1.45512319],
    [cdnow, gone, 0.0532554, 0.17510148],
    [later, active, 0.67376963, 1.18425406],
    [later, gone, 0.00479939, 0.01615166],
    [sooner, active, 0.57471612, 0.543615],
    [sooner, gone, 0.01526491, 0.02606906],
  ])('agrees with integration, row %#', (parameters, counts, alive, purchases) => {
    expect(paretoNbdProbabilityAlive(parameters, counts)).toBeCloseTo(alive, DIGITS);
    expect(paretoNbdExpectedPurchases(parameters, counts)).toBeCloseTo(purchases, DIGITS);
  });

  it('is continuous where s is 1', () => {
    const at = (s: number): number => paretoNbdExpectedPurchases({ ...cdnow, s }, active);
    expect(at(1)).toBeCloseTo((at(1 - 1e-6) + at(1 + 1e-6)) / 2, DIGITS);
  });
});

describe('MBG/CNBD-k', () => {
  const cdnow = { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614 };

  it.each([
    [1, onceSilent, 0.38973508],
    [1, active, 0.70620227],
    [1, gone, 0.02218234],
    [2, onceSilent, 0.48129846],
    [2, active, 0.74575073],
    [2, gone, 0.00073271],
    [3, onceSilent, 0.52789536],
    [3, active, 0.76376636],
    [3, gone, 0.00002528],
  ])('agrees with integration for k = %i', (k, counts, alive) => {
    expect(mbgCnbdProbabilityAlive({ k, ...cdnow }, counts)).toBeCloseTo(alive, DIGITS);
  });

  it('is MBG/NBD for k = 1', () => {
    for (const counts of [onceSilent, active, gone]) {
      expect(mbgCnbdProbabilityAlive({ k: 1, ...cdnow }, counts)).toBeCloseTo(
        mbgNbdProbabilityAlive(cdnow, counts),
        12,
      );
      expect(mbgCnbdExpectedPurchases({ k: 1, ...cdnow }, counts)).toBeCloseTo(
        mbgNbdExpectedPurchases(cdnow, counts),
        12,
      );
    }
  });
});

describe('extreme frequencies', () => {
  const extremes = [
    { x: 5_000, tx: 99.9, T: 100, t: 13 },
    { x: 20_000, tx: 520, T: 521, t: 52 },
    { x: 3_000, tx: 1, T: 500, t: 52 },
    { x: 0, tx: 0, T: 0, t: 4 },
    { x: 1, tx: 0.1, T: 1_000, t: 4 },
  ];
  const dropout = { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614 };
  const pareto = { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 };

  it.each(extremes)('give finite answers for x = $x', (counts) => {
    const alive = [
      bgNbdProbabilityAlive(dropout, counts),
      mbgNbdProbabilityAlive(dropout, counts),
      mbgCnbdProbabilityAlive({ k: 3, ...dropout }, counts),
      paretoNbdProbabilityAlive(pareto, counts),
      paretoNbdProbabilityAlive({ ...pareto, beta: 1 }, counts),
    ];
    const purchases = [
      bgNbdExpectedPurchases(dropout, counts),
      mbgNbdExpectedPurchases(dropout, counts),
      mbgCnbdExpectedPurchases({ k: 3, ...dropout }, counts),
      paretoNbdExpectedPurchases(pareto, counts),
      paretoNbdExpectedPurchases({ ...pareto, beta: 1 }, counts),
    ];
    for (const p of alive) {
      expect(p).toBeGreaterThanOrEqual(0);
      expect(p).toBeLessThanOrEqual(1);
    }
    const most = (counts.t * (counts.x + 1)) / Math.max(1, counts.T);
    for (const count of purchases) {
      expect(count).toBeGreaterThanOrEqual(0);
      expect(count).toBeLessThanOrEqual(most * 1.01 + 1);
    }
  });

  // Fitted where all bought within ten days and then nobody for two months.
  const alike = { r: 0.5, alpha: 0.3, a: 2_981, b: 2_733 };

  it.each([
    { x: 0, tx: 0, T: 10, t: 4 },
    { x: 3, tx: 1, T: 10, t: 52 },
    { x: 3, tx: 10, T: 10, t: 4 },
  ])('give finite answers where all drop out alike, row %#', (counts) => {
    for (const expected of [
      bgNbdExpectedPurchases(alike, counts),
      mbgNbdExpectedPurchases(alike, counts),
      mbgCnbdExpectedPurchases({ k: 1, ...alike }, counts),
    ]) {
      expect(expected).toBeGreaterThanOrEqual(0);
      // Half of the customers drop out after every purchase.
      expect(expected).toBeLessThan(2.5);
    }
  });
});
