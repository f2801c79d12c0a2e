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

const ofSize = (products: number, days: number): readonly number[] =>
  new Array<number>(days).fill(products);

const withoutIn = (of: readonly Document[], groupId: number): number | undefined =>
  runOf(orderDaysOf(of), groupId)?.sizes.without.length;

describe('the run of order days without a group', () => {
  it('counts the order days since, and those of the year before that held it', () => {
    expect(runOf(orderDaysOf(documents), OIL)).toEqual({
      lastMs: day(90),
      sizes: { held: ofSize(2, 9), missed: [], without: ofSize(1, 5) },
    });
  });

  it('is over for a group that the last order held', () => {
    expect(withoutIn(documents, PARTS)).toBe(0);
  });

  it('ends at the asked time', () => {
    expect(runOf(orderDaysOf(documents), OIL, day(115))?.sizes.without).toHaveLength(2);
  });

  it('is no longer for two documents of a day, nor for returns', () => {
    const more = [...documents, sale(140, [PARTS]), sale(150, [PARTS], -100)];
    expect(withoutIn(more, OIL)).toBe(5);
  });

  it('counts every product of a day once, in whichever document it came', () => {
    const more = [sale(0, [OIL]), sale(10, [PARTS]), sale(10, [PARTS, 7]), sale(10, [7])];
    expect(runOf(orderDaysOf(more), OIL)?.sizes.without).toEqual([2]);
  });

  it('knows nothing of a group never bought', () => {
    expect(runOf(orderDaysOf(documents), 9)).toBeNull();
  });

  it('remembers a year, no more', () => {
    const years = Array.from({ length: 30 }, (_, i) =>
      sale(i * 50, i < 20 ? [PARTS, OIL] : [PARTS]),
    );
    expect(runOf(orderDaysOf(years), OIL)?.sizes).toEqual({
      held: ofSize(2, 7),
      missed: [],
      without: ofSize(1, 10),
    });
  });
});

describe('the probability of a run', () => {
  it.each([
    { held: 7, missed: 12, without: 6 },
    { held: 0, missed: 0, without: 3 },
    { held: 70, missed: 80, without: 9 },
  ])(
    'is the beta-binomial where every order is of one product: %p',
    ({ held, missed, without }) => {
      const sizes = {
        held: ofSize(1, held),
        missed: ofSize(1, missed),
        without: ofSize(1, without),
      };
      const expected = betaBinomialCdf(0, { n: without, a: held + 0.5, b: missed + 0.5 });
      expect(runProbability({ lastMs: 0, sizes })).toBeCloseTo(expected, 6);
    },
  );

  it('is 1 for a customer who is silent altogether', () => {
    const sizes = { held: ofSize(1, 8), missed: ofSize(1, 12), without: [] };
    expect(runProbability({ lastMs: 0, sizes })).toBe(1);
  });

  it('falls faster with large orders where those used to hold the group, and small ones did not', () => {
    const bySize = { held: ofSize(8, 12), missed: ofSize(1, 12) };
    const small = runProbability({ lastMs: 0, sizes: { ...bySize, without: ofSize(1, 4) } });
    const large = runProbability({ lastMs: 0, sizes: { ...bySize, without: ofSize(8, 4) } });
    expect(large).toBeLessThan(small / 20);
    const whateverTheSize = {
      held: [...ofSize(8, 6), ...ofSize(1, 6)],
      missed: [...ofSize(8, 6), ...ofSize(1, 6)],
    };
    const asSmall = runProbability({
      lastMs: 0,
      sizes: { ...whateverTheSize, without: ofSize(1, 4) },
    });
    const asLarge = runProbability({
      lastMs: 0,
      sizes: { ...whateverTheSize, without: ofSize(8, 4) },
    });
    expect(asLarge).toBeGreaterThan(asSmall / 3);
  });

  it('passes a limit on the order day from which on it is below', () => {
    const days = orderDaysOf(documents);
    const sizes = { held: ofSize(2, 9), missed: [], without: ofSize(1, 3) };
    const probability = runProbability({ lastMs: 0, sizes });
    expect(improbableSinceMs(days, { groupId: OIL, probability: probability * 1.001 })).toBe(
      day(120),
    );
    expect(improbableSinceMs(days, { groupId: OIL, probability: 1e-12 })).toBeNull();
    expect(improbableSinceMs(days, { groupId: PARTS, probability: 0.5 })).toBeNull();
  });
});
