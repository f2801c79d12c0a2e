/**
 * Which product a customer buys next, from what customers bought together: item-item cosine,
 * squared so that few strong neighbours beat many weak ones, times a little popularity. Streamable, and
 * measured nearly as good as EASE^R on the gift shop (docs/models.md).
 */
import type { ModelArtefact, NextProducts } from './artefact.js';
import type { CustomerHistory } from './history.js';

const PRODUCTS_MAX = 4_000;
const NEIGHBOURS = 50;
/** A basket beyond this says nothing about which products belong together. */
const BASKET_MAX = 400;
const COSINE_EXPONENT = 2;
const POPULARITY_EXPONENT = 0.2;
const BUYERS_MIN = 3;

type Basket = readonly number[];

/** Learns the table from all that customers bought before the as-of time. */
export const fitNextProducts = (
  histories: readonly CustomerHistory[],
  { nameOf }: { readonly asOfMs: number; readonly nameOf: (id: number) => string },
): NextProducts => {
  const buyers = new Map<number, number>();
  const groupOf = new Map<number, number>();
  const amounts = new Map<number, { sum: number; count: number }>();
  const baskets = histories.map(({ documents }) => {
    const basket = new Set<number>();
    for (const { lines } of documents) {
      for (const { skuId, groupId, netMinor } of lines) {
        if (netMinor <= 0) continue;
        basket.add(skuId);
        groupOf.set(skuId, groupId);
        const amount = amounts.get(skuId) ?? { sum: 0, count: 0 };
        amounts.set(skuId, { sum: amount.sum + netMinor, count: amount.count + 1 });
      }
    }
    for (const skuId of basket) buyers.set(skuId, (buyers.get(skuId) ?? 0) + 1);
    return [...basket];
  });
  const kept = [...buyers]
    .filter(([, count]) => count >= BUYERS_MIN)
    .map(([skuId, count]) => ({ skuId, count, name: nameOf(skuId) }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
    .slice(0, PRODUCTS_MAX);
  const indexOf = new Map(kept.map(({ skuId }, i) => [skuId, i]));
  const popularity = kept.map(({ count }) => count);
  return {
    skus: kept.map(({ name }) => name),
    groups: kept.map(({ skuId }) => nameOf(groupOf.get(skuId) ?? 0)),
    next: neighbours(baskets, indexOf, popularity),
    popularity,
    amountMinor: kept.map(({ skuId }) => {
      const { sum, count } = amounts.get(skuId) ?? { sum: 0, count: 1 };
      return Math.round(sum / count);
    }),
  };
};

const neighbours = (
  baskets: readonly Basket[],
  indexOf: ReadonlyMap<number, number>,
  popularity: readonly number[],
): NextProducts['next'] => {
  const size = popularity.length;
  const together = new Float32Array(size * size);
  for (const basket of baskets) {
    const indexes = basket.flatMap((skuId) => indexOf.get(skuId) ?? []).slice(0, BASKET_MAX);
    for (const i of indexes) {
      const row = i * size;
      for (const j of indexes) together[row + j] = (together[row + j] ?? 0) + 1;
    }
  }
  return popularity.map((count, i) => {
    const similar: (readonly [number, number])[] = [];
    for (let j = 0; j < size; j += 1) {
      const both = together[i * size + j] ?? 0;
      if (j === i || both === 0) continue;
      similar.push([j, (both / Math.sqrt(count * (popularity[j] ?? 1))) ** COSINE_EXPONENT]);
    }
    similar.sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    return similar.slice(0, NEIGHBOURS).map(([j, s]) => [j, Math.round(s * 1e6) / 1e6] as const);
  });
};

export type Recommendation = {
  readonly sku: string;
  readonly productGroup: string;
  readonly score: number;
  readonly amountMinor: number;
  /** The bought product that speaks loudest for it. */
  readonly because: string;
};

/**
 * A model's next products in arrays of numbers, the neighbours of all products one after the other, with
 * scratch space that every call clears: a decision walks thousands of neighbours.
 */
type Ranking = {
  readonly rows: ReadonlyMap<string, number>;
  readonly weights: Float64Array;
  /** Where the neighbours of each product start; one more entry ends the last. */
  readonly starts: Int32Array;
  readonly neighbours: Int32Array;
  readonly similarities: Float64Array;
  readonly scores: Float64Array;
  readonly strongest: Float64Array;
  /** Product bought that speaks loudest for each. */
  readonly because: Int32Array;
  readonly isBought: Uint8Array;
  readonly touched: Int32Array;
};

const rankings = new WeakMap<ModelArtefact, Ranking>();

/** Built once per model: a decision on every due customer asks for it. */
const rankingOf = (model: ModelArtefact): Ranking => {
  const known = rankings.get(model);
  if (known !== undefined) return known;
  const { skus, popularity, next } = model.nextProducts;
  // A similarity that was rounded to nothing is none.
  const lists = skus.map((_, i) => (next[i] ?? []).filter(([, similarity]) => similarity > 0));
  const starts = new Int32Array(skus.length + 1);
  for (const [i, list] of lists.entries()) starts[i + 1] = (starts[i] ?? 0) + list.length;
  const ranking: Ranking = {
    rows: new Map(skus.map((sku, i) => [sku, i])),
    weights: Float64Array.from(popularity, (share) => share ** POPULARITY_EXPONENT),
    starts,
    neighbours: Int32Array.from(lists.flatMap((list) => list.map(([j]) => j))),
    similarities: Float64Array.from(lists.flatMap((list) => list.map(([, s]) => s))),
    scores: new Float64Array(skus.length),
    strongest: new Float64Array(skus.length),
    because: new Int32Array(skus.length),
    isBought: new Uint8Array(skus.length),
    touched: new Int32Array(skus.length),
  };
  rankings.set(model, ranking);
  return ranking;
};

/** Adds up similarities to what was bought; returns how many products have any. */
const addSimilarities = (ranking: Ranking, bought: readonly number[]): number => {
  const { starts, neighbours, similarities, scores, strongest, because, touched } = ranking;
  let count = 0;
  for (const row of bought) {
    const end = starts[row + 1] as number;
    for (let at = starts[row] as number; at < end; at += 1) {
      const j = neighbours[at] as number;
      const similarity = similarities[at] as number;
      const score = scores[j] as number;
      if (score === 0) touched[count++] = j;
      scores[j] = score + similarity;
      if (similarity > (strongest[j] as number)) {
        strongest[j] = similarity;
        because[j] = row;
      }
    }
  }
  return count;
};

/** Keeps the list sorted and at most so long. */
const keepBest = (best: Ranked[], candidate: Ranked, countMax: number): void => {
  best.push(candidate);
  best.sort((a, b) => (isBetter(a, b) ? -1 : 1));
  if (best.length > countMax) best.pop();
};

/** Ranks products that were never bought; the best first. */
export const recommendProducts = (
  model: ModelArtefact,
  { bought, count }: { readonly bought: ReadonlySet<string>; readonly count: number },
): readonly Recommendation[] => {
  const { skus, groups, amountMinor } = model.nextProducts;
  const ranking = rankingOf(model);
  const { rows, weights, scores, strongest, because, isBought, touched } = ranking;
  const boughtRows = [...bought].flatMap((sku) => rows.get(sku) ?? []);
  for (const row of boughtRows) isBought[row] = 1;
  const best: Ranked[] = [];
  const touchedCount = addSimilarities(ranking, boughtRows);
  for (let i = 0; i < touchedCount; i += 1) {
    const row = touched[i] as number;
    const score = (scores[row] as number) * (weights[row] as number);
    scores[row] = 0;
    strongest[row] = 0;
    if (isBought[row] === 1) continue;
    const last = best.length < count ? undefined : best[best.length - 1];
    // Most products lose by their score alone, before their name is looked up.
    if (last !== undefined && score < last.score) continue;
    keepBest(best, { sku: skus[row] ?? '', score, row }, count);
  }
  for (const row of boughtRows) isBought[row] = 0;
  return best.map(({ sku, score, row }) => ({
    sku,
    productGroup: groups[row] ?? '',
    score,
    amountMinor: amountMinor[row] ?? 0,
    because: skus[because[row] as number] ?? '',
  }));
};

type Ranked = { readonly sku: string; readonly score: number; readonly row: number };
const isBetter = (a: Ranked, b: Ranked): boolean =>
  a.score > b.score || (a.score === b.score && a.sku < b.sku);
