/** The recommenders that are compared; each learns from the purchases before the cut only. */
import {
  countTogether,
  gatherCoPurchase,
  type CoPurchase,
} from '../../../shared/core/models/co-purchase.js';
import { fitWeights } from '../../../shared/core/models/co-purchase-weights.js';
import { fitNextProducts } from '../../../shared/core/models/fit-next-products.js';
import { createRanking, rankProducts } from '../../../shared/core/models/next-products.js';
import type { CustomerHistory } from '../../../shared/core/models/history.js';
import { fitAls } from './als.js';

export type Question = {
  readonly histories: readonly CustomerHistory[];
  readonly asOfMs: number;
  readonly nameOf: (id: number) => string;
  /** Products recommended to each customer. */
  readonly count: number;
};

/** Recommended products by id, the best first, for the customer at an index of the histories. */
export type Recommender = (customer: number) => readonly number[];

export type Method = {
  readonly name: string;
  readonly describe: string;
  readonly learn: (question: Question) => Recommender;
};

const PRODUCTS_MAX = 4_000;

/** Best products by a score of all of them, what was bought left out. */
const byScores =
  (
    { products, baskets }: CoPurchase,
    count: number,
    scoresOf: (customer: number) => ArrayLike<number>,
  ): Recommender =>
  (customer) => {
    const scores = scoresOf(customer);
    const bought = new Set(baskets[customer]);
    return products
      .map(({ skuId }, index) => ({ skuId, index, score: scores[index] ?? 0 }))
      .filter(({ index }) => !bought.has(index))
      .sort((a, b) => b.score - a.score || a.index - b.index)
      .slice(0, count)
      .map(({ skuId }) => skuId);
  };

const purchasesOf = (question: Question): CoPurchase =>
  gatherCoPurchase(question.histories, { ...question, productsMax: PRODUCTS_MAX });

const cosine = (question: Question): Recommender => {
  const purchases = purchasesOf(question);
  const { products, baskets } = purchases;
  const size = products.length;
  const together = new Float32Array(size * size);
  for (const basket of baskets) {
    for (const i of basket)
      for (const j of basket) together[i * size + j] = (together[i * size + j] ?? 0) + 1;
  }
  const roots = products.map(({ buyers }) => Math.sqrt(buyers));
  return byScores(purchases, question.count, (customer) => {
    const scores = new Float64Array(size);
    for (const i of baskets[customer] ?? []) {
      for (let j = 0; j < size; j += 1) {
        scores[j] =
          (scores[j] ?? 0) + (together[i * size + j] ?? 0) / ((roots[i] ?? 1) * (roots[j] ?? 1));
      }
    }
    return scores;
  });
};

const squaredCosine = (question: Question): Recommender => {
  const purchases = purchasesOf(question);
  const { products, baskets } = purchases;
  const ranking = createRanking({
    next: fitWeights(purchases, { kind: 'cosine' }, countTogether(purchases)),
    lift: products.map(({ buyers }) => buyers ** 0.2),
  });
  return (customer) =>
    rankProducts(ranking, { bought: baskets[customer] ?? [], count: question.count }).map(
      ({ index }) => products[index]?.skuId ?? -1,
    );
};

const trained = (question: Question): Recommender => {
  const { histories, nameOf } = question;
  const table = fitNextProducts(histories, question);
  process.stdout.write(`chosen on held-out weeks: ${table.method}\n`);
  const ranking = createRanking(table);
  const ids = new Map<string, number>();
  for (const { documents } of histories) {
    for (const { lines } of documents) for (const { skuId } of lines) ids.set(nameOf(skuId), skuId);
  }
  const rows = new Map(table.skus.map((sku, i) => [sku, i]));
  return (customer) => {
    const bought = new Set<number>();
    for (const { lines, orderedAtMs } of histories[customer]?.documents ?? []) {
      if (orderedAtMs >= question.asOfMs) break;
      for (const { skuId, netMinor } of lines) {
        const row = rows.get(nameOf(skuId));
        if (row !== undefined && netMinor > 0) bought.add(row);
      }
    }
    const asked = { bought: [...bought].sort((a, b) => a - b), count: question.count };
    return rankProducts(ranking, asked).map(({ index }) => ids.get(table.skus[index] ?? '') ?? -1);
  };
};

export const METHODS: readonly Method[] = [
  {
    name: 'popularity',
    describe: 'what most customers bought',
    learn: (question) => {
      const purchases = purchasesOf(question);
      const buyers = purchases.products.map((product) => product.buyers);
      return byScores(purchases, question.count, () => buyers);
    },
  },
  { name: 'cosine', describe: 'item-item cosine', learn: cosine },
  {
    name: 'als',
    describe: 'implicit ALS, 48 factors (Hu, Koren, Volinsky 2008)',
    learn: (question) => {
      const purchases = purchasesOf(question);
      const scoresOf = fitAls(purchases.baskets, purchases.products.length);
      return byScores(purchases, question.count, scoresOf);
    },
  },
  {
    name: 'cosine-2',
    describe: 'squared cosine, the strongest neighbours, times popularity^0.2',
    learn: squaredCosine,
  },
  {
    name: 'kundenpuls',
    describe: 'chosen by the trainer on held-out weeks before the cut',
    learn: trained,
  },
];
