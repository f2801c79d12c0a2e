/** What a split of the forecast holds back for groups and products never bought, and that its parts add up. */
import { describe, expect, it } from '@jest/globals';
import { foldIntoFeatures } from '../../../../../shared/core/customer/fold-order.js';
import { createVector } from '../../../../../shared/core/features/vector.js';
import { builtinModel } from '../../../../../shared/core/models/artefact.js';
import { forecastCustomer } from '../../../../../shared/core/models/forecast.js';
import type { CustomerHistory } from '../../../../../shared/core/models/history.js';
import { fitNewShares, newShare } from '../../../../../shared/core/models/new-shares.js';
import { DAY_MS, START_MS, WEEK_MS } from '../../../../support/events.js';

const WEEKS = 40;
const AS_OF_MS = START_MS + WEEKS * WEEK_MS;

/** Every week 60 of a known product, 20 of a new product of the known group, 20 of a new group. */
const explorer = (customer: number): CustomerHistory => ({
  customerId: `c-${String(customer)}`,
  documents: Array.from({ length: WEEKS }, (_, week) => ({
    orderHash: week,
    isReturn: false,
    isForwarded: false,
    version: 1,
    orderedAtMs: START_MS + week * WEEK_MS + DAY_MS,
    lines: [
      { skuId: 1, groupId: 1, quantityMilli: 1_000, netMinor: 6_000 },
      { skuId: 1_000 + week, groupId: 1, quantityMilli: 1_000, netMinor: 2_000 },
      { skuId: 2_000 + week, groupId: 100 + week, quantityMilli: 1_000, netMinor: 2_000 },
    ],
  })),
});

const steady = (customer: number): CustomerHistory => ({
  customerId: `c-${String(customer)}`,
  documents: explorer(customer).documents.map(({ lines, ...document }) => ({
    ...document,
    lines: lines.slice(0, 1),
  })),
});

const at = { asOfMs: AS_OF_MS, firstMs: START_MS, horizonDays: 28 };

describe('what is held back', () => {
  it('is the share of new groups, and of new products within known ones', () => {
    const shares = fitNewShares(
      Array.from({ length: 50 }, (_, i) => explorer(i)),
      at,
    );
    // Once bought, a group is known for the rest of the window: each window's purchases are all first ones.
    expect(newShare(shares.groups, 30)).toBeCloseTo(0.2, 2);
    expect(newShare(shares.products, 30)).toBeCloseTo(0.25, 2);
  });

  it('is nothing where customers buy what they bought, and where nothing is known', () => {
    const shares = fitNewShares(
      Array.from({ length: 50 }, (_, i) => steady(i)),
      at,
    );
    expect(newShare(shares.groups, 30)).toBe(0);
    expect(newShare(shares.products, 30)).toBe(0);
    expect(newShare(fitNewShares([], at).groups, 30)).toBe(0);
    expect(newShare(undefined, 30)).toBe(0);
  });

  it('looks at closed windows only', () => {
    const histories = Array.from({ length: 50 }, (_, i) => steady(i));
    const later = Array.from({ length: 50 }, (_, i) => ({
      ...steady(i),
      documents: [
        ...steady(i).documents,
        ...explorer(i).documents.map((d) => ({
          ...d,
          orderedAtMs: d.orderedAtMs + WEEKS * WEEK_MS,
        })),
      ],
    }));
    expect(fitNewShares(later, at)).toEqual(fitNewShares(histories, at));
  });
});

describe('the split of a forecast', () => {
  const features = { vector: createVector(), groups: [] as number[] };
  for (const document of explorer(1).documents) foldIntoFeatures(features, document);
  const shares = { groups: [0, 0, 0, 0.11, 0.11, 0.11], products: [] };
  const model = {
    ...builtinModel,
    horizons: builtinModel.horizons.map((horizon) => ({ ...horizon, newShares: shares })),
  };
  const ask = (asked: typeof builtinModel) =>
    forecastCustomer({ ...features, asOfMs: AS_OF_MS, horizonDays: 28, model: asked });

  it('adds up to the total, with what is held back', () => {
    const { expectedMinor, groups, newGroups } = ask(model);
    const known = groups.reduce((sum, group) => sum + group.expectedMinor, 0);
    expect(expectedMinor).toBeGreaterThan(0);
    expect(known + (newGroups?.expectedMinor ?? 0)).toBe(expectedMinor);
    expect((newGroups?.expectedMinor ?? 0) / expectedMinor).toBeCloseTo(0.11, 3);
  });

  it('is over the known groups alone for an artefact that holds nothing back', () => {
    const { expectedMinor, groups, newGroups } = ask(builtinModel);
    expect(newGroups).toBeNull();
    expect(groups.reduce((sum, group) => sum + group.expectedMinor, 0)).toBe(expectedMinor);
  });
});
