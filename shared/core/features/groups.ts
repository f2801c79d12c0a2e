/**
 * Statistics per product group of a customer, GROUP_STRIDE doubles each, ascending by group id, in
 * one array of doubles. Updated in O(groups) per line: customers buy a handful of groups.
 */
import { HALF_LIVES_WEEKS, MS_PER_WEEK } from './vector.js';

/** Layout of a group's entry. */
export const G = {
  groupId: 0,
  firstOrderedAtMs: 1,
  lastOrderedAtMs: 2,
  /** Net revenue decayed with a half-life of 40 weeks, as of decayedAtMs. */
  decayed40Minor: 3,
  decayedAtMs: 4,
  lifetimeMinor: 5,
  /** Times bought: documents' lines of the group on distinct times. */
  purchases: 6,
} as const;

export const GROUP_STRIDE = 7;
/** A group known for less is taken to have been bought over at least so long. */
const AGE_MS_MIN = 4 * MS_PER_WEEK;
const RATE_LONG = -Math.LN2 / (HALF_LIVES_WEEKS.long * MS_PER_WEEK);

export type GroupTotals = {
  readonly groupId: number;
  readonly orderedAtMs: number;
  /** Net amount of the line, reporting minor units; negative on returns. */
  readonly netMinor: number;
};

/** Folds a line into the groups in place; lines come in canonical order of their documents. */
export const foldGroup = (groups: number[], line: GroupTotals): void => {
  const at = findGroup(groups, line.groupId);
  const start = at >= 0 ? at : insertGroup(groups, ~at, line);
  const elapsedMs = line.orderedAtMs - (groups[start + G.decayedAtMs] ?? 0);
  const decayed = groups[start + G.decayed40Minor] ?? 0;
  groups[start + G.decayed40Minor] =
    (elapsedMs === 0 ? decayed : decayed * Math.exp(RATE_LONG * elapsedMs)) + line.netMinor;
  groups[start + G.decayedAtMs] = line.orderedAtMs;
  groups[start + G.lifetimeMinor] = (groups[start + G.lifetimeMinor] ?? 0) + line.netMinor;
  if (line.netMinor <= 0) return;
  const lastAtMs = groups[start + G.lastOrderedAtMs] ?? 0;
  if (lastAtMs === line.orderedAtMs) return;
  if (lastAtMs === 0) groups[start + G.firstOrderedAtMs] = line.orderedAtMs;
  groups[start + G.lastOrderedAtMs] = line.orderedAtMs;
  groups[start + G.purchases] = (groups[start + G.purchases] ?? 0) + 1;
};

/** Returns the index of a group's entry, or the complement of where it would be inserted. */
export const findGroup = (groups: readonly number[], groupId: number): number => {
  for (let start = 0; start < groups.length; start += GROUP_STRIDE) {
    const id = groups[start] ?? 0;
    if (id === groupId) return start;
    if (id > groupId) return ~start;
  }
  return ~groups.length;
};

const insertGroup = (groups: number[], start: number, line: GroupTotals): number => {
  groups.splice(start, 0, line.groupId, 0, 0, 0, line.orderedAtMs, 0, 0);
  return start;
};

/** Fading revenue of the entry at `start` as of a time, in minor units; never negative. */
export const groupWeight = (groups: readonly number[], start: number, asOfMs: number): number => {
  const elapsedMs = Math.max(0, asOfMs - (groups[start + G.decayedAtMs] ?? 0));
  return Math.max(0, (groups[start + G.decayed40Minor] ?? 0) * Math.exp(RATE_LONG * elapsedMs));
};

/** Usual net revenue per week of the entry at `start`, as of half a gap behind its last purchase. */
export const groupWeeklyMinor = (groups: readonly number[], start: number): number => {
  const firstMs = groups[start + G.firstOrderedAtMs] ?? 0;
  const lastMs = groups[start + G.lastOrderedAtMs] ?? 0;
  const gapMs = (lastMs - firstMs) / Math.max(1, (groups[start + G.purchases] ?? 0) - 1);
  const asOfMs = lastMs + gapMs / 2;
  const ageMs = Math.max(AGE_MS_MIN, asOfMs - firstMs);
  const weight = groupWeight(groups, start, asOfMs);
  return (weight * -RATE_LONG * MS_PER_WEEK) / -Math.expm1(RATE_LONG * ageMs);
};
