/**
 * Silence as a signal: how unlikely a silence must be before it counts as overdue, for the customer
 * and for single product groups. Every gap is a new chance of a false alarm, so the limit is set by
 * false alarms per year: who orders weekly must be silent for relatively longer than who orders twice a year.
 */
import { G } from '../features/groups.js';
import { V } from '../features/vector.js';
import type { AlertRules } from './rules.js';

const MS_PER_YEAR = 365.25 * 86_400_000;

/** Limit of the tail probability for gaps of this mean length. */
export const overdueLimit = (
  meanGapMs: number,
  { overdueProbabilityMax, overdueFalseAlarmsPerYear }: AlertRules,
): number => Math.min(overdueProbabilityMax, (overdueFalseAlarmsPerYear * meanGapMs) / MS_PER_YEAR);

/** Mean gap between the days of purchase; null with fewer than two. */
export const meanGapMs = (vector: readonly number[]): number | null => {
  const gaps = (vector[V.orderDays] ?? 0) - 1;
  if (gaps < 1) return null;
  return ((vector[V.lastOrderedAtMs] ?? 0) - (vector[V.firstOrderedAtMs] ?? 0)) / gaps;
};

/**
 * Tail probability of a group's silence: exponential gaps whose rate is estimated from the group's own
 * gaps, so P(gap > s) = (1 + s / sum of gaps)^-n. Conservative for regular buyers. 1 without a rhythm.
 */
export const groupSilenceProbability = (
  groups: readonly number[],
  start: number,
  { asOfMs, purchasesMin }: { readonly asOfMs: number; readonly purchasesMin: number },
): number => {
  const purchases = groups[start + G.purchases] ?? 0;
  const firstMs = groups[start + G.firstOrderedAtMs] ?? 0;
  const lastMs = groups[start + G.lastOrderedAtMs] ?? 0;
  const sumMs = lastMs - firstMs;
  if (purchases < Math.max(2, purchasesMin) || sumMs <= 0) return 1;
  const gaps = purchases - 1;
  const silentMs = Math.max(0, asOfMs - lastMs);
  return Math.pow(1 + silentMs / sumMs, -gaps);
};

/** When a group's silence becomes improbable: groupSilenceProbability solved for time; null without a rhythm. */
export const groupOverdueAtMs = (
  groups: readonly number[],
  start: number,
  rules: AlertRules,
): number | null => {
  const purchases = groups[start + G.purchases] ?? 0;
  const lastMs = groups[start + G.lastOrderedAtMs] ?? 0;
  const sumMs = lastMs - (groups[start + G.firstOrderedAtMs] ?? 0);
  if (purchases < Math.max(2, rules.groupPurchasesMin) || sumMs <= 0) return null;
  const gaps = purchases - 1;
  const limit = overdueLimit(sumMs / gaps, rules);
  return Math.ceil(lastMs + sumMs * (Math.pow(limit, -1 / gaps) - 1));
};
