/** Runs of order days without a product group. */
import { describe, expect, it } from '@jest/globals';
import type { Document } from '../../../../../shared/core/customer/document.js';
import {
  improbableSinceMs,
  orderDaysOf,
  runOf,
  runProbability,
} from '../../../../../shared/core/alerts/group-runs.js';
import { betaBinomialCdf } from '../../../../../shared/core/alerts/shortfall-score.js';
import { day } from '../../../../support/events.js';

const PARTS = 1;
const OIL = 2;

const sale = (onDay: number, groups: readonly number[], netMinor = 100): Document => ({
  orderHash: onDay,
  isReturn: netMinor < 0,
  isForwarded: false,
  version: 1,
  orderedAtMs: day(onDay),
  lines: groups.map((groupId) => ({ skuId: groupId, groupId, quantityMilli: 1_000, netMinor })),
});

/** Ten order days with both groups, then five with parts only. */
const documents = Array.from({ length: 15 }, (_, i) =>
  sale(i * 10, i < 10 ? [PARTS, OIL] : [PARTS]),
);

describe('the run of order days without a group', () => {
  it('counts the order days since, and those of the year before that held it', () => {
    expect(runOf(orderDaysOf(documents), OIL)).toEqual({
      lastMs: day(90),
      days: 10,
      held: 10,
      without: 5,
    });
  });

  it('is over for a group that the last order held', () => {
    expect(runOf(orderDaysOf(documents), PARTS)?.without).toBe(0);
  });

  it('ends at the asked time', () => {
    expect(runOf(orderDaysOf(documents), OIL, day(115))?.without).toBe(2);
  });

  it('is no longer for two documents of a day, nor for returns', () => {
    const more = [...documents, sale(140, [PARTS]), sale(150, [PARTS], -100)];
    expect(runOf(orderDaysOf(more), OIL)?.without).toBe(5);
  });

  it('knows nothing of a group never bought', () => {
    expect(runOf(orderDaysOf(documents), 9)).toBeNull();
  });

  it('remembers a year, no more', () => {
    const years = Array.from({ length: 30 }, (_, i) =>
      sale(i * 50, i < 20 ? [PARTS, OIL] : [PARTS]),
    );
    expect(runOf(orderDaysOf(years), OIL)).toMatchObject({ days: 8, held: 8, without: 10 });
  });
});

describe('the probability of a run', () => {
  it('is that of none in so many beta-binomial draws, the last purchase not counted', () => {
    const run = { lastMs: 0, days: 20, held: 8, without: 6 };
    expect(runProbability(run)).toBeCloseTo(betaBinomialCdf(0, { n: 6, a: 7.5, b: 12.5 }), 12);
  });

  it('is 1 for a customer who is silent altogether', () => {
    expect(runProbability({ lastMs: 0, days: 20, held: 8, without: 0 })).toBe(1);
  });

  it('passes a limit on the order day from which on it is below', () => {
    const days = orderDaysOf(documents);
    const probability = runProbability({ lastMs: 0, days: 10, held: 10, without: 3 });
    expect(improbableSinceMs(days, { groupId: OIL, probability: probability * 1.001 })).toBe(
      day(120),
    );
    expect(improbableSinceMs(days, { groupId: OIL, probability: 1e-12 })).toBeNull();
    expect(improbableSinceMs(days, { groupId: PARTS, probability: 0.5 })).toBeNull();
  });
});
