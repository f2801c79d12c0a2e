/**
 * The pace of the last orders before a time against the usual one: their size times how soon one followed
 * the other. A customer that stops at once keeps its pace to the end; one that fades loses it before.
 */
import { MS_PER_DAY } from '../features/vector.js';
import type { LedgerView } from './ledger-view.js';

/** Last orders looked at; and orders before them, without which nothing is usual. */
const LAST = 3;
const USUAL_MIN = 4;
const USUAL_MAX = 24;

type OrderDay = { readonly day: number; netMinor: number };

/** Sales by day before a time, ascending. */
const orderDaysBefore = (view: LedgerView, toMs: number): readonly OrderDay[] => {
  const days: OrderDay[] = [];
  for (const { orderedAtMs, isReturn, lines } of view.documents()) {
    if (orderedAtMs >= toMs) break;
    if (isReturn) continue;
    const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0);
    if (netMinor <= 0) continue;
    const day = Math.floor(orderedAtMs / MS_PER_DAY);
    const last = days[days.length - 1];
    if (last?.day === day) last.netMinor += netMinor;
    else days.push({ day, netMinor });
  }
  return days;
};

const sizeOf = (days: readonly OrderDay[]): number =>
  days.reduce((sum, { netMinor }) => sum + netMinor, 0) / Math.max(1, days.length);

/** Mean days from one order to the next, from the one before the first to the last. */
const gapOf = (days: readonly OrderDay[], before: OrderDay | undefined): number => {
  const first = before ?? days[0];
  const last = days[days.length - 1];
  const gaps = before === undefined ? days.length - 1 : days.length;
  return first === undefined || last === undefined ? 0 : (last.day - first.day) / Math.max(1, gaps);
};

/** Pace of the last three orders relative to those before; null with fewer than seven. */
export const paceBefore = (view: LedgerView, toMs: number): number | null => {
  const days = orderDaysBefore(view, toMs);
  const last = days.slice(-LAST);
  const usual = days.slice(-LAST - USUAL_MAX, -LAST);
  if (usual.length < USUAL_MIN) return null;
  const usualGap = gapOf(usual, undefined);
  const lastGap = gapOf(last, usual[usual.length - 1]);
  if (usualGap <= 0 || lastGap <= 0) return null;
  return (sizeOf(last) / sizeOf(usual)) * (usualGap / lastGap);
};
