/**
 * Runs of order days without a product group: on how many days the customer bought since it last bought the
 * group. Counted in the customer's own order days and not in time, so that a customer who slows down, or
 * stops, says nothing about one group: only buying on without it does.
 */
import type { Document } from '../customer/document.js';
import { MS_PER_DAY } from '../features/vector.js';
import { daysUntilImprobable, missedProbability, type HeldSizes } from './run-probability.js';

const YEAR_MS = 365 * MS_PER_DAY;

export type GroupRun = {
  /** Time of the last order day that held the group. */
  readonly lastMs: number;
  /**
   * Products of the order days in the year up to it, and of those since. The last that held the group does not
   * count, since it was chosen for holding it.
   */
  readonly sizes: HeldSizes;
};

/** Order days of a customer, in order, and by group the indices of those that held it. */
export type OrderDays = {
  readonly atMs: number[];
  /** Different products bought on each. */
  readonly products: number[];
  readonly held: Map<number, number[]>;
  /** Products of the newest day. */
  readonly newest: Set<number>;
};

export const createOrderDays = (): OrderDays => ({
  atMs: [],
  products: [],
  held: new Map(),
  newest: new Set(),
});

const dayOf = (atMs: number): number => Math.floor(atMs / MS_PER_DAY);

/** Adds a document; documents come in canonical order. Only sales make an order day. */
export const addOrderDay = (
  { atMs, products, held, newest }: OrderDays,
  { orderedAtMs, isReturn, lines }: Document,
): void => {
  if (isReturn || !lines.some(({ netMinor }) => netMinor > 0)) return;
  const last = atMs[atMs.length - 1];
  if (last === undefined || dayOf(last) !== dayOf(orderedAtMs)) {
    atMs.push(orderedAtMs);
    newest.clear();
  }
  const day = atMs.length - 1;
  for (const { groupId, skuId, netMinor } of lines) {
    if (netMinor <= 0) continue;
    newest.add(skuId);
    const days = held.get(groupId);
    if (days === undefined) held.set(groupId, [day]);
    else if (days[days.length - 1] !== day) days.push(day);
  }
  products[day] = newest.size;
};

/** The order days of documents. */
export const orderDaysOf = (documents: readonly Document[]): OrderDays => {
  const days = createOrderDays();
  for (const document of documents) addOrderDay(days, document);
  return days;
};

/** The run of a group that had not ended by a time; null when it was never bought. */
export const runOf = (
  { atMs, products, held }: OrderDays,
  groupId: number,
  untilMs = Number.POSITIVE_INFINITY,
): GroupRun | null => {
  const days = held.get(groupId);
  const last = days?.[days.length - 1];
  if (days === undefined || last === undefined) return null;
  const lastMs = atMs[last] ?? 0;
  let end = atMs.length - 1;
  while (end > last && (atMs[end] ?? 0) > untilMs) end -= 1;
  const sizes = { held: [] as number[], missed: [] as number[] };
  let at = days.length - 2;
  for (let day = last - 1; day >= 0 && (atMs[day] ?? 0) >= lastMs - YEAR_MS; day -= 1) {
    const isHeld = days[at] === day;
    if (isHeld) at -= 1;
    (isHeld ? sizes.held : sizes.missed).push(products[day] ?? 0);
  }
  return { lastMs, sizes: { ...sizes, without: products.slice(last + 1, end + 1) } };
};

/** Probability of so long a run, were the group bought as before. */
export const runProbability = ({ sizes }: GroupRun): number => missedProbability(sizes);

/** Time of the order day on which a run became improbable; null while it is not. */
export const improbableSinceMs = (
  orderDays: OrderDays,
  { groupId, probability }: { readonly groupId: number; readonly probability: number },
): number | null => {
  const run = runOf(orderDays, groupId);
  const days = run === null ? null : daysUntilImprobable(run.sizes, probability);
  if (run === null || days === null) return null;
  const { atMs } = orderDays;
  return atMs[atMs.length - 1 - run.sizes.without.length + days] ?? null;
};
