/** A year's purchases of a customer by product group, each with the variance that is luck. */
import type { CustomerHistory } from '../models/history.js';
import { MONTHS_PER_YEAR, MS_PER_MONTH } from '../features/vector.js';
import { yearVariance } from '../features/year-luck.js';

export type GroupYear = {
  /** Net amount, at least 0, reporting minor units. */
  readonly boughtMinor: number;
  /** Variance of such a year; squared minor units. */
  readonly variance: number;
};

/** The year before the as-of time by product group. */
export const yearByGroup = (
  documents: CustomerHistory['documents'],
  asOfMs: number,
): ReadonlyMap<number, GroupYear> => {
  const byGroup = new Map<number, number[]>();
  for (const { orderedAtMs, lines } of documents) {
    const month = Math.ceil((asOfMs - orderedAtMs) / MS_PER_MONTH) - 1;
    if (month < 0 || month >= MONTHS_PER_YEAR) continue;
    for (const { groupId, netMinor } of lines) {
      const months = byGroup.get(groupId) ?? new Array<number>(MONTHS_PER_YEAR).fill(0);
      byGroup.set(groupId, months);
      months[month] = (months[month] ?? 0) + netMinor;
    }
  }
  const years = new Map<number, GroupYear>();
  for (const [groupId, months] of byGroup) {
    const sum = months.reduce((total, minor) => total + minor, 0);
    const squares = months.reduce((total, minor) => total + minor * minor, 0);
    years.set(groupId, { boughtMinor: Math.max(0, sum), variance: yearVariance(sum, squares) });
  }
  return years;
};
