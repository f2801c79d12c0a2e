/**
 * The comparison period of a customer: what is forecast when it opens is compared when it closes. Its
 * borders lie on a grid that is shifted per customer by a hash of its id, so that the portfolio's
 * periods end spread over the weeks and not all on one day.
 */
import type { CustomerState, ExpectationWindow } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { V } from '../features/vector.js';
import { forecastCustomer } from '../models/forecast.js';

const MS_PER_DAY = 86_400_000;
const MS_PER_WEEK = 7 * MS_PER_DAY;
/** Groups kept in a window; the smallest expectations are left out beyond it. */
export const WINDOW_GROUPS_MAX = 24;

/** FNV-1a over UTF-16 units, 32 bits: spreads ids, nothing more. */
export const spreadHash = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
};

/** The end of a period that opens now: on the customer's grid, at least the least length ahead. */
export const windowEndMs = (
  customerId: string,
  asOfMs: number,
  {
    windowWeeks,
    windowWeeksMin,
  }: { readonly windowWeeks: number; readonly windowWeeksMin: number },
): number => {
  const lengthMs = windowWeeks * MS_PER_WEEK;
  const shiftMs = (spreadHash(customerId) % (windowWeeks * 7)) * MS_PER_DAY;
  const earliestMs = asOfMs + windowWeeksMin * MS_PER_WEEK;
  return Math.ceil((earliestMs - shiftMs) / lengthMs) * lengthMs + shiftMs;
};

/** Forecasts the period that begins now; null for a customer that never bought. */
export const openWindow = (
  { customerId, vector, groups }: CustomerState,
  { asOfMs, model, rulebook }: DecisionContext,
): ExpectationWindow | null => {
  if ((vector[V.orderDays] ?? 0) === 0) return null;
  const toMs = windowEndMs(customerId, asOfMs, rulebook.alerts);
  const horizonDays = Math.round((toMs - asOfMs) / MS_PER_DAY);
  const forecast = forecastCustomer({ vector, groups, asOfMs, horizonDays, model });
  const { expectedMinor, lower80Minor, upper80Minor } = forecast;
  const kept = forecast.groups
    .filter((group) => group.expectedMinor > 0)
    .sort((a, b) => b.expectedMinor - a.expectedMinor || a.groupId - b.groupId)
    .slice(0, WINDOW_GROUPS_MAX)
    .sort((a, b) => a.groupId - b.groupId);
  return {
    fromMs: asOfMs,
    toMs,
    total: { expectedMinor, lower80Minor, upper80Minor },
    groups: kept.map(({ expectedOrders: _orders, ...group }) => group),
  };
};
