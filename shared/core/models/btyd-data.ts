/**
 * The data of buy-till-you-die models: per customer x repeat purchases (frequency), t_x first to
 * last purchase (recency) and T first purchase to as-of, in weeks. Equal rows are merged with a
 * count, which makes a fit on a large portfolio as fast as on its distinct rows.
 */
import { MS_PER_DAY, V } from '../features/vector.js';

export type BtydRow = {
  readonly x: number;
  readonly tx: number;
  readonly T: number;
  readonly count: number;
};

const DAYS_PER_WEEK = 7;

/** Reads x, t_x and T of a vector, in whole days; null before the first purchase. */
export const btydOf = (
  vector: readonly number[],
  asOfMs: number,
): { x: number; tx: number; T: number } | null => {
  const orderDays = vector[V.orderDays] ?? 0;
  if (orderDays === 0) return null;
  const firstDay = Math.floor((vector[V.firstOrderedAtMs] ?? 0) / MS_PER_DAY);
  const lastDay = Math.floor((vector[V.lastOrderedAtMs] ?? 0) / MS_PER_DAY);
  const asOfDay = Math.max(lastDay, Math.floor(asOfMs / MS_PER_DAY));
  return {
    x: orderDays - 1,
    tx: (lastDay - firstDay) / DAYS_PER_WEEK,
    T: (asOfDay - firstDay) / DAYS_PER_WEEK,
  };
};

/** Merges equal rows. */
export const mergeRows = (
  rows: readonly { readonly x: number; readonly tx: number; readonly T: number }[],
): readonly BtydRow[] => {
  const merged = new Map<string, { x: number; tx: number; T: number; count: number }>();
  for (const { x, tx, T } of rows) {
    const key = `${String(x)} ${String(tx)} ${String(T)}`;
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { x, tx, T, count: 1 });
    else known.count += 1;
  }
  return [...merged.values()];
};
