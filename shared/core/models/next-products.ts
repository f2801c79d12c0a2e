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

/** What ranking needs of a model's next products, with scratch space that every call clears. */
type Ranking = {
  readonly rows: ReadonlyMap<string, number>;
  readonly weights: Float64Array;
  readonly scores: Float64Array;
  readonly strongest: Float64Array;
  readonly because: string[];
};

const rankings = new WeakMap<ModelArtefact, Ranking>();

/** Built once per model: a decision on every due customer asks for it. */
const rankingOf = (model: ModelArtefact): Ranking => {
  const known = rankings.get(model);
  if (known !== undefined) return known;
  const { skus, popularity } = model.nextProducts;
  const ranking: Ranking = {
    rows: new Map(skus.map((sku, i) => [sku, i])),
    weights: Float64Array.from(popularity, (share) => share ** POPULARITY_EXPONENT),
    scores: new Float64Array(skus.length),
    strongest: new Float64Array(skus.length),
    because: skus.map(() => ''),
  };
  rankings.set(model, ranking);
  return ranking;
};

/** Adds up similarities to what was bought; returns the products that have any. */
const addSimilarities = (
  { rows, scores, strongest, because }: Ranking,
  next: NextProducts['next'],
  bought: ReadonlySet<string>,
): readonly number[] => {
  const touched: number[] = [];
  for (const sku of bought) {
    for (const [j, similarity] of next[rows.get(sku) ?? -1] ?? []) {
      if (scores[j] === 0) touched.push(j);
      scores[j] = (scores[j] ?? 0) + similarity;
      if (similarity > (strongest[j] ?? 0)) {
        strongest[j] = similarity;
        because[j] = sku;
      }
    }
  }
  return touched;
};

/** Ranks products that were never bought; the best first. */
export const recommendProducts = (
  model: ModelArtefact,
  { bought, count }: { readonly bought: ReadonlySet<string>; readonly count: number },
): readonly Recommendation[] => {
  const { skus, groups, next, amountMinor } = model.nextProducts;
  const ranking = rankingOf(model);
  const { weights, scores, strongest, because } = ranking;
  const best: Recommendation[] = [];
  for (const j of addSimilarities(ranking, next, bought)) {
    const sku = skus[j] ?? '';
    const score = (scores[j] ?? 0) * (weights[j] ?? 0);
    scores[j] = 0;
    strongest[j] = 0;
    const last = best.length < count ? undefined : best[best.length - 1];
    if (bought.has(sku) || (last !== undefined && !isBetter({ sku, score }, last))) continue;
    best.push({
      sku,
      productGroup: groups[j] ?? '',
      score,
      amountMinor: amountMinor[j] ?? 0,
      because: because[j] ?? '',
    });
    best.sort((a, b) => (isBetter(a, b) ? -1 : 1));
    if (best.length > count) best.pop();
  }
  return best;
};

type Ranked = Pick<Recommendation, 'sku' | 'score'>;
const isBetter = (a: Ranked, b: Ranked): boolean =>
  a.score > b.score || (a.score === b.score && a.sku < b.sku);
