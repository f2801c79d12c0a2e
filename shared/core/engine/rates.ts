/**
 * Exchange rates by day, as broadcast. An amount is converted with the rate of its document's day,
 * or the last one before it; where none is known the caller dead-letters the record.
 */
import { MS_PER_DAY } from '../features/vector.js';

export type DayRate = { readonly epochDay: number; readonly minorRateNano: number };

/** Rates by currency, ascending by day. */
export type RateTable = Map<string, DayRate[]>;

/** Days of rates that are kept: the correction window of 24 months and some slack. */
export const RATE_DAYS_MAX = 800;
const NANO = 1_000_000_000;

/** Rates of real currencies lie far within: 1 billion minor units for one. */
const MINOR_RATE_NANO_MAX = NANO * NANO;

/** True for a rate that can be: above zero and not absurd. */
export const isRate = (minorRateNano: number): boolean =>
  minorRateNano > 0 && minorRateNano <= MINOR_RATE_NANO_MAX;

/** Sets the rate of a currency on a day; a repeated broadcast replaces it. */
export const setRate = (table: RateTable, currency: string, rate: DayRate): void => {
  const days = table.get(currency) ?? [];
  const kept = days.filter((day) => day.epochDay !== rate.epochDay);
  kept.push(rate);
  kept.sort((a, b) => a.epochDay - b.epochDay);
  table.set(currency, kept.slice(-RATE_DAYS_MAX));
};

/** Returns reporting minor units for one minor unit on that day, or null when none is known. */
export const rateOn = (table: RateTable, currency: string, atMs: number): number | null => {
  const days = table.get(currency);
  if (days === undefined) return null;
  const epochDay = Math.floor(atMs / MS_PER_DAY);
  let low = 0;
  let high = days.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((days[middle]?.epochDay ?? 0) <= epochDay) low = middle + 1;
    else high = middle;
  }
  const day = days[low - 1];
  return day === undefined ? null : day.minorRateNano / NANO;
};
