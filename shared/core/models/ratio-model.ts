/**
 * The ratio model: an additive ridge on one-hot bins of scale-free features, which corrects the
 * experts' level by what history says about customers of this kind: actual / (level * season) - 1.
 */
import {
  customerAgeWeeks,
  MS_PER_WEEK,
  returnRate,
  timeSinceLastPurchaseMs,
  V,
  weeklyRevenueMinor,
} from '../features/vector.js';

const RECENCY_BOUNDS = [0.25, 0.5, 1, 1.5, 2.5, 5] as const;
const FREQUENCY_BOUNDS = [0.5, 1.5, 3.5, 7.5, 15.5] as const;
const SHORT_BOUNDS = [0.2, 0.5, 0.8, 1.25, 2, 4] as const;
const LONG_BOUNDS = [0.3, 0.6, 0.9, 1.15, 1.6, 2.5] as const;
const AGE_BOUNDS = [6, 13, 26, 52, 104] as const;
const REGULARITY_BOUNDS = [0.4, 0.7, 1, 1.4] as const;
const RETURN_BOUNDS = [0.001, 0.02, 0.1, 0.3] as const;
const WEEKS_SINCE_BOUNDS = [1, 2, 4, 8, 13, 26] as const;

const RECENCY_CELLS = (RECENCY_BOUNDS.length + 1) * (FREQUENCY_BOUNDS.length + 1);
const SIZES = [
  1,
  RECENCY_CELLS,
  SHORT_BOUNDS.length + 1,
  LONG_BOUNDS.length + 1,
  AGE_BOUNDS.length + 1,
  REGULARITY_BOUNDS.length + 1,
  RETURN_BOUNDS.length + 1,
  WEEKS_SINCE_BOUNDS.length + 1,
] as const;

/** Number of columns of the one-hot design. */
export const RATIO_COLUMNS = SIZES.reduce<number>((sum, size) => sum + size, 0);
/** Columns that are one in each row: one bin per feature and the constant. */
export const RATIO_ACTIVE = SIZES.length;

const binOf = (value: number, bounds: readonly number[]): number => {
  let bin = 0;
  while (bin < bounds.length && value >= (bounds[bin] ?? 0)) bin += 1;
  return bin;
};

/** Fills `active` with the columns that are one for the customer; ascending, RATIO_ACTIVE of them. */
export const ratioColumns = (
  vector: readonly number[],
  asOfMs: number,
  active: number[],
): number[] => {
  const orderDays = vector[V.orderDays] ?? 0;
  const x = Math.max(0, orderDays - 1);
  const age = customerAgeWeeks(vector, asOfMs);
  const since = timeSinceLastPurchaseMs(vector, asOfMs) / MS_PER_WEEK;
  const spanWeeks = Math.max(0, age - since);
  const meanGapWeeks = x > 0 ? spanWeeks / x : Math.max(1, age);
  const short = weeklyRevenueMinor(vector, asOfMs, 'short');
  const middle = weeklyRevenueMinor(vector, asOfMs, 'middle');
  const long = weeklyRevenueMinor(vector, asOfMs, 'long');
  const bins = [
    0,
    binOf(since / Math.max(0.5, meanGapWeeks), RECENCY_BOUNDS) * (FREQUENCY_BOUNDS.length + 1) +
      binOf(x, FREQUENCY_BOUNDS),
    binOf(short / Math.max(1, middle), SHORT_BOUNDS),
    binOf(middle / Math.max(1, long), LONG_BOUNDS),
    binOf(age, AGE_BOUNDS),
    binOf(gapVariation(vector), REGULARITY_BOUNDS),
    binOf(returnRate(vector), RETURN_BOUNDS),
    binOf(since, WEEKS_SINCE_BOUNDS),
  ];
  let start = 0;
  for (let i = 0; i < RATIO_ACTIVE; i += 1) {
    active[i] = start + (bins[i] ?? 0);
    start += SIZES[i] ?? 0;
  }
  return active;
};

/** Coefficient of variation of the gaps between purchases; 1, as of a Poisson process, below 3. */
export const gapVariation = (vector: readonly number[]): number => {
  const gaps = (vector[V.orderDays] ?? 0) - 1;
  if (gaps < 3) return 1;
  const spanDays =
    ((vector[V.lastOrderedAtMs] ?? 0) - (vector[V.firstOrderedAtMs] ?? 0)) / (MS_PER_WEEK / 7);
  const meanDays = spanDays / gaps;
  const variance = (vector[V.gapSquaredDays] ?? 0) / gaps - meanDays * meanDays;
  return meanDays <= 0 ? 1 : Math.sqrt(Math.max(0, variance)) / meanDays;
};
