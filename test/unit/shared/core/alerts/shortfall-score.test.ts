import { describe, expect, it } from '@jest/globals';
import {
  betaBinomialCdf,
  shortfallScore,
  shortfallTestOf,
} from '../../../../../shared/core/alerts/shortfall-score.js';
import { viewDocuments } from '../../../../../shared/core/alerts/ledger-view.js';
import type { Document } from '../../../../../shared/core/customer/document.js';
import { foldIntoFeatures } from '../../../../../shared/core/customer/fold-order.js';
import { createVector } from '../../../../../shared/core/features/vector.js';
import { uncalibratedAlerts } from '../../../../../shared/core/models/artefact.js';
import { NOT_LEARNED } from '../../../../../shared/core/models/tail-table.js';
import { day } from '../../../../support/events.js';

describe('the beta-binomial distribution of a group among the order days', () => {
  it('with a = b = 1 is uniform over 0 to n', () => {
    for (let k = 0; k <= 9; k += 1) {
      expect(betaBinomialCdf(k, { n: 9, a: 1, b: 1 })).toBeCloseTo((k + 1) / 10, 12);
    }
  });

  it('nears the binomial one when the share is well known', () => {
    // (1 - .4)^12 = .00218.
    expect(betaBinomialCdf(0, { n: 12, a: 4e5, b: 6e5 })).toBeCloseTo(0.6 ** 12, 6);
  });

  it('is 1 where nothing was ordered at all: silence of everything is no news about a group', () => {
    expect(betaBinomialCdf(0, { n: 0, a: 3.5, b: 8.5 })).toBe(1);
  });
});

describe('the test of a period', () => {
  const trailing = [6, 13, 26].map((weeks) => ({ weeks, ...NOT_LEARNED, probabilityMax: weeks }));
  const limitOf = (weeks: number, level: 'customer' | 'product' = 'customer'): number =>
    shortfallTestOf(
      { ...uncalibratedAlerts, trailing },
      { level, fromMs: day(0), toMs: day(weeks * 7) },
    ).probabilityMax;

  it('is the one learned for the nearest length', () => {
    expect([4, 7, 10, 18, 20, 40].map((weeks) => limitOf(weeks))).toEqual([6, 6, 13, 13, 26, 26]);
  });

  it('of products is that of products, however long', () => {
    expect(limitOf(26, 'product')).toBe(uncalibratedAlerts.shortfall.product.probabilityMax);
  });

  it('is that of the periods in artefacts of before there were several', () => {
    const test = shortfallTestOf(uncalibratedAlerts, {
      level: 'customer',
      fromMs: day(0),
      toMs: day(91),
    });
    expect(test).toBe(uncalibratedAlerts.shortfall.customer);
  });
});

describe('the score of a customer who bought nothing', () => {
  /** Nominal probability of no order in the weeks after the last one of so many, so many days apart. */
  const nominalOfNothing = (gapDays: number, orders: number, weeks: number): number => {
    const documents = Array.from({ length: orders }, (_, i): Document => ({
      orderHash: i,
      isReturn: false,
      isForwarded: false,
      version: 1,
      orderedAtMs: day(i * gapDays),
      lines: [{ skuId: 1, groupId: 1, quantityMilli: 1_000, netMinor: 100_000 }],
    }));
    const features = { vector: createVector(), groups: [] };
    for (const document of documents) foldIntoFeatures(features, document);
    const fromMs = day((orders - 1) * gapDays + 1);
    const expectedMinor = Math.round((weeks * 7 * 100_000) / gapDays);
    const expected = { expectedMinor, lower80Minor: 0, upper80Minor: 3 * expectedMinor };
    const period = { fromMs, toMs: fromMs + weeks * 7 * 86_400_000 };
    const finding = {
      level: 'customer',
      scopeId: -1,
      ...period,
      expected,
      actualMinor: 0,
    } as const;
    return shortfallScore(finding, { features, view: viewDocuments(() => documents) }).nominal;
  };

  it('is no lower than the silence is improbable, where half a year is little more than one gap', () => {
    expect(nominalOfNothing(150, 8, 26)).toBeGreaterThan(0.1);
  });

  it('is as low as ever where many orders are missing', () => {
    expect(nominalOfNothing(14, 60, 26)).toBeLessThan(1e-4);
  });
});
