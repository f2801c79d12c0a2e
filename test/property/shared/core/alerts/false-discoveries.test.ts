/** At most the stated share of alerts is false: on drawn portfolios, and on a simulated business in health. */
import { describe, expect, it } from '@jest/globals';
import { openBusiness } from '../../../../../shared/business/business.js';
import { heldOutTails } from '../../../../../bench/causes/tails.js';
import { probabilityMax } from '../../../../../shared/core/alerts/fit-alerts.js';
import { createGathered } from '../../../../../services/trainer/gather.js';
import { compareCustomer } from '../../../../../shared/core/alerts/behind-forecast.js';
import { viewDocuments } from '../../../../../shared/core/alerts/ledger-view.js';
import { shortfallProbability } from '../../../../../shared/core/alerts/shortfall-score.js';
import { expectationOf } from '../../../../../shared/core/alerts/window.js';
import { foldIntoFeatures } from '../../../../../shared/core/customer/fold-order.js';
import { createVector, MS_PER_DAY, V } from '../../../../../shared/core/features/vector.js';
import { fitModel } from '../../../../../shared/core/models/fit.js';
import { createRandom } from '../../../../../shared/core/models/random.js';
import { FALSE_DISCOVERY_RATE } from '../../../../../shared/core/models/tail-table.js';
import { builtinRulebook } from '../../../../../shared/core/rulebook/rulebook.js';
import { tickOf } from '../../../../../shared/pipeline/order-log.js';

describe('the limit of the tail probability', () => {
  it.each([0, 0.01, 0.05, 0.2])('keeps the share of false ones with %p in trouble', (trouble) => {
    let shares = 0;
    const portfolios = 200;
    for (let seed = 0; seed < portfolios; seed += 1) {
      const random = createRandom(seed);
      const cases = Array.from({ length: 500 }, () => {
        const isTrouble = random() < trouble;
        return { isTrouble, tail: isTrouble ? random() * 0.004 : random() };
      });
      const limit = probabilityMax(
        cases.map(({ tail }) => tail),
        cases.length,
      );
      const alerts = cases.filter(({ tail }) => tail <= limit);
      const wrong = alerts.filter(({ isTrouble }) => !isTrouble).length;
      shares += wrong / Math.max(1, alerts.length);
    }
    // Two standard errors of 200 portfolios above the level at most.
    expect(shares / portfolios).toBeLessThanOrEqual(FALSE_DISCOVERY_RATE + 0.057);
  });
});

/** Share of the customers that a period worse than forecast for all moves below a quantile. */
const COMMON_MISS = 0.02;

describe('a simulated business in which nothing is wrong', () => {
  const startMs = Date.UTC(2023, 0, 2);
  const business = openBusiness({
    seed: 3,
    customers: 300,
    startMs,
    rules: { share: 0, unstaffedShare: 0, joinDays: 300 },
  });
  const gathered = createGathered(builtinRulebook.reportingCurrency);
  const trainedDay = 640;
  for (let day = 0; day < trainedDay + 91; day += 1) {
    business.eventsOf(day).forEach((input) => {
      gathered.add(input);
    });
    gathered.add(tickOf(startMs + (day + 1) * MS_PER_DAY));
  }
  const histories = gathered.builder.histories();
  const asOfMs = startMs + trainedDay * MS_PER_DAY;
  const model = fitModel({
    histories,
    asOfMs,
    version: 'healthy',
    reportingCurrency: builtinRulebook.reportingCurrency,
    horizonsDays: [28, 91],
    nameOf: gathered.builder.nameOf,
  });
  const tails = histories.flatMap(({ documents }) => {
    const features = { vector: createVector(), groups: [] };
    for (const document of documents) {
      if (document.orderedAtMs < asOfMs) foldIntoFeatures(features, document);
    }
    const period = { fromMs: asOfMs, toMs: asOfMs + 91 * MS_PER_DAY };
    const view = viewDocuments(() => documents);
    const window = expectationOf(features, period, { model });
    const { alerts: rules } = builtinRulebook;
    if (window === null || (features.vector[V.orderDays] ?? 0) === 0) return [];
    if (window.total.expectedMinor < rules.shortfallMinMinor.customer) return [];
    const finding = compareCustomer({ window, view, rules, factor: 1 });
    return [shortfallProbability(finding, { features, view }, model)];
  });

  it.each([0.02, 0.05, 0.1, 0.25])('gives tails that are valid at %p', (p) => {
    expect(tails.length).toBeGreaterThan(200);
    const share = tails.filter((tail) => tail <= p).length / tails.length;
    // Three standard errors of a share, and what the customers have in common: one period, whose season the
    // forecast may miss for all of them alike.
    const error = 3 * Math.sqrt((p * (1 - p)) / tails.length);
    expect(share).toBeLessThanOrEqual(p + error + COMMON_MISS);
  });

  const heldOut = heldOutTails(
    { customers: business.customers, histories, trainings: [{ day: trainedDay - 1, model }] },
    { startMs, days: trainedDay + 91 },
  );

  it.each(['customer, 6 weeks', 'customer, 13 weeks', 'product_group, 13 weeks'])(
    'gives tails of a %s that are valid, and say something',
    (name) => {
      const stated = heldOut.get(name) ?? [];
      const shareBelow = (p: number): number =>
        stated.filter((tail) => tail <= p).length / stated.length;
      expect(stated.length).toBeGreaterThan(150);
      for (const p of [0.02, 0.05, 0.1, 0.2]) {
        const error = 3 * Math.sqrt((p * (1 - p)) / stated.length);
        expect(shareBelow(p)).toBeLessThanOrEqual(p + error + COMMON_MISS);
      }
      expect(shareBelow(0.2)).toBeGreaterThan(0.2 / 3);
    },
  );

  it('raises next to nothing about customers who are behind', () => {
    const { probabilityMax: limit } = model.alerts.shortfall.customer;
    expect(limit).toBeGreaterThan(0);
    expect(tails.filter((tail) => tail <= limit).length).toBeLessThanOrEqual(3);
  });
});
