/**
 * How unusual a shortfall is for this very customer, product group or product, as a standard normal
 * quantile. What it is worth is learned from closed periods (models/tail-table.ts), so only its order matters.
 *
 * - Customer: revenue of a period is taken as gamma distributed around its forecast, with the variance that
 *   the own rhythm implies: m purchases expected, gaps of variation c, amounts of variation a, and an error e
 *   of the forecast itself give a squared variation of (c^2 + a^2) / m + e^2 (Wilson, Hilferty 1931). Nothing
 *   at all is at least as probable as the silence by the own rhythm: who orders twice a year like clockwork
 *   has half years without an order, which no gamma distribution knows.
 * - Product group and product: measured by the customer's own other business. Of n order days of the period,
 *   k held it; in the year before b of N did. k is beta-binomial with b + 1/2 and N - b + 1/2. A customer
 *   that orders less of everything is no news about one group.
 */
import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import betaln from '@stdlib/math-base-special-betaln';
import type { Features } from '../customer/fold-order.js';
import { MS_PER_DAY, MS_PER_WEEK, weeklyOrderDays } from '../features/vector.js';
import type { AlertCalibration, ModelArtefact, ShortfallTest } from '../models/artefact.js';
import { gapVariation } from '../models/ratio-model.js';
import { hasRhythm, silenceProbability } from '../models/rhythm.js';
import { tailOfScore } from '../models/tail-table.js';
import type { Finding } from './finding.js';
import { silenceScore } from './rhythm-tests.js';
import { purchaseDays, WHOLE_CUSTOMER, type LedgerView, type Scope } from './ledger-view.js';

export const YEAR_MS = 365 * MS_PER_DAY;
/** Squared variation of what a purchase is worth, as if so many had been seen; and of the forecast itself. */
const AMOUNT_VARIATION_SQUARED = 0.5;
const AMOUNT_PRIOR_COUNT = 4;
const FORECAST_VARIATION_SQUARED = 0.04;
const PURCHASES_MIN = 0.05;
const SCORE_MAX = 20;

export type ScoreFacts = {
  /** Vector and groups as they were when the period began. */
  readonly features: Features;
  readonly view: LedgerView;
};

type Scored = Pick<Finding, 'level' | 'scopeId' | 'fromMs' | 'toMs' | 'expected' | 'actualMinor'>;

/** A score, and the probability that its own formula gives it. */
export type ShortfallScore = { readonly score: number; readonly nominal: number };

/** The score of a shortfall: lower is less usual. */
export const shortfallScore = (scored: Scored, { features, view }: ScoreFacts): ShortfallScore => {
  if (scored.expected.expectedMinor <= 0) return { score: SCORE_MAX, nominal: 1 };
  const { level, scopeId } = scored;
  return level === 'customer'
    ? customerScore(scored, features, view)
    : scopeScore(scored, { level, scopeId }, view);
};

const customerScore = (
  { fromMs, toMs, expected, actualMinor }: Scored,
  { vector }: Features,
  view: LedgerView,
): ShortfallScore => {
  const weeks = (toMs - fromMs) / MS_PER_WEEK;
  const purchases = Math.max(PURCHASES_MIN, weeklyOrderDays(vector, fromMs, 'long') * weeks);
  const variation = gapVariation(vector);
  const spread =
    (variation * variation + amountVariationSquared(view, fromMs)) / purchases +
    FORECAST_VARIATION_SQUARED;
  const ratio = Math.max(0, actualMinor / expected.expectedMinor);
  const ofAmount = (Math.cbrt(ratio) - (1 - spread / 9)) / Math.sqrt(spread / 9);
  const isSilence = actualMinor <= 0 && hasRhythm(vector);
  const score = isSilence
    ? Math.max(ofAmount, silenceScore(silenceOfPeriod(vector, fromMs, toMs)))
    : ofAmount;
  return { score, nominal: normalCdf(score, 0, 1) };
};

/** Probability of no purchase in a period, by the own rhythm, for a customer silent up to its begin. */
const silenceOfPeriod = (vector: readonly number[], fromMs: number, toMs: number): number =>
  silenceProbability({ vector, asOfMs: toMs }) /
  Math.max(Number.MIN_VALUE, silenceProbability({ vector, asOfMs: fromMs }));

/** Squared variation of the amounts of the year before a time, drawn to the usual one while they are few. */
const amountVariationSquared = (view: LedgerView, untilMs: number): number => {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (const { orderedAtMs, isReturn, lines } of view.documents()) {
    if (orderedAtMs >= untilMs) break;
    if (orderedAtMs < untilMs - YEAR_MS || isReturn) continue;
    let netMinor = 0;
    for (const line of lines) netMinor += line.netMinor;
    if (netMinor <= 0) continue;
    count += 1;
    sum += netMinor;
    squares += netMinor * netMinor;
  }
  const own = count === 0 ? 0 : Math.max(0, (squares * count) / (sum * sum) - 1);
  return (
    (AMOUNT_PRIOR_COUNT * AMOUNT_VARIATION_SQUARED + count * own) / (AMOUNT_PRIOR_COUNT + count)
  );
};

const scopeScore = ({ fromMs, toMs }: Scored, scope: Scope, view: LedgerView): ShortfallScore => {
  const before = { fromMs: fromMs - YEAR_MS, toMs: fromMs };
  const days = purchaseDays(view, WHOLE_CUSTOMER, before);
  const held = Math.min(days, purchaseDays(view, scope, before));
  const n = purchaseDays(view, WHOLE_CUSTOMER, { fromMs, toMs });
  const k = Math.min(n, purchaseDays(view, scope, { fromMs, toMs }));
  const nominal = betaBinomialCdf(k, { n, a: held + 0.5, b: days - held + 0.5 });
  const score =
    nominal >= 1 ? SCORE_MAX : Math.max(-SCORE_MAX, normalQuantile(Math.max(1e-80, nominal), 0, 1));
  return { score, nominal };
};

/** P(X <= k) of a beta-binomial count, summed from below. */
export const betaBinomialCdf = (
  k: number,
  { n, a, b }: { readonly n: number; readonly a: number; readonly b: number },
): number => {
  if (k >= n) return 1;
  let term = Math.exp(betaln(a, b + n) - betaln(a, b));
  let sum = term;
  for (let i = 1; i <= k; i += 1) {
    term *= ((n - i + 1) / i) * ((a + i - 1) / (b + n - i));
    sum += term;
  }
  return Math.min(1, sum);
};

type Tested = Pick<Finding, 'level' | 'fromMs' | 'toMs'>;

/** The test of a period: of the whole customer, the one that was learned for the nearest length. */
export const shortfallTestOf = (
  { shortfall, trailing }: AlertCalibration,
  { level, fromMs, toMs }: Tested,
): ShortfallTest => {
  if (level !== 'customer') return shortfall[level];
  const weeks = (toMs - fromMs) / MS_PER_WEEK;
  let nearest: ShortfallTest = shortfall.customer;
  let nearestDistance = Number.POSITIVE_INFINITY;
  for (const test of trailing) {
    const distance = Math.abs(Math.log(test.weeks / weeks));
    if (distance >= nearestDistance) continue;
    nearest = test;
    nearestDistance = distance;
  }
  return nearest;
};

/** P(as little as this, were nothing wrong), by the closed periods of healthy customers. */
export const shortfallProbability = (
  scored: Scored,
  facts: ScoreFacts,
  { alerts }: Pick<ModelArtefact, 'alerts'>,
): number => {
  const { score, nominal } = shortfallScore(scored, facts);
  return tailOfScore(shortfallTestOf(alerts, scored), score, nominal);
};
