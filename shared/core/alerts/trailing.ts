/**
 * Looks at the whole customer between the ends of its periods: what was bought in some weeks up to now,
 * against what the model expects of them by the documents of when they began. Short ones show a sudden loss
 * early; long ones a slow decline, which a forecast that follows it every quarter would never show.
 */
import { featuresAt } from '../customer/fold-order.js';
import type { CustomerState } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { MS_PER_DAY, MS_PER_WEEK, weeklyRevenueMinor } from '../features/vector.js';
import { compareCustomer, isBorneOut, marketFactor } from './behind-forecast.js';
import { shortfallOf, type Finding } from './finding.js';
import type { LedgerView } from './ledger-view.js';
import { expectationOf } from './window.js';

/** Lengths of the periods up to now, in weeks; the trainer learns a test for each. */
export const TRAILING_WEEKS = [6, 13, 26] as const;
const LONGEST_WEEKS = Math.max(...TRAILING_WEEKS);
/** Recent pace over the long one, above which nobody is looked at: most customers, most of the time. */
const PACE_MAX = 0.85;

/** Whether the customer may be behind, by the sums at hand: rough, and less strict than the test. */
const mayBeBehind = ({ vector }: CustomerState, { asOfMs, rulebook }: DecisionContext): boolean => {
  const long = weeklyRevenueMinor(vector, asOfMs, 'long');
  const recent = Math.min(
    weeklyRevenueMinor(vector, asOfMs, 'short'),
    weeklyRevenueMinor(vector, asOfMs, 'middle'),
  );
  const lostMinor = (long - recent) * LONGEST_WEEKS;
  return recent < PACE_MAX * long && lostMinor >= rulebook.alerts.shortfallMinMinor.customer;
};

type Facts = { readonly view: LedgerView; readonly context: DecisionContext };
type Behind = { readonly finding: Finding; readonly probability: number };

/** Tests the weeks up to a time; null where the customer is not behind in them. */
const testWeeks = (
  customer: CustomerState,
  period: { readonly fromMs: number; readonly toMs: number },
  { view, context }: Facts,
): Behind | null => {
  const { model, rulebook } = context;
  const features = featuresAt(customer.ledger, period.fromMs);
  const window = features === null ? null : expectationOf(features, period, { model });
  if (features === null || window === null) return null;
  const factor = marketFactor(context);
  const finding = compareCustomer({ window, view, rules: rulebook.alerts, factor });
  if (shortfallOf(finding) < rulebook.alerts.shortfallMinMinor.customer) return null;
  const { isBehind, probability } = isBorneOut(finding, { customer, features, view, context });
  return isBehind ? { finding, probability } : null;
};

/** The most improbable of the periods up to now in which the customer is behind; null where it is not. */
export const findTrailing = (customer: CustomerState, facts: Facts): Finding | null => {
  const { model, asOfMs } = facts.context;
  const { trailing } = model.alerts;
  if (trailing.length === 0 || !mayBeBehind(customer, facts.context)) return null;
  const toMs = Math.floor(asOfMs / MS_PER_DAY) * MS_PER_DAY;
  let worst: Behind | null = null;
  for (const { weeks, rows } of trailing) {
    const period = { fromMs: toMs - weeks * MS_PER_WEEK, toMs };
    const behind = rows === 0 ? null : testWeeks(customer, period, facts);
    if (behind !== null && behind.probability < (worst?.probability ?? 1)) worst = behind;
  }
  return worst?.finding ?? null;
};
