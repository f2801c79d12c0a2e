/**
 * Reads dates as ERPs and spreadsheets write them. Whether day or month comes first in 05/01/2015 cannot be
 * told from one date; the whole column tells it, by a date with a part beyond 12. Nothing depends on the
 * machine's zone: without a zone of its own a time is UTC.
 */

/** Which part comes first in dates that end with the year. */
export type DateOrder = 'day-first' | 'month-first';

const ISO_ZONED = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)$/i;
const TIME = String.raw`(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?: ?([AP])\.?M\.?)?)?`;
const YEAR_FIRST = new RegExp(
  String.raw`^(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|(\d{2})(\d{2}))${TIME}$`,
  'i',
);
const YEAR_LAST = new RegExp(String.raw`^(\d{1,2})([-/.])(\d{1,2})\2(\d{2}|\d{4})${TIME}$`, 'i');
const MONTH_NAMED = new RegExp(
  String.raw`^(?:(\d{1,2})[-/. ]+([a-z]{3,9})|([a-z]{3,9})[-/. ]+(\d{1,2}))[-/., ]+(\d{2}|\d{4})${TIME}$`,
  'i',
);
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
] as const;
const LETTERS_MIN = 3;
const MONTHS_A_YEAR = 12;
const HOURS_HALF_DAY = 12;
/** Two digits below this are of this century, the others of the last one (as POSIX has it). */
const CENTURY_PIVOT = 69;

type Parts = readonly (string | undefined)[];
type Day = { readonly year: number; readonly month: number; readonly day: number };

const hourOf = (text: string, half: string | undefined): number => {
  const hour = Number(text);
  if (half === undefined) return hour;
  if (hour < 1 || hour > HOURS_HALF_DAY) return Number.NaN;
  return (hour % HOURS_HALF_DAY) + (half.toUpperCase() === 'P' ? HOURS_HALF_DAY : 0);
};

/** The time of a day, or null where the calendar or the clock has no such time. */
const timeOf = (
  { year, month, day }: Day,
  [hours = '0', minutes = '0', seconds = '0', fraction = '', half]: Parts,
): number | null => {
  const [hour, minute, second] = [hourOf(hours, half), Number(minutes), Number(seconds)];
  const time = Date.UTC(year, month - 1, day, hour, minute, second, Number(`0.${fraction}0`) * 1e3);
  const date = new Date(time);
  const isReal =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  return isReal ? time : null;
};

const yearOf = (text: string): number => {
  const year = Number(text);
  if (text.length > 2) return year;
  return year + (year < CENTURY_PIVOT ? 2_000 : 1_900);
};

const monthNamed = (name: string): number =>
  name.length < LETTERS_MIN
    ? 0
    : MONTHS.findIndex((month) => month.startsWith(name.toLowerCase())) + 1;

/** A date whose month has a name, which tells its place. */
const namedTimeOf = (text: string): number | null => {
  const named = MONTH_NAMED.exec(text);
  if (named === null) return null;
  const [, dayBefore, monthAfter, monthBefore, dayAfter, year = '', ...time] = named;
  const month = monthNamed(monthAfter ?? monthBefore ?? '');
  return timeOf({ year: yearOf(year), month, day: Number(dayBefore ?? dayAfter) }, time);
};

/** Reads a date or time, or returns null; without an order those that end with the year are none. */
export const toTimeMs = (text: string, order: DateOrder | null = null): number | null => {
  const first = YEAR_FIRST.exec(text);
  if (first !== null) {
    const [, year, , month, day, monthAlone, dayAlone, ...time] = first;
    return timeOf(
      { year: Number(year), month: Number(month ?? monthAlone), day: Number(day ?? dayAlone) },
      time,
    );
  }
  if (ISO_ZONED.test(text)) {
    const time = Date.parse(text.replace(' ', 'T'));
    return Number.isNaN(time) ? null : time;
  }
  const last = YEAR_LAST.exec(text);
  if (last !== null) {
    if (order === null) return null;
    const [, a, , b, year = '', ...time] = last;
    const [day, month] = order === 'day-first' ? [a, b] : [b, a];
    return timeOf({ year: yearOf(year), month: Number(month), day: Number(day) }, time);
  }
  return namedTimeOf(text);
};

/** What one date tells of the order of its column. */
export type DateHint = DateOrder | 'either' | 'nothing';

/** Tells the order from one date: days go to 31, and points stand in dates with the day first. */
export const dateHint = (text: string): DateHint => {
  const last = YEAR_LAST.exec(text);
  if (last === null) return 'nothing';
  const [, a, separator, b] = last;
  if (Number(a) > MONTHS_A_YEAR || separator === '.') return 'day-first';
  return Number(b) > MONTHS_A_YEAR ? 'month-first' : 'either';
};

const DATE_CHARACTERS = 10;

/** The date of a time, as 2025-12-31 in UTC. */
export const isoDateOf = (ms: number): string =>
  new Date(ms).toISOString().slice(0, DATE_CHARACTERS);
