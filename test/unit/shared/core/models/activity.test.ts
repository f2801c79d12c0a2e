import { describe, expect, it } from '@jest/globals';
import { createVector, foldDocument } from '../../../../../shared/core/features/vector.js';
import { activityProbability, fitActivity } from '../../../../../shared/core/models/activity.js';
import { builtinModel } from '../../../../../shared/core/models/artefact.js';
import type { CustomerHistory } from '../../../../../shared/core/models/history.js';
import { DAY_MS, START_MS, WEEK_MS } from '../../../../support/events.js';

const YEARS_MS = 104 * WEEK_MS;
const AS_OF_MS = START_MS + YEARS_MS;

/** Orders every `gapWeeks` from a start that differs by customer, until `untilMs`. */
const history = (n: number, gapWeeks: number, untilMs: number): CustomerHistory => {
  const documents = [];
  let atMs = START_MS + (n % 13) * 3 * DAY_MS;
  for (let i = 0; atMs < untilMs; i += 1, atMs += gapWeeks * WEEK_MS) {
    documents.push({
      orderHash: i + 1,
      isReturn: false,
      isForwarded: false,
      version: 1,
      orderedAtMs: atMs,
      lines: [{ skuId: 0, groupId: 0, quantityMilli: 1_000, netMinor: 10_000 }],
    });
  }
  return { customerId: `c-${String(n)}`, documents };
};

const vectorOf = ({ documents }: CustomerHistory): readonly number[] => {
  const vector = createVector();
  for (const { orderedAtMs } of documents) {
    foldDocument(vector, { orderedAtMs, netMinor: 10_000, isReturn: false });
  }
  return vector;
};

/** Half of the portfolio goes on; the others stop at some time in two years. */
const portfolio = Array.from({ length: 400 }, (_, n) =>
  history(n, 2 + (n % 7), n % 2 === 0 ? AS_OF_MS : START_MS + (0.1 + 0.002 * n) * YEARS_MS),
);

/** Dropout that never happens: what a likelihood may end in, and P(alive) is 1 for everybody. */
const noDropout = { r: 0.9, alpha: 6, a: 1e-9, b: 3 };

describe('the activity of a customer', () => {
  const activity = fitActivity(portfolio, {
    asOfMs: AS_OF_MS,
    firstMs: START_MS,
    mbgNbd: noDropout,
    prior: builtinModel.activity,
  });
  const model = { ...builtinModel, mbgNbd: noDropout, activity };
  const ask = (asked: CustomerHistory): number =>
    activityProbability(vectorOf(asked), { asOfMs: AS_OF_MS, model });

  it('tells those who stopped from those who go on, where P(alive) is 1 for all', () => {
    expect(ask(history(1, 3, AS_OF_MS))).toBeGreaterThan(0.9);
    expect(ask(history(1, 3, AS_OF_MS - 40 * WEEK_MS))).toBeLessThan(0.2);
  });

  it('never lets silence speak for a customer, nor orders against it', () => {
    const [, byModel = -1, bySilence = -1, byWeeks = 1, byOrders = -1] = activity.coefficients;
    expect(Math.min(byModel, bySilence, -byWeeks, byOrders)).toBeGreaterThanOrEqual(0);
    expect(activity.coefficients.some((value) => value !== 0)).toBe(true);
  });

  it('keeps the prior where the history is too short to have closed windows', () => {
    const short = fitActivity(portfolio, {
      asOfMs: START_MS + 12 * WEEK_MS,
      firstMs: START_MS,
      mbgNbd: noDropout,
      prior: builtinModel.activity,
    });
    expect(short).toBe(builtinModel.activity);
  });

  it('is 0 for a customer that never bought', () => {
    expect(activityProbability(createVector(), { asOfMs: AS_OF_MS, model })).toBe(0);
  });
});
