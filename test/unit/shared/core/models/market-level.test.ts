/** When all customers together count as buying less. */
import { describe, expect, it } from '@jest/globals';
import type { Document } from '../../../../../shared/core/customer/document.js';
import { builtinModel } from '../../../../../shared/core/models/artefact.js';
import type { CustomerHistory } from '../../../../../shared/core/models/history.js';
import { levelOf, marketLevel } from '../../../../../shared/core/models/market-level.js';
import { createRandom } from '../../../../../shared/core/models/random.js';
import type { Counted } from '../../../../../shared/core/models/ratio-of-sums.js';
import { DAY_MS, START_MS, WEEK_MS } from '../../../../support/events.js';

const window = (customers: number, actualOf: (i: number) => number): readonly Counted[] =>
  Array.from({ length: customers }, (_, i) => ({ expected: 2, actual: actualOf(i) }));
const usual = [window(100, (i) => 1 + (i % 3)), window(100, (i) => 1 + (i % 3))];

describe('the level of windows', () => {
  it('is how much less everybody orders than before', () => {
    expect(
      levelOf(
        window(100, (i) => i % 3),
        usual,
      ),
    ).toBeCloseTo(0.5, 1);
  });

  it("is 1 where the customers' own ups and downs make the difference", () => {
    expect(
      levelOf(
        window(100, (i) => (i % 10 === 0 ? 18 : 0)),
        usual,
      ),
    ).toBe(1);
  });

  it('is 1 where everything was expected to be higher all along', () => {
    const low = window(100, (i) => i % 3);
    expect(levelOf(low, [low, low])).toBe(1);
  });

  it('is 1 where nothing was expected, now or before', () => {
    expect(levelOf([], usual)).toBe(1);
    expect(
      levelOf(
        window(5, () => 1),
        [[]],
      ),
    ).toBe(1);
    expect(
      levelOf(
        window(5, () => 1),
        [window(5, () => 0)],
      ),
    ).toBe(1);
  });
});

const WEEKS = 60;
const AS_OF_MS = START_MS + WEEKS * WEEK_MS;

/** Customers who order by chance, once in two weeks, and at a share of that for the last weeks. */
const portfolio = (
  share: number,
  weeksFallen: number,
  sizeLeft = 1,
): readonly CustomerHistory[] => {
  const random = createRandom(11);
  return Array.from({ length: 300 }, (_, c) => ({
    customerId: `c${String(c)}`,
    documents: Array.from({ length: WEEKS * 7 }, (_, day) => day).flatMap((day): Document[] => {
      const isFallen = day >= (WEEKS - weeksFallen) * 7;
      if (random() > (isFallen ? share : 1) / 14) return [];
      return [
        {
          orderHash: c * 1_000 + day,
          isReturn: false,
          isForwarded: false,
          version: 1,
          orderedAtMs: START_MS + day * DAY_MS,
          lines: [
            {
              skuId: 0,
              groupId: 0,
              quantityMilli: 1_000,
              netMinor: isFallen ? 10_000 * sizeLeft : 10_000,
            },
          ],
        },
      ];
    }),
  }));
};
const levelAt = (histories: readonly CustomerHistory[]): number =>
  marketLevel({
    histories,
    asOfMs: AS_OF_MS,
    experts: builtinModel,
    season: builtinModel.season,
  });

describe('the level of the market', () => {
  it('shows a fall by a fifth after four weeks', () => {
    const level = levelAt(portfolio(0.8, 4));
    expect(level).toBeGreaterThan(0.7);
    expect(level).toBeLessThan(0.9);
  });

  it('shows a fall by a fifth of which half is in smaller orders', () => {
    const level = levelAt(portfolio(0.9, 4, 0.89));
    expect(level).toBeGreaterThan(0.7);
    expect(level).toBeLessThan(0.9);
  });

  it('is that of an even business otherwise', () => {
    expect(levelAt(portfolio(1, 0))).toBe(1);
  });
});
