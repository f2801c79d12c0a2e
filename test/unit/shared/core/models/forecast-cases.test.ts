/** What a trained model says of customers that are not like the others, and that it knows no future. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Document } from '../../../../../shared/core/customer/document.js';
import { createVector, foldDocument } from '../../../../../shared/core/features/vector.js';
import type { ModelArtefact } from '../../../../../shared/core/models/artefact.js';
import { builtinModel } from '../../../../../shared/core/models/artefact.js';
import { fitForecast } from '../../../../../shared/core/models/fit.js';
import {
  forecastCustomer,
  type CustomerForecast,
} from '../../../../../shared/core/models/forecast.js';
import { netOf, type CustomerHistory } from '../../../../../shared/core/models/history.js';
import { createRandom } from '../../../../../shared/core/models/random.js';
import { START_MS, WEEK_MS } from '../../../../support/events.js';

const WEEKS = 60;
const AS_OF_MS = START_MS + WEEKS * WEEK_MS;
const HORIZON_DAYS = 28;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

let orderHash = 0;
const document = (week: number, netMinor: number): Document => ({
  orderHash: (orderHash += 1),
  isReturn: netMinor < 0,
  isForwarded: false,
  version: 1,
  orderedAtMs: START_MS + Math.round(week * WEEK_MS),
  lines: [{ skuId: 0, groupId: 0, quantityMilli: 1_000, netMinor }],
});

/** Orders every `gapWeeks` of about `meanMinor`, between two weeks. */
const buying = (
  customerId: string,
  {
    gapWeeks,
    meanMinor,
    from = 0,
    until = WEEKS,
  }: {
    readonly gapWeeks: number;
    readonly meanMinor: number;
    readonly from?: number;
    readonly until?: number;
  },
  random: () => number,
): CustomerHistory => {
  const documents: Document[] = [];
  for (let week = from + gapWeeks * random(); week < until; week += gapWeeks * (0.5 + random())) {
    documents.push(document(week, Math.round(meanMinor * (0.5 + random()))));
  }
  return { customerId, documents };
};

/** Regular buyers, of whom a third stopped, and some who bought once. */
const portfolio = (): readonly CustomerHistory[] => {
  const random = createRandom(11);
  const once = Array.from({ length: 24 }, (_, i) => ({
    customerId: `once-${String(i).padStart(2, '0')}`,
    documents: [document((i * 7) % (WEEKS - 1), 60_000)],
  }));
  const regular = Array.from({ length: 240 }, (_, i) =>
    buying(
      `c-${String(i).padStart(3, '0')}`,
      {
        gapWeeks: 1 + (i % 12),
        meanMinor: 5_000 * (1 + (i % 20)),
        from: (i * 7) % 30,
        until: i % 3 === 0 ? 35 + (i % 20) : WEEKS + 20,
      },
      random,
    ),
  ).filter(({ documents }) => documents.length > 0);
  return [...regular, ...once];
};

const forecastOf = (
  documents: readonly Document[],
  model: ModelArtefact,
  horizonDays = HORIZON_DAYS,
): CustomerForecast => {
  const vector = createVector();
  for (const known of documents) foldDocument(vector, { ...known, netMinor: netOf(known) });
  return forecastCustomer({ vector, groups: [], asOfMs: AS_OF_MS, horizonDays, model });
};

const fit = (histories: readonly CustomerHistory[]): ModelArtefact =>
  fitForecast({
    histories,
    asOfMs: AS_OF_MS,
    version: 'test',
    reportingCurrency: 'EUR',
    horizonsDays: [HORIZON_DAYS],
  });

