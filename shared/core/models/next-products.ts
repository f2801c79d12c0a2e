/**
 * Which products a customer buys next, by what customers bought together (fit-next-products.ts learns it).
 * A product's score is the sum of the weights of everything the customer bought, times present demand;
 * O(basket), so that a tick can ask it of every due customer.
 */
import type { ModelArtefact, NextProducts } from './artefact.js';
import { NEIGHBOUR_STRIDE, type WeightRows } from './co-purchase-weights.js';

export type Recommendation = {
  readonly sku: string;
  readonly productGroup: string;
  readonly score: number;
  readonly amountMinor: number;
  /** The bought product that speaks loudest for it. */
  readonly because: string;
  /** Customers who bought that product, and of them those who bought this one too. */
  readonly becauseBuyers: number;
  readonly bothBuyers: number;
};

/**
 * A table in arrays of numbers, the neighbours of all products one after the other, with scratch space that
 * every call clears: a decision walks thousands of neighbours.
 */
export type Ranking = {
  readonly lift: Float64Array;
  /** Where the neighbours of each product start; one more entry ends the last. */
  readonly starts: Int32Array;
  readonly neighbours: Int32Array;
  readonly weights: Float64Array;
  readonly scores: Float64Array;
  readonly isTouched: Uint8Array;
  readonly isBought: Uint8Array;
  readonly touched: Int32Array;
};

/** Prepares a table for ranking. */
export const createRanking = ({
  next,
  lift,
}: {
  readonly next: WeightRows;
  readonly lift: readonly number[];
}): Ranking => {
  const size = next.length;
  const starts = new Int32Array(size + 1);
  for (const [i, row] of next.entries()) {
    starts[i + 1] = (starts[i] ?? 0) + row.length / NEIGHBOUR_STRIDE;
  }
  const neighbours = new Int32Array(starts[size] ?? 0);
  const weights = new Float64Array(neighbours.length);
  for (const [i, row] of next.entries()) {
    for (let k = 0; k < row.length; k += NEIGHBOUR_STRIDE) {
      const at = (starts[i] ?? 0) + k / NEIGHBOUR_STRIDE;
      neighbours[at] = row[k] ?? 0;
      weights[at] = row[k + 1] ?? 0;
    }
  }
  return {
    lift: Float64Array.from(lift),
    starts,
    neighbours,
    weights,
    scores: new Float64Array(size),
    isTouched: new Uint8Array(size),
    isBought: new Uint8Array(size),
    touched: new Int32Array(size),
  };
};

type Ranked = { readonly index: number; readonly score: number };

/** Adds up the weights of what was bought; returns how many products any of it speaks about. */
const addWeights = (ranking: Ranking, bought: ArrayLike<number>): number => {
  const { starts, neighbours, weights, scores, isTouched, touched } = ranking;
  let count = 0;
  for (let b = 0; b < bought.length; b += 1) {
    const row = bought[b] as number;
    const end = starts[row + 1] as number;
    for (let at = starts[row] as number; at < end; at += 1) {
      const j = neighbours[at] as number;
      if (isTouched[j] === 0) {
        isTouched[j] = 1;
        touched[count++] = j;
      }
      scores[j] = (scores[j] as number) + (weights[at] as number);
    }
  }
  return count;
};

/** Ranks products that were not bought and that something speaks for; the best first. */
export const rankProducts = (
  ranking: Ranking,
  {
    bought,
    count,
    isExcluded,
  }: {
    readonly bought: ArrayLike<number>;
    readonly count: number;
    readonly isExcluded?: (index: number) => boolean;
  },
): readonly Ranked[] => {
  const { lift, scores, isTouched, isBought, touched } = ranking;
  mark(isBought, bought, 1);
  const best: Ranked[] = [];
  const touchedCount = addWeights(ranking, bought);
  for (let i = 0; i < touchedCount; i += 1) {
    const index = touched[i] as number;
    const score = (scores[index] as number) * (lift[index] as number);
    scores[index] = 0;
    isTouched[index] = 0;
    if (score <= 0 || isBought[index] === 1) continue;
    const last = best.length < count ? undefined : best[best.length - 1];
    if (last !== undefined && !isBetter({ index, score }, last)) continue;
    if (isExcluded?.(index) === true) continue;
    insert(best, { index, score });
    if (best.length > count) best.pop();
  }
  mark(isBought, bought, 0);
  return best;
};

