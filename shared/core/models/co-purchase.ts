/**
 * What customers bought together, for the recommenders: the catalogue of products that enough customers
 * bought, each customer's basket as indexes into it, and how many customers bought both of two products.
 */
import type { DocumentLine } from '../customer/document.js';
import { MS_PER_WEEK } from '../features/vector.js';
import type { CustomerHistory } from './history.js';

/** Customers from which a product is worth a row; below, what goes with it is chance. */
const BUYERS_MIN = 3;
/** Products of one customer that count, the most bought ones: more say nothing about what belongs together. */
const BASKET_MAX = 600;
/** Weeks that say what is in demand at present. */
const RECENT_WEEKS = 8;
/**
 * A product not sold for so long that its own rate makes it this improbable is taken to be discontinued, but
 * not before a year and a month have passed: what sells at Christmas only is silent from January on.
 */
const DISCONTINUED_PROBABILITY = 0.01;
const DISCONTINUED_WEEKS_MIN = 56;

export type Product = {
  readonly skuId: number;
  readonly groupId: number;
  readonly buyers: number;
  readonly recentBuyers: number;
  readonly amountMinor: number;
  readonly isDiscontinued: boolean;
};

export type CoPurchase = {
  /** By falling number of buyers. */
  readonly products: readonly Product[];
  readonly indexOf: ReadonlyMap<number, number>;
  /** Per customer, in the order of the histories: ascending indexes of products. */
  readonly baskets: readonly Uint16Array[];
};

type Tally = {
  groupId: number;
  buyers: number;
  recentBuyers: number;
  lines: number;
  sumMinor: number;
  firstMs: number;
  lastMs: number;
};

const isBought = ({ netMinor }: DocumentLine): boolean => netMinor > 0;

const tally = (
  histories: readonly CustomerHistory[],
  asOfMs: number,
): ReadonlyMap<number, Tally> => {
  const tallies = new Map<number, Tally>();
  const recentMs = asOfMs - RECENT_WEEKS * MS_PER_WEEK;
  for (const { documents } of histories) {
    const lastByThis = new Map<number, number>();
    for (const { lines, orderedAtMs } of documents) {
      if (orderedAtMs >= asOfMs) break;
      for (const { skuId, groupId, netMinor } of lines.filter(isBought)) {
        addLine(tallies, { skuId, groupId, netMinor, orderedAtMs });
        lastByThis.set(skuId, orderedAtMs);
      }
    }
    for (const [skuId, lastMs] of lastByThis) {
      const entry = tallies.get(skuId) ?? newTally(lastMs);
      entry.buyers += 1;
      if (lastMs >= recentMs) entry.recentBuyers += 1;
    }
  }
  return tallies;
};

type Sold = {
  readonly skuId: number;
  readonly groupId: number;
  readonly netMinor: number;
  readonly orderedAtMs: number;
};

const addLine = (
  tallies: Map<number, Tally>,
  { skuId, groupId, netMinor, orderedAtMs }: Sold,
): void => {
  const entry = tallies.get(skuId) ?? newTally(orderedAtMs);
  tallies.set(skuId, entry);
  entry.groupId = groupId;
  entry.lines += 1;
  entry.sumMinor += netMinor;
  entry.firstMs = Math.min(entry.firstMs, orderedAtMs);
  entry.lastMs = Math.max(entry.lastMs, orderedAtMs);
};

const newTally = (atMs: number): Tally => ({
  groupId: 0,
  buyers: 0,
  recentBuyers: 0,
  lines: 0,
  sumMinor: 0,
  firstMs: atMs,
  lastMs: atMs,
});

/** P(silence at least as long) with exponential gaps whose rate is estimated from the product's own lines. */
const isDiscontinued = ({ lines, firstMs, lastMs }: Tally, asOfMs: number): boolean => {
  const soldMs = Math.max(1, lastMs - firstMs);
  const silentMs = asOfMs - lastMs;
  return (
    silentMs > DISCONTINUED_WEEKS_MIN * MS_PER_WEEK &&
    Math.pow(1 + silentMs / soldMs, 1 - lines) < DISCONTINUED_PROBABILITY
  );
};

/** Gathers the most bought products and who bought which of them before the as-of time. */
export const gatherCoPurchase = (
  histories: readonly CustomerHistory[],
  {
    asOfMs,
    productsMax,
    nameOf,
  }: {
    readonly asOfMs: number;
    readonly productsMax: number;
    readonly nameOf: (id: number) => string;
  },
): CoPurchase => {
  const products = [...tally(histories, asOfMs)]
    .filter(([, { buyers }]) => buyers >= BUYERS_MIN)
    .map(([skuId, entry]) => ({ skuId, entry, name: nameOf(skuId) }))
    .sort((a, b) => b.entry.buyers - a.entry.buyers || (a.name < b.name ? -1 : 1))
    .slice(0, productsMax)
    .map(({ skuId, entry }) => ({
      skuId,
      groupId: entry.groupId,
      buyers: entry.buyers,
      recentBuyers: entry.recentBuyers,
      amountMinor: Math.round(entry.sumMinor / entry.lines),
      isDiscontinued: isDiscontinued(entry, asOfMs),
    }));
  const indexOf = new Map(products.map(({ skuId }, i) => [skuId, i]));
  const baskets = histories.map(({ documents }) => {
    const basket = new Set<number>();
    for (const { lines, orderedAtMs } of documents) {
      if (orderedAtMs >= asOfMs) break;
      for (const { skuId } of lines.filter(isBought)) {
        const index = indexOf.get(skuId);
        if (index !== undefined) basket.add(index);
      }
    }
    return Uint16Array.from([...basket].sort((a, b) => a - b).slice(0, BASKET_MAX));
  });
  return { products, indexOf, baskets };
};

/** Customers who bought both products, by index: the lower triangle of a symmetric matrix, row-major. */
export const countTogether = ({ products, baskets }: CoPurchase): Float64Array => {
  const size = products.length;
  const together = new Float64Array(size * size);
  for (const basket of baskets) {
    for (let a = 0; a < basket.length; a += 1) {
      const row = (basket[a] as number) * size;
      for (let b = 0; b <= a; b += 1) {
        const at = row + (basket[b] as number);
        together[at] = (together[at] as number) + 1;
      }
    }
  }
  return together;
};
