/**
 * Runs of order days without a product group: on how many days the customer bought since it last bought the
 * group. Counted in the customer's own order days and not in time, so that a customer who slows down, or
 * stops, says nothing about one group: only buying on without it does.
 */
import betaln from '@stdlib/math-base-special-betaln';
import type { Document } from '../customer/document.js';
import { MS_PER_DAY } from '../features/vector.js';

const YEAR_MS = 365 * MS_PER_DAY;

export type GroupRun = {
  /** Time of the last order day that held the group. */
  readonly lastMs: number;
  /** Order days in the year up to it, and how many of them held the group. */
  readonly days: number;
  readonly held: number;
  /** Order days since. */
  readonly without: number;
};

/** Order days of a customer, in order, and by group the indices of those that held it. */
export type OrderDays = {
  readonly atMs: number[];
  readonly held: Map<number, number[]>;
};

export const createOrderDays = (): OrderDays => ({ atMs: [], held: new Map() });

const dayOf = (atMs: number): number => Math.floor(atMs / MS_PER_DAY);

/** Adds a document; documents come in canonical order. Only sales make an order day. */
export const addOrderDay = (
  { atMs, held }: OrderDays,
  { orderedAtMs, isReturn, lines }: Document,
): void => {
  if (isReturn || !lines.some(({ netMinor }) => netMinor > 0)) return;
  const last = atMs[atMs.length - 1];
  if (last === undefined || dayOf(last) !== dayOf(orderedAtMs)) atMs.push(orderedAtMs);
  const day = atMs.length - 1;
  for (const { groupId, netMinor } of lines) {
    if (netMinor <= 0) continue;
    const days = held.get(groupId);
    if (days === undefined) held.set(groupId, [day]);
    else if (days[days.length - 1] !== day) days.push(day);
  }
};

/** The order days of documents. */
export const orderDaysOf = (documents: readonly Document[]): OrderDays => {
  const days = createOrderDays();
  for (const document of documents) addOrderDay(days, document);
  return days;
};

/** The run of a group that had not ended by a time; null when it was never bought. */
export const runOf = (
  { atMs, held }: OrderDays,
  groupId: number,
  untilMs = Number.POSITIVE_INFINITY,
): GroupRun | null => {
  const days = held.get(groupId);
  const last = days?.[days.length - 1];
  if (days === undefined || last === undefined) return null;
  const lastMs = atMs[last] ?? 0;
  let first = last;
  while (first > 0 && (atMs[first - 1] ?? 0) >= lastMs - YEAR_MS) first -= 1;
  let from = days.length - 1;
  while (from > 0 && (days[from - 1] ?? 0) >= first) from -= 1;
  let end = atMs.length - 1;
  while (end > last && (atMs[end] ?? 0) > untilMs) end -= 1;
  return { lastMs, days: last - first + 1, held: days.length - from, without: end - last };
};

/**
 * Probability of so long a run, were the group bought as before: beta-binomial, the share of order days with
 * the group known from those of the year. The last of them does not count, since it was chosen for holding it.
 */
export const runProbability = ({ days, held, without }: GroupRun): number => {
  const a = held - 0.5;
  const b = days - held + 0.5;
  return without <= 0 ? 1 : Math.exp(betaln(a, b + without) - betaln(a, b));
};

/** Order days without the group from which on a run is at most this probable; at most `without`, else null. */
const daysUntil = (run: GroupRun, probability: number): number | null => {
  let probabilityNow = 1;
  const a = run.held - 0.5;
  const b = run.days - run.held + 0.5;
  for (let n = 0; n < run.without; n += 1) {
    probabilityNow *= (b + n) / (a + b + n);
    if (probabilityNow <= probability) return n + 1;
  }
  return null;
};

/** Time of the order day on which a run became improbable; null while it is not. */
export const improbableSinceMs = (
  { atMs, held }: OrderDays,
  { groupId, probability }: { readonly groupId: number; readonly probability: number },
): number | null => {
  const run = runOf({ atMs, held }, groupId);
  const days = run === null ? null : daysUntil(run, probability);
  return run === null || days === null
    ? null
    : (atMs[atMs.length - 1 - run.without + days] ?? null);
};
