/**
 * Prediction intervals by the empirical distribution of actual / forecast over closed windows, in cells
 * of forecast size and activity. Size alone would flag nobody among sporadic buyers; activity tells
 * them from steady ones.
 */
import { MS_PER_WEEK, timeSinceLastPurchaseMs, V } from '../features/vector.js';
import type { IntervalTable } from './artefact.js';

/** Probabilities of the ratios kept per cell. */
export const INTERVAL_PROBABILITIES = [
  0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975,
] as const;
const LOWER_80 = 3;
const MEDIAN = 5;
const UPPER_80 = 7;
/** Share that the interval is to cover. */
const COVERAGE = 0.8;
const SIZE_CLASSES = 5;
export const ACTIVITY_CLASSES = 3;
/** A cell with fewer rows or customers takes the ratios of its activity class over all sizes. */
const CELL_ROWS_MIN = 40;
const CELL_CUSTOMERS_MIN = 20;

/** 0: ordered many times and is within its rhythm; 1: somewhat; 2: sporadic or silent. */
export const activityClass = (vector: readonly number[], asOfMs: number): number => {
  const orderDays = vector[V.orderDays] ?? 0;
  if (orderDays < 3) return 2;
  const spanWeeks =
    ((vector[V.lastOrderedAtMs] ?? 0) - (vector[V.firstOrderedAtMs] ?? 0)) / MS_PER_WEEK;
  const gapWeeks = Math.max(0.3, spanWeeks / (orderDays - 1));
  const sinceWeeks = timeSinceLastPurchaseMs(vector, asOfMs) / MS_PER_WEEK;
  if (sinceWeeks > 3 * gapWeeks + 1) return 2;
  return gapWeeks <= 3 ? 0 : 1;
};

export type RatioRow = {
  readonly customer: number;
  readonly forecastMinor: number;
  readonly actualMinor: number;
  readonly activity: number;
};

const quantile = (sorted: readonly number[], p: number): number => {
  const position = (sorted.length - 1) * p;
  const low = Math.floor(position);
  const a = sorted[low] ?? 0;
  return a + ((sorted[low + 1] ?? a) - a) * (position - low);
};

/**
 * Where a share of what is still to come lies among what was seen of `count` customers: the bounds of split
 * conformal prediction, which few customers move outwards, to the extremes below 1 / share.
 */
const amongSeen = (p: number, count: number): number =>
  count < 2 ? Math.round(p) : Math.min(1, Math.max(0, ((count + 1) * p - 1) / (count - 1)));

/** Ratios of a cell and who they are of: rows of one customer are no independent cases. */
type Cell = { readonly ratios: number[]; readonly customers: Set<number> };

const createCell = (): Cell => ({ ratios: [], customers: new Set() });

const isEnough = ({ ratios, customers }: Cell): boolean =>
  ratios.length >= CELL_ROWS_MIN && customers.size >= CELL_CUSTOMERS_MIN;

/** Quantiles of a cell at INTERVAL_PROBABILITIES. */
const toRatios = ({ ratios, customers }: Cell): readonly number[] => {
  ratios.sort((a, b) => a - b);
  const table = INTERVAL_PROBABILITIES.map((p) => quantile(ratios, amongSeen(p, customers.size)));
  // Where many buy nothing, nobody lies below the lower bound: the upper one then bounds 80 %.
  const lower = table[LOWER_80] ?? 0;
  const below = ratios.filter((ratio) => ratio < lower).length / Math.max(1, ratios.length);
  const missed = lower > 0 ? INTERVAL_PROBABILITIES[LOWER_80] : below;
  table[UPPER_80] = quantile(ratios, amongSeen(Math.min(1, COVERAGE + missed), customers.size));
  return table;
};

/** Learns the table from closed windows. */
export const fitIntervals = (rows: readonly RatioRow[]): IntervalTable => {
  const usable = rows.filter((row) => row.forecastMinor > 0);
  const sizes = usable.map((row) => row.forecastMinor).sort((a, b) => a - b);
  const sizeBoundsMinor = Array.from({ length: SIZE_CLASSES - 1 }, (_, i) =>
    Math.round(quantile(sizes, (i + 1) / SIZE_CLASSES)),
  );
  const cells = Array.from({ length: SIZE_CLASSES * ACTIVITY_CLASSES }, createCell);
  const byActivity = Array.from({ length: ACTIVITY_CLASSES }, createCell);
  const all = createCell();
  for (const { customer, forecastMinor, actualMinor, activity } of usable) {
    const own = cells[cellOf(sizeBoundsMinor, forecastMinor, activity)];
    for (const cell of [own, byActivity[activity], all]) {
      cell?.ratios.push(actualMinor / forecastMinor);
      cell?.customers.add(customer);
    }
  }
  const overall = toRatios(all);
  const pooled = byActivity.map((cell) => (isEnough(cell) ? toRatios(cell) : overall));
  return {
    sizeBoundsMinor,
    ratios: cells.map((cell, i) =>
      isEnough(cell) ? toRatios(cell) : (pooled[i % ACTIVITY_CLASSES] ?? overall),
    ),
  };
};

const cellOf = (bounds: readonly number[], forecastMinor: number, activity: number): number => {
  let size = 0;
  while (size < bounds.length && forecastMinor >= (bounds[size] ?? 0)) size += 1;
  return size * ACTIVITY_CLASSES + activity;
};

const NO_SPREAD = INTERVAL_PROBABILITIES.map(() => 1);

/** The ratios that apply to a forecast. */
export const ratiosFor = (
  table: IntervalTable,
  forecastMinor: number,
  activity: number,
): readonly number[] =>
  table.ratios[cellOf(table.sizeBoundsMinor, forecastMinor, activity)] ?? NO_SPREAD;

/** Whole minor units, as far as they can be written: a model gone wrong may say anything. */
const toMinor = (amount: number): number => Math.min(Number.MAX_SAFE_INTEGER, Math.round(amount));

/** The amount, minor units, that a customer falls short of as often as it exceeds it. */
export const medianMinor = (ratios: readonly number[], forecastMinor: number): number =>
  toMinor(forecastMinor * (ratios[MEDIAN] ?? 1));

/**
 * Bounds of the 80 % interval around a forecast, in minor units. They hold the forecast: where nine of ten
 * buy nothing, 80 % of the outcomes are 0 and the mean is not, and no one is to read "12 expected, between 0
 * and 0".
 */
export const interval80 = (
  ratios: readonly number[],
  forecastMinor: number,
): { readonly lower80Minor: number; readonly upper80Minor: number } => ({
  lower80Minor: toMinor(forecastMinor * Math.min(1, ratios[LOWER_80] ?? 0)),
  upper80Minor: toMinor(forecastMinor * Math.max(1, ratios[UPPER_80] ?? 1)),
});
