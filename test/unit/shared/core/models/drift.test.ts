/** When the model in force counts as no longer fitting. */
import { describe, expect, it } from '@jest/globals';
import { builtinModel } from '../../../../../shared/core/models/artefact.js';
import { detectDrift } from '../../../../../shared/core/models/drift.js';
import { fitForecast } from '../../../../../shared/core/models/fit.js';
import type { CustomerHistory } from '../../../../../shared/core/models/history.js';
import { createRandom } from '../../../../../shared/core/models/random.js';
import { DAY_MS, START_MS, WEEK_MS } from '../../../../support/events.js';

const CUSTOMERS = 150;
const WEEKS = 64;
const FITTED_MS = START_MS + 60 * WEEK_MS;
const AS_OF_MS = START_MS + WEEKS * WEEK_MS;

/** Weekly orders of about 100 each; from the training on their size is multiplied. */
const portfolio = (
  factorOf: (customer: number) => number,
  { customers = CUSTOMERS, spread = 0.3 } = {},
): readonly CustomerHistory[] => {
  const random = createRandom(3);
  return Array.from({ length: customers }, (_, customer) => ({
    customerId: `c-${String(customer).padStart(3, '0')}`,
    documents: Array.from({ length: WEEKS }, (_week, week) => {
      const orderedAtMs = START_MS + week * WEEK_MS + Math.floor(random() * 6) * DAY_MS;
      const usual = 10_000 * (1 + spread * (2 * random() - 1));
      const netMinor = Math.round(usual * (orderedAtMs < FITTED_MS ? 1 : factorOf(customer)));
      return {
        orderHash: week,
        isReturn: false,
        isForwarded: false,
        version: 1,
        orderedAtMs,
        lines: [{ skuId: 0, groupId: 0, quantityMilli: 1_000, netMinor }],
      };
    }),
  }));
};

const fit = (histories: readonly CustomerHistory[]) =>
  fitForecast({
    histories,
    asOfMs: FITTED_MS,
    version: 'then',
    reportingCurrency: 'EUR',
    horizonsDays: [28],
  });

describe('drift', () => {
  const usual = portfolio(() => 1);
  const active = fit(usual);
  const look = (histories: readonly CustomerHistory[], days = 28) =>
    detectDrift(histories, { asOfMs: FITTED_MS + days * DAY_MS, active });

  it('is none while customers buy as before', () => {
    const found = look(usual);
    expect(found.hasDrifted).toBe(false);
    expect(found.total?.value).toBeCloseTo(1, 1);
    expect(found.coverage?.value).toBeGreaterThan(0.7);
  });

  it('is seen after a week when all buy a third less, and a third more', () => {
    for (const factor of [0.66, 1.34]) {
      const found = look(
        portfolio(() => factor),
        7,
      );
      expect(found.hasDrifted).toBe(true);
      expect(found.coverage).toBeNull();
      expect(found.total?.value).toBeGreaterThan(factor - 0.12);
      expect(found.total?.value).toBeLessThan(factor + 0.12);
      expect(found.sentence).toMatch(/^in the last 7 days \d+ % of the forecast was bought/);
    }
  });

  it('is no matter of a single large order', () => {
    const found = look(portfolio((customer) => (customer === 0 ? 60 : 1)));
    expect(found.total?.value).toBeGreaterThan(1.3);
    expect(found.hasDrifted).toBe(false);
  });

  it('is seen when half buy double and half next to nothing, though the total holds', () => {
    const found = look(portfolio((customer) => (customer % 2 === 0 ? 1.9 : 0.1)));
    expect(found.total?.value).toBeCloseTo(1, 1);
    expect(found.coverage?.value).toBeLessThan(0.2);
    expect(found.hasDrifted).toBe(true);
  });

  it('is not asked of a young model, of the built-in one, or of a handful of customers', () => {
    const fallen = portfolio(() => 0.3);
    expect(look(fallen, 6).hasDrifted).toBe(false);
    const asOfMs = AS_OF_MS;
    expect(detectDrift(fallen, { asOfMs, active: builtinModel }).hasDrifted).toBe(false);
    expect(detectDrift(fallen, { asOfMs, active: null }).hasDrifted).toBe(false);
    expect(detectDrift(fallen.slice(0, 40), { asOfMs, active }).hasDrifted).toBe(false);
  });
});
