/** Forecasts where history is too short to learn the horizon from: most customers buy once, few go on. */
import { describe, expect, it } from '@jest/globals';
import type { Document } from '../../../../../shared/core/customer/document.js';
import {
  createVector,
  foldDocument,
  MS_PER_DAY,
  MS_PER_WEEK,
} from '../../../../../shared/core/features/vector.js';
import type { ModelArtefact } from '../../../../../shared/core/models/artefact.js';
import { fitForecast } from '../../../../../shared/core/models/fit.js';
import { forecastCustomer } from '../../../../../shared/core/models/forecast.js';
import { netOf, type CustomerHistory } from '../../../../../shared/core/models/history.js';
import { createRandom } from '../../../../../shared/core/models/random.js';

const START_MS = Date.UTC(2024, 0, 1);
const CUSTOMERS = 500;
const GAP_WEEKS = 6;

const document = (week: number, netMinor: number): Document => ({
  orderHash: Math.round(week * 1_000),
  isReturn: false,
  isForwarded: false,
  version: 1,
  orderedAtMs: START_MS + Math.round(week * MS_PER_WEEK),
  lines: [{ skuId: 0, groupId: 0, quantityMilli: 1_000, netMinor }],
});

/** A cohort of the first four weeks; one in five comes back, every six weeks on average. */
const cohort = (): readonly CustomerHistory[] => {
  const random = createRandom(5);
  return Array.from({ length: CUSTOMERS }, (_, i) => {
    const documents: Document[] = [];
    let week = 4 * random();
    do {
      documents.push(document(week, Math.round(10_000 * (0.5 + random()))));
      week -= GAP_WEEKS * Math.log(1 - random());
    } while (i % 5 === 0 && week < 80);
    return { customerId: `c${String(i).padStart(4, '0')}`, documents };
  });
};

const totals = (
  histories: readonly CustomerHistory[],
  { weeks, horizonDays }: { readonly weeks: number; readonly horizonDays: number },
) => {
  const asOfMs = START_MS + weeks * MS_PER_WEEK;
  const model: ModelArtefact = fitForecast({
    histories,
    asOfMs,
    version: 'test',
    reportingCurrency: 'EUR',
    horizonsDays: [28, 91, 365, horizonDays].sort((a, b) => a - b),
  });
  let expected = 0;
  let actual = 0;
  for (const { documents } of histories) {
    const vector = createVector();
    for (const known of documents) {
      if (known.orderedAtMs < asOfMs) foldDocument(vector, { ...known, netMinor: netOf(known) });
      else if (known.orderedAtMs < asOfMs + horizonDays * MS_PER_DAY) actual += netOf(known);
    }
    expected += forecastCustomer({ vector, groups: [], asOfMs, horizonDays, model }).expectedMinor;
  }
  return { expected, actual, model };
};

describe('a forecast from a short history', () => {
  const histories = cohort();

  it.each([28, 182])('of %i days after eight weeks takes no first order for a rate', (days) => {
    const { expected, actual } = totals(histories, { weeks: 8, horizonDays: days });
    expect(expected / actual).toBeGreaterThan(0.7);
    expect(expected / actual).toBeLessThan(1.4);
  });

  it('takes what a shorter horizon learned where no window of its own has closed', () => {
    const { expected, actual, model } = totals(histories, { weeks: 26, horizonDays: 182 });
    expect(model.horizons.map(({ horizonDays }) => horizonDays)).toEqual([28, 91]);
    expect(expected / actual).toBeGreaterThan(0.7);
    expect(expected / actual).toBeLessThan(1.4);
  });

  it('takes it, too, where the few windows of its own that have closed allow no correction', () => {
    const { expected, actual, model } = totals(histories, { weeks: 33, horizonDays: 182 });
    expect(model.horizons.map(({ horizonDays }) => horizonDays)).toEqual([28, 91]);
    expect(expected / actual).toBeGreaterThan(0.7);
    expect(expected / actual).toBeLessThan(1.4);
  });
});