describe('a trained forecast', () => {
  const histories = portfolio();
  let trained: ModelArtefact = builtinModel;
  beforeAll(() => {
    trained = fit(histories);
  });

  it('has trees and the total of its own closed windows', () => {
    expect(trained.horizons[0]?.trees).not.toBeNull();
    let total = 0;
    let actual = 0;
    for (const { documents } of histories) {
      const known = documents.filter(({ orderedAtMs }) => orderedAtMs < AS_OF_MS);
      if (known.length > 0) total += forecastOf(known, trained).expectedMinor;
      for (const later of documents) {
        const inside = later.orderedAtMs < AS_OF_MS + HORIZON_DAYS * 86_400_000;
        if (later.orderedAtMs >= AS_OF_MS && inside) actual += netOf(later);
      }
    }
    expect(total / actual).toBeGreaterThan(0.85);
    expect(total / actual).toBeLessThan(1.15);
  });

  it('of a horizon that was not trained is in proportion to that of the nearest one', () => {
    const sumOf = (horizonDays: number): number =>
      histories.reduce((sum, { documents }) => {
        const known = documents.filter(({ orderedAtMs }) => orderedAtMs < AS_OF_MS);
        return sum + forecastOf(known, trained, horizonDays).expectedMinor;
      }, 0);
    for (const days of [7, 14, 56]) {
      const proportion = sumOf(days) / sumOf(HORIZON_DAYS) / (days / HORIZON_DAYS);
      expect(proportion).toBeGreaterThan(0.9);
      expect(proportion).toBeLessThan(1.1);
    }
  });

  it('does not change when the future is known', () => {
    const known = histories.map(({ customerId, documents }) => ({
      customerId,
      documents: documents.filter(({ orderedAtMs }) => orderedAtMs < AS_OF_MS),
    }));
    const future = [
      ...histories,
      { customerId: 'unborn', documents: [document(WEEKS + 1, 9_999_999)] },
    ];
    expect(fit(future)).toEqual(fit(known.filter(({ documents }) => documents.length > 0)));
  });

  it('knows nothing of a customer without orders', () => {
    expect(forecastOf([], trained)).toMatchObject({ expectedMinor: 0, upper80Minor: 0 });
  });

  it('expects nothing of a customer that only returned', () => {
    expect(forecastOf([document(55, -40_000)], trained)).toMatchObject({
      expectedMinor: 0,
      upper80Minor: 0,
    });
  });

  it('expects nothing of a customer that returned all it bought, however large', () => {
    const all = [document(50, 7_000_000), document(50.5, -7_000_000)];
    expect(forecastOf(all, trained).expectedMinor).toBe(0);
    expect(forecastOf(all, builtinModel).expectedMinor).toBe(0);
    const nearly = [document(50, 7_000_000), document(50.5, -6_900_000)];
    expect(forecastOf(nearly, trained).expectedMinor).toBeLessThan(100_000);
  });

  it('gives whom little is left the floor of the portfolio, less what it returned', () => {
    // As in an artefact of before there was a floor.
    const horizon = { ...trained.horizons[0] } as Mutable<ModelArtefact['horizons'][0]>;
    delete horizon.levelFloorMinor;
    const floorless = { ...trained, horizons: [horizon] };
    expect(trained.horizons[0]?.levelFloorMinor).toBeGreaterThan(0);
    const tiny = [document(2, 3)];
    expect(forecastOf(tiny, floorless).expectedMinor).toBeGreaterThanOrEqual(0);
    expect(forecastOf(tiny, trained).expectedMinor).toBeGreaterThan(
      forecastOf(tiny, floorless).expectedMinor,
    );
    const mostlyReturned = [document(50, 700), document(50.5, -690)];
    expect(forecastOf(mostlyReturned, trained).expectedMinor).toBeLessThan(
      forecastOf(tiny, trained).expectedMinor,
    );
  });

  it('lowers the forecast with every return', () => {
    const bought = [10, 20, 30, 40, 50].map((week) => document(week, 50_000));
    const asIs = forecastOf(bought, trained).expectedMinor;
    const returned = forecastOf([...bought, document(51, -50_000)], trained).expectedMinor;
    expect(returned).toBeLessThan(asIs);
    expect(returned).toBeGreaterThan(0);
  });

  it('gives a new customer some of its first order, not all of it', () => {
    const { expectedMinor, upper80Minor } = forecastOf([document(WEEKS - 1, 60_000)], trained);
    expect(expectedMinor).toBeGreaterThan(600);
    expect(expectedMinor).toBeLessThan(120_000);
    expect(upper80Minor).toBeGreaterThan(expectedMinor);
  });

  it('lets a one-time buyer fade', () => {
    const at = (week: number): number =>
      forecastOf([document(week, 60_000)], trained).expectedMinor;
    expect(at(5)).toBeLessThan(at(WEEKS - 1) / 2);
  });

  it('expects little of a dormant key account and its rhythm of an active one', () => {
    const weekly = (until: number): Document[] =>
      Array.from({ length: until }, (_, week) => document(week + 0.3, 2_000_000));
    const active = forecastOf(weekly(WEEKS), trained);
    const dormant = forecastOf(weekly(30), trained);
    // Twenty times the largest customer learned from: the scale is its own.
    expect(active.expectedMinor).toBeGreaterThan(0.6 * 4 * 2_000_000);
    expect(active.expectedMinor).toBeLessThan(1.6 * 4 * 2_000_000);
    expect(active.lower80Minor).toBeGreaterThan(0);
    expect(dormant.expectedMinor).toBeLessThan(0.25 * active.expectedMinor);
    expect(dormant.lower80Minor).toBe(0);
  });

  it('forecasts in proportion: the same history in cents of a weak currency', () => {
    const factor = 1_000;
    const scaled = fit(
      histories.map(({ customerId, documents }) => ({
        customerId,
        documents: documents.map((known) => ({
          ...known,
          lines: known.lines.map((line) => ({ ...line, netMinor: line.netMinor * factor })),
        })),
      })),
    );
    const one = [10, 14, 30, 44, 55].map((week) => document(week, 50_000));
    const same = one.map((known) => ({
      ...known,
      lines: known.lines.map((line) => ({ ...line, netMinor: line.netMinor * factor })),
    }));
    const ratio = forecastOf(same, scaled).expectedMinor / forecastOf(one, trained).expectedMinor;
    expect(ratio / factor).toBeGreaterThan(0.9);
    expect(ratio / factor).toBeLessThan(1.1);
  });

  it('falls back to priors on a handful of customers, in their own scale', () => {
    const few = fit(histories.slice(0, 4));
    const { expectedMinor, lower80Minor, upper80Minor } = forecastOf(
      Array.from({ length: 15 }, (_, i) => document(i * 4 + 1, 30_000)),
      few,
    );
    expect(expectedMinor).toBeGreaterThan(10_000);
    expect(expectedMinor).toBeLessThan(60_000);
    expect(lower80Minor).toBeLessThanOrEqual(expectedMinor);
    expect(upper80Minor).toBeGreaterThanOrEqual(expectedMinor);
  });
});
