/** How often a forecast beats another over resamples of the same customers. */
import { describe, expect, it } from '@jest/globals';
import { builtinModel, type ModelArtefact } from '../../../../../shared/core/models/artefact.js';
import {
  ACTIVE_METHOD,
  backtestReport,
  beatenShareOf,
  SURE_SHARE,
} from '../../../../../shared/core/models/backtest-report.js';
import { fitForecast } from '../../../../../shared/core/models/fit.js';
import type { CustomerHistory } from '../../../../../shared/core/models/history.js';
import { DAY_MS, START_MS, WEEK_MS } from '../../../../support/events.js';

const scored = (errors: readonly number[]) =>
  errors.map((error) => ({ forecast: 1_000 + error, actual: 1_000 }));

describe('the paired bootstrap of the grade', () => {
  it('is sure of a forecast that is better for every customer', () => {
    const better = scored(Array.from({ length: 80 }, (_, i) => 10 + (i % 7)));
    const worse = scored(Array.from({ length: 80 }, (_, i) => 30 + (i % 7)));
    expect(beatenShareOf(better, worse)).toBe(1);
    expect(beatenShareOf(worse, better)).toBe(0);
  });

  it('is unsure where a single customer decides', () => {
    const own = scored([0, ...Array.from({ length: 79 }, () => 11)]);
    const other = scored([500, ...Array.from({ length: 79 }, () => 10)]);
    const share = beatenShareOf(own, other);
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(0.8);
  });

  it('gives no win to an equal', () => {
    expect(beatenShareOf(scored([1, 2, 3]), scored([1, 2, 3]))).toBe(0);
  });
});

describe('the model in force', () => {
  const WEEKS = 40;
  const asOfMs = START_MS + WEEKS * WEEK_MS;
  const histories: readonly CustomerHistory[] = Array.from({ length: 60 }, (_, c) => ({
    customerId: `c${String(c)}`,
    documents: Array.from({ length: WEEKS }, (_week, week) => ({
      orderHash: c * WEEKS + week,
      isReturn: false,
      isForwarded: false,
      version: 1,
      orderedAtMs: START_MS + week * WEEK_MS + (c % 7) * DAY_MS,
      lines: [{ skuId: 0, groupId: 0, quantityMilli: 1_000, netMinor: 10_000 + 100 * (c % 9) }],
    })),
  }));
  const model = fitForecast({
    histories,
    asOfMs,
    version: 'next',
    reportingCurrency: 'EUR',
    horizonsDays: [28],
  });
  const rowsWith = (active: ModelArtefact | null) =>
    backtestReport({ histories, asOfMs, firstMs: START_MS, model, active }).report.rows;
  const inForce: ModelArtefact = { ...builtinModel, fittedAsOfMs: asOfMs - 28 * DAY_MS };

  it('is compared where it has seen nothing of the window', () => {
    const row = rowsWith(inForce).at(-1);
    expect(row?.method).toBe(ACTIVE_METHOD);
    expect(row?.beatenShare).toBeGreaterThan(SURE_SHARE);
  });

  it.each([
    ['it has seen a part of the window', { ...inForce, fittedAsOfMs: asOfMs - 27 * DAY_MS }],
    ['it was never trained', builtinModel],
    ['there is none', null],
  ])('is left out where %s', (_, active) => {
    expect(rowsWith(active).map(({ method }) => method)).not.toContain(ACTIVE_METHOD);
  });
});
