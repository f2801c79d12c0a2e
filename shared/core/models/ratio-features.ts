/**
 * What the boosted trees know of a customer: its level, rhythm, age, regularity, returns, what each
 * expert says relative to the level, and the same weeks a year ago. Money only as ratios and logarithms,
 * so that the trees find the same things in any currency.
 */
import {
  customerAgeWeeks,
  MS_PER_DAY,
  MS_PER_WEEK,
  returnRate,
  sameTimeLastYearMinor,
  timeSinceLastPurchaseMs,
  V,
  weeklyOrderDays,
} from '../features/vector.js';
import type { ExpertOpinion } from './experts.js';
import { gapVariation } from './ratio-model.js';

/** Names of the features, in their order. */
export const RATIO_FEATURES = [
  'log-level',
  'log-silence',
  'log-age',
  'log-frequency',
  'log-gap',
  'log-overdue',
  'gap-variation',
  'return-rate',
  'log-day-value',
  'recent-days',
  'first-day-share',
  'last-year',
  'ewma-3',
  'ewma-12',
  'ewma-40',
  'tsb',
  'lifetime-mean',
  'nbd-gg',
  'bg-nbd-gg',
  'mbg-nbd-gg',
] as const;

const EXPERTS_FROM = 12;
/** Weeks added before a logarithm, so that a purchase of today is no minus infinity. */
const WEEKS_MIN = 0.3;
/** A ratio beyond this is as good as this. */
const RATIO_MAX = 20;
/** Stands for "no purchase a year ago is known": below every ratio. */
const UNKNOWN = -1;
const WEEKS_PER_YEAR = 52;

/** Fills `values` for a customer; all finite. */
export const ratioFeatures = (
  vector: readonly number[],
  {
    asOfMs,
    horizonDays,
    opinion,
  }: { readonly asOfMs: number; readonly horizonDays: number; readonly opinion: ExpertOpinion },
  values: number[],
): number[] => {
  const orderDays = Math.max(1, vector[V.orderDays] ?? 0);
  const sales = Math.max(1, vector[V.salesMinor] ?? 0);
  const level = Math.max(1, opinion.levelMinor);
  const age = customerAgeWeeks(vector, asOfMs);
  const silence = Math.min(age, timeSinceLastPurchaseMs(vector, asOfMs) / MS_PER_WEEK);
  const gap = orderDays > 1 ? (age - silence) / (orderDays - 1) : Math.max(1, age);
  values[0] = Math.log(level);
  values[1] = Math.log(silence + WEEKS_MIN);
  values[2] = Math.log(age + WEEKS_MIN);
  values[3] = Math.log(orderDays);
  values[4] = Math.log(gap + WEEKS_MIN);
  values[5] = Math.log((silence + WEEKS_MIN) / (gap + WEEKS_MIN));
  values[6] = gapVariation(vector);
  values[7] = returnRate(vector);
  values[8] = Math.log(Math.max(1, (vector[V.lifetimeMinor] ?? 0) / orderDays));
  values[9] = weeklyOrderDays(vector, asOfMs, 'middle');
  values[10] = Math.min(1, (vector[V.firstDayMinor] ?? 0) / sales);
  values[11] =
    age < WEEKS_PER_YEAR
      ? UNKNOWN
      : Math.min(
          RATIO_MAX,
          Math.max(0, sameTimeLastYearMinor(vector, asOfMs, horizonDays * MS_PER_DAY)) / level,
        );
  for (let i = 0; i < opinion.revenueMinor.length; i += 1) {
    values[EXPERTS_FROM + i] = Math.min(RATIO_MAX, (opinion.revenueMinor[i] ?? 0) / level);
  }
  return values;
};