/** Puts one in its place of a list that is in order. */
const insert = (best: Ranked[], ranked: Ranked): void => {
  let at = best.length;
  for (; at > 0 && isBetter(ranked, best[at - 1] as Ranked); at -= 1) {
    best[at] = best[at - 1] as Ranked;
  }
  best[at] = ranked;
};

const mark = (flags: Uint8Array, indexes: ArrayLike<number>, flag: 0 | 1): void => {
  for (let i = 0; i < indexes.length; i += 1) flags[indexes[i] ?? 0] = flag;
};

/** Equal scores go by index, which is by number of buyers. */
const isBetter = (a: Ranked, b: Ranked): boolean =>
  a.score > b.score || (a.score === b.score && a.index < b.index);

type Prepared = {
  readonly ranking: Ranking;
  readonly rows: ReadonlyMap<string, number>;
  readonly notSoldIn: ReadonlyMap<string, ReadonlySet<number>>;
};

const prepared = new WeakMap<NextProducts, Prepared>();

/** Built once per model: a decision on every due customer asks for it. */
const prepare = (table: NextProducts): Prepared => {
  const known = prepared.get(table);
  if (known !== undefined) return known;
  const made: Prepared = {
    ranking: createRanking(table),
    rows: new Map(table.skus.map((sku, i) => [sku, i])),
    notSoldIn: new Map(
      table.notSoldIn.map(({ country, products }) => [country, new Set(products)]),
    ),
  };
  prepared.set(table, made);
  return made;
};

/** Products of the table that have been bought, ascending: sums must not depend on the order of buying. */
const indexesOf = (
  rows: ReadonlyMap<string, number>,
  bought: ReadonlySet<string>,
): readonly number[] => {
  const indexes: number[] = [];
  for (const sku of bought) {
    const index = rows.get(sku);
    if (index !== undefined) indexes.push(index);
  }
  return indexes.sort((a, b) => a - b);
};

type Reason = {
  /** Row of the bought product; -1 without one. */
  index: number;
  weight: number;
  both: number;
};

/**
 * The bought product with the largest weight for each ranked one, and how many customers bought both; the
 * first of equals. One walk over the neighbours for all of them.
 */
const strongestReasons = (
  { starts, neighbours, weights, scores }: Ranking,
  {
    next,
    bought,
    ranked,
  }: {
    readonly next: WeightRows;
    readonly bought: readonly number[];
    readonly ranked: readonly Ranked[];
  },
): readonly Reason[] => {
  const reasons = ranked.map((): Reason => ({ index: -1, weight: 0, both: 0 }));
  // Places from 1 on; everything else is 0 between two calls.
  for (const [i, { index }] of ranked.entries()) scores[index] = i + 1;
  for (const row of bought) {
    const start = starts[row] as number;
    const end = starts[row + 1] as number;
    for (let at = start; at < end; at += 1) {
      const place = scores[neighbours[at] as number] as number;
      if (place === 0) continue;
      const reason = reasons[place - 1] as Reason;
      const weight = weights[at] as number;
      if (weight <= reason.weight) continue;
      reason.index = row;
      reason.weight = weight;
      reason.both = next[row]?.[(at - start) * NEIGHBOUR_STRIDE + 2] ?? 0;
    }
  }
  for (const { index } of ranked) scores[index] = 0;
  return reasons;
};

/** Ranks products that were never bought and are sold in the customer's country; the best first. */
export const recommendProducts = (
  model: ModelArtefact,
  {
    bought,
    country,
    count,
  }: {
    readonly bought: ReadonlySet<string>;
    /** Null when it is not known. */
    readonly country: string | null;
    readonly count: number;
  },
): readonly Recommendation[] => {
  const table = model.nextProducts;
  const { ranking, rows, notSoldIn } = prepare(table);
  const indexes = indexesOf(rows, bought);
  const missing = country === null ? undefined : notSoldIn.get(country);
  const ranked = rankProducts(ranking, {
    bought: indexes,
    count,
    isExcluded: (index) => missing?.has(index) === true,
  });
  const reasons = strongestReasons(ranking, { next: table.next, bought: indexes, ranked });
  return ranked.map(({ index, score }, i) => {
    const reason = reasons[i] as Reason;
    return {
      sku: table.skus[index] ?? '',
      productGroup: table.groups[index] ?? '',
      score,
      amountMinor: table.amountMinor[index] ?? 0,
      because: table.skus[reason.index] ?? '',
      becauseBuyers: table.buyers[reason.index] ?? 0,
      bothBuyers: reason.both,
    };
  });
};
