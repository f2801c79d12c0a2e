/**
 * What the boosted trees know of a customer: its level, rhythm, age, regularity, returns, what each
 * expert says relative to the level, the same weeks a year ago, and how evenly its revenue lies over the
 * last months. Money only as ratios and logarithms, so that the trees find the same things in any
 * currency. New features go to the end: published models name theirs by place.
 */
import {
  customerAgeWeeks,
  MONTHS_KEPT,
  MS_PER_DAY,
  MS_PER_MONTH,
  MS_PER_WEEK,
  returnRate,
  revenueOfMonthMinor,
  sameTimeLastYearMinor,
  timeSinceLastPurchaseMs,
  V,
  weeklyOrderDays,
} from '../features/vector.js';
import { EXPERTS, type ExpertOpinion } from './experts.js';
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
  ...EXPERTS,
  'months-bought-of-6',
  'months-bought-share',
  'best-month-share',
  'last-2-months',
  'last-6-months',
  'day-trend',
  'documents-per-day',
  'gap-log-mean',
  'long-days',
  'return-document-share',
] as const;

/** Ratios whose logarithm is what a linear model is told: twice and half are equally far from once. */
const LOGGED: ReadonlySet<string> = new Set([
  ...EXPERTS,
  'recent-days',
  'last-year',
  'last-2-months',
  'last-6-months',
  'day-trend',
  'long-days',
] satisfies (typeof RATIO_FEATURES)[number][]);

/** Whether the feature of a place is such a ratio. */
export const IS_LOGGED: readonly boolean[] = RATIO_FEATURES.map((name) => LOGGED.has(name));

/** Place of the customer's returned share of sales among the features. */
export const RETURN_RATE_AT = 7;
const EXPERTS_FROM = 12;
const MONTHS_FROM = 20;
const RHYTHM_FROM = 25;
const FEW_MONTHS = 2;
const HALF_YEAR_MONTHS = 6;
/** Weeks added before a logarithm, so that a purchase of today is no minus infinity. */
const WEEKS_MIN = 0.3;
/** A ratio beyond this is as good as this. */
const RATIO_MAX = 20;
/** Purchase days per week and days of a gap below which a ratio of them says nothing. */
const DAYS_MIN = 1e-6;
const GAP_DAYS_MIN = 0.1;
/** Months that a monthly mean is spread over at least. */
const MONTHS_MIN = 0.5;
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
  values[RETURN_RATE_AT] = returnRate(vector);
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
  addMonths(vector, { asOfMs, horizonDays, level }, values);
  const longDays = weeklyOrderDays(vector, asOfMs, 'long');
  const documents = Math.max(1, vector[V.documents] ?? 0);
  values[RHYTHM_FROM] = Math.min(RATIO_MAX, values[9] / Math.max(DAYS_MIN, longDays));
  values[RHYTHM_FROM + 1] = documents / orderDays;
  values[RHYTHM_FROM + 2] =
    orderDays > 1
      ? (vector[V.gapLogSum] ?? 0) / (orderDays - 1) - Math.log(Math.max(GAP_DAYS_MIN, gap * 7))
      : 0;
  values[RHYTHM_FROM + 3] = longDays;
  values[RHYTHM_FROM + 4] = (vector[V.returnDocuments] ?? 0) / documents;
  return values;
};

/** Fills in how many months had revenue, how much of it the best one had, and the latest ones' level. */
const addMonths = (
  vector: readonly number[],
  {
    asOfMs,
    horizonDays,
    level,
  }: { readonly asOfMs: number; readonly horizonDays: number; readonly level: number },
  values: number[],
): void => {
  const month = Math.floor(asOfMs / MS_PER_MONTH);
  const passed = asOfMs / MS_PER_MONTH - month;
  const known = Math.min(
    MONTHS_KEPT,
    Math.max(1, Math.ceil((asOfMs - (vector[V.firstOrderedAtMs] ?? 0)) / MS_PER_MONTH)),
  );
  let bought = 0;
  let boughtLately = 0;
  let positive = 0;
  let best = 0;
  let few = 0;
  let half = 0;
  for (let ago = 0; ago < MONTHS_KEPT; ago += 1) {
    const revenue = revenueOfMonthMinor(vector, month - ago);
    if (ago < FEW_MONTHS) few += revenue;
    if (ago < HALF_YEAR_MONTHS) half += revenue;
    if (revenue <= 0) continue;
    bought += 1;
    if (ago < HALF_YEAR_MONTHS) boughtLately += 1;
    positive += revenue;
    best = Math.max(best, revenue);
  }
  const toRatio = (revenue: number, months: number): number => {
    const measured = Math.max(MONTHS_MIN, Math.min(known, months - 1 + passed));
    const ahead = (Math.max(0, revenue) / measured) * ((horizonDays * MS_PER_DAY) / MS_PER_MONTH);
    return Math.min(RATIO_MAX, ahead / level);
  };
  values[MONTHS_FROM] = boughtLately;
  values[MONTHS_FROM + 1] = bought / known;
  values[MONTHS_FROM + 2] = positive > 0 ? best / positive : 1;
  values[MONTHS_FROM + 3] = toRatio(few, FEW_MONTHS);
  values[MONTHS_FROM + 4] = toRatio(half, HALF_YEAR_MONTHS);
};
