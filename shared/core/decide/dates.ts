/**
 * Days in words and numbers without a calendar object: core holds no clock, and ids of alerts and
 * opportunities name days so that people can read them.
 */
import { MS_PER_DAY } from '../features/vector.js';

/** Days from 0000-03-01 to 1970-01-01, and the lengths of the Gregorian cycles in days. */
const DAYS_TO_EPOCH = 719_468;
const DAYS_PER_ERA = 146_097;

/** ISO 8601 day (UTC) of a time, by Hinnant's civil_from_days ("chrono-compatible algorithms"). */
export const isoDay = (atMs: number): string => {
  const z = Math.floor(atMs / MS_PER_DAY) + DAYS_TO_EPOCH;
  const era = Math.floor(z / DAYS_PER_ERA);
  const doe = z - era * DAYS_PER_ERA;
  const yoe = Math.floor(
    (doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365,
  );
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const day = doy - Math.floor((153 * mp + 2) / 5) + 1;
  const month = mp < 10 ? mp + 3 : mp - 9;
  const year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
};

const two = (n: number): string => String(n).padStart(2, '0');
