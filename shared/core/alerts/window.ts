/**
 * The comparison period of a customer: what is forecast when it opens is compared when it closes. Its
 * borders lie on a grid that is shifted per customer by a hash of its id, so that the portfolio's
 * periods end spread over the weeks and not all on one day.
 */
import { featuresAt } from '../customer/fold-order.js';
import type { CustomerState, ExpectationWindow } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { MS_PER_DAY, V } from '../features/vector.js';
import { forecastCustomer } from '../models/forecast.js';

const MS_PER_WEEK = 7 * MS_PER_DAY;
/** Groups kept in a window; the smallest expectations are left out beyond it. */
export const WINDOW_GROUPS_MAX = 24;

/** FNV-1a over UTF-16 units, 32 bits: spreads ids, nothing more. */
export const spreadHash = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
};

/** The end of a period that opens now: on the customer's grid, at least the least length ahead. */
export const windowEndMs = (
  customerId: string,
  asOfMs: number,
  {
    windowWeeks,
    windowWeeksMin,
  }: { readonly windowWeeks: number; readonly windowWeeksMin: number },
): number => {
  const lengthMs = windowWeeks * MS_PER_WEEK;
  const shiftMs = (spreadHash(customerId) % (windowWeeks * 7)) * MS_PER_DAY;
  const earliestMs = asOfMs + windowWeeksMin * MS_PER_WEEK;
  return Math.ceil((earliestMs - shiftMs) / lengthMs) * lengthMs + shiftMs;
};

/** The period on the customer's grid that ended last. */
const lastPeriod = (
  customerId: string,
  asOfMs: number,
  windowWeeks: number,
): { readonly fromMs: number; readonly toMs: number } => {
  const lengthMs = windowWeeks * MS_PER_WEEK;
  const shiftMs = (spreadHash(customerId) % (windowWeeks * 7)) * MS_PER_DAY;
  const toMs = Math.floor((asOfMs - shiftMs) / lengthMs) * lengthMs + shiftMs;
  return { fromMs: toMs - lengthMs, toMs };
};

/** Forecasts the period that begins now; null for a customer that never bought. */
export const openWindow = (
  { customerId, vector, groups }: CustomerState,
  context: DecisionContext,
): ExpectationWindow | null => {
  const { asOfMs, rulebook } = context;
  const toMs = windowEndMs(customerId, asOfMs, rulebook.alerts);
  return expectationOf({ vector, groups }, { fromMs: asOfMs, toMs }, context);
};

/** True when nothing but the built-in model was ever asked, and a trained one is in force now. */
const isFirstTrained = (
  window: ExpectationWindow | null,
  { model }: DecisionContext,
): window is ExpectationWindow =>
  window !== null && !window.isTrained && model.report.grade !== 'untrained';

/**
 * Looks back when the first trained model comes into force: what it would have forecast for the period
 * that ended last, and for the running one when that opened, by the documents of then. Without this
 * nobody could be behind for the first 7 to 20 weeks. Null otherwise.
 */
export const lookBack = (
  { customerId, ledger, standing }: CustomerState,
  context: DecisionContext,
): {
  readonly closed: ExpectationWindow | null;
  readonly running: ExpectationWindow | null;
} | null => {
  const { window } = standing;
  if (!isFirstTrained(window, context)) return null;
  const period = lastPeriod(customerId, context.asOfMs, context.rulebook.alerts.windowWeeks);
  const recall = (of: { readonly fromMs: number; readonly toMs: number }) => {
    const features = featuresAt(ledger, of.fromMs);
    return features === null ? null : expectationOf(features, of, context);
  };
  return { closed: recall(period), running: recall(window) };
};

/** What of a forecast is stored: all else of it would be in memory only, until the next restart. */
const amountsOf = ({
  expectedMinor,
  lower80Minor,
  upper80Minor,
}: ExpectationWindow['total']): ExpectationWindow['total'] => ({
  expectedMinor,
  lower80Minor,
  upper80Minor,
});

/** What a model expects of a period of a customer with these features when it begins. */
export const expectationOf = (
  { vector, groups }: Pick<CustomerState, 'vector' | 'groups'>,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  { model }: Pick<DecisionContext, 'model'>,
): ExpectationWindow | null => {
  if ((vector[V.orderDays] ?? 0) === 0) return null;
  const horizonDays = Math.round((toMs - fromMs) / MS_PER_DAY);
  const forecast = forecastCustomer({ vector, groups, asOfMs: fromMs, horizonDays, model });
  const kept = forecast.groups
    .filter((group) => group.expectedMinor > 0)
    .sort((a, b) => b.expectedMinor - a.expectedMinor || a.groupId - b.groupId)
    .slice(0, WINDOW_GROUPS_MAX)
    .sort((a, b) => a.groupId - b.groupId);
  return {
    fromMs,
    toMs,
    total: amountsOf(forecast),
    groups: kept.map(({ groupId, ...part }) => ({ groupId, ...amountsOf(part) })),
    isTrained: model.report.grade !== 'untrained',
  };
};
