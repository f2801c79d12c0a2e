/**
 * What a split of the forecast over known groups and products must hold back: the share of a window's sales
 * that falls on product groups the customer never bought before, and within known groups on products it never
 * bought. Learned from closed windows by how often the customer had bought; few customers of a class are
 * shrunk toward all.
 */
import { MS_PER_DAY, MS_PER_WEEK } from '../features/vector.js';
import type { CustomerHistory } from './history.js';

/** Shares, 0 to 1, by class of purchase days so far. */
export type NewShares = {
  readonly groups: readonly number[];
  readonly products: readonly number[];
};

/** Least purchase days of the classes but the first. */
const CLASS_FROM = [2, 4, 8, 16, 32] as const;
const ORIGIN_STEP_WEEKS = 4;
const ORIGINS_MAX = 6;
const WARM_UP_WEEKS = 6;
/** Windows of customers that count against as many of the mean. */
const PRIOR_WINDOWS = 20;
/** Everything a customer buys may be new to it, but not in expectation. */
const SHARE_MAX = 0.9;

/** Class of a customer with so many purchase days. */
export const purchaseClass = (orderDays: number): number => {
  let found = 0;
  while (found < CLASS_FROM.length && orderDays >= (CLASS_FROM[found] ?? 0)) found += 1;
  return found;
};

/** Share of a class; nothing is held back where nothing was learned. */
export const newShare = (shares: readonly number[] | undefined, orderDays: number): number =>
  shares?.[purchaseClass(orderDays)] ?? 0;

type Sums = { weight: number; weighted: number; windows: number };
const createSums = (): Sums[] =>
  Array.from({ length: CLASS_FROM.length + 1 }, () => ({ weight: 0, weighted: 0, windows: 0 }));

/** One window counts by the root of its money: a giant's basket is that of one customer. */
const addShare = (sums: Sums | undefined, part: number, whole: number): void => {
  if (sums === undefined || whole <= 0) return;
  const weight = Math.sqrt(whole);
  sums.weight += weight;
  sums.weighted += weight * (part / whole);
  sums.windows += 1;
};

const toShares = (sums: readonly Sums[]): readonly number[] => {
  const weight = sums.reduce((total, each) => total + each.weight, 0);
  if (weight <= 0) return [];
  const mean = sums.reduce((total, each) => total + each.weighted, 0) / weight;
  return sums.map((each) => {
    const own = each.weight > 0 ? each.weighted / each.weight : mean;
    const trust = each.windows / (each.windows + PRIOR_WINDOWS);
    return Number(Math.min(SHARE_MAX, mean + trust * (own - mean)).toPrecision(5));
  });
};

type Bought = { groups: Set<number>; products: Set<number>; days: number; lastDay: number };

/** Remembers a document's purchases. */
const remember = (bought: Bought, document: CustomerHistory['documents'][number]): void => {
  let hasBought = false;
  for (const { groupId, skuId, netMinor } of document.lines) {
    if (netMinor <= 0) continue;
    bought.groups.add(groupId);
    bought.products.add(skuId);
    hasBought = true;
  }
  const day = Math.floor(document.orderedAtMs / MS_PER_DAY);
  if (hasBought && day !== bought.lastDay) {
    bought.days += 1;
    bought.lastDay = day;
  }
};

const originsOf = (asOfMs: number, firstMs: number, horizonMs: number): readonly number[] => {
  const origins: number[] = [];
  let origin = asOfMs - horizonMs;
  while (origin >= firstMs + WARM_UP_WEEKS * MS_PER_WEEK && origins.length < ORIGINS_MAX) {
    origins.unshift(origin);
    origin -= ORIGIN_STEP_WEEKS * MS_PER_WEEK;
  }
  return origins;
};

/** Learns the shares of a horizon from windows closed at the as-of time. */
export const fitNewShares = (
  histories: readonly CustomerHistory[],
  {
    asOfMs,
    firstMs,
    horizonDays,
  }: { readonly asOfMs: number; readonly firstMs: number; readonly horizonDays: number },
): NewShares => {
  const horizonMs = horizonDays * MS_PER_DAY;
  const origins = originsOf(asOfMs, firstMs, horizonMs);
  const byGroup = createSums();
  const byProduct = createSums();
  for (const { documents } of histories) {
    const bought: Bought = { groups: new Set(), products: new Set(), days: 0, lastDay: -1 };
    let at = 0;
    for (const originMs of origins) {
      const before = documents.slice(at).findIndex(({ orderedAtMs }) => orderedAtMs >= originMs);
      const until = before < 0 ? documents.length : at + before;
      documents.slice(at, until).forEach((document) => {
        remember(bought, document);
      });
      at = until;
      if (bought.days === 0) continue;
      const { all, known, newProducts } = salesOf(documents, {
        bought,
        from: at,
        untilMs: originMs + horizonMs,
      });
      const group = purchaseClass(bought.days);
      addShare(byGroup[group], all - known, all);
      addShare(byProduct[group], newProducts, known);
    }
  }
  return { groups: toShares(byGroup), products: toShares(byProduct) };
};

/** Sales of a window: all, those of known groups, and of these those of new products; minor units. */
const salesOf = (
  documents: CustomerHistory['documents'],
  {
    bought,
    from,
    untilMs,
  }: { readonly bought: Bought; readonly from: number; readonly untilMs: number },
): { readonly all: number; readonly known: number; readonly newProducts: number } => {
  let all = 0;
  let known = 0;
  let newProducts = 0;
  for (let i = from; i < documents.length; i += 1) {
    const document = documents[i];
    if (document === undefined || document.orderedAtMs >= untilMs) break;
    for (const { groupId, skuId, netMinor } of document.lines) {
      if (netMinor <= 0) continue;
      all += netMinor;
      if (!bought.groups.has(groupId)) continue;
      known += netMinor;
      if (!bought.products.has(skuId)) newProducts += netMinor;
    }
  }
  return { all, known, newProducts };
};
