/**
 * Learns which product a customer buys next. Method, ridge penalty and the part that present demand
 * plays are chosen on held-out weeks of the portfolio itself: learned before them, judged by what
 * customers then bought for the first time (hit rate times NDCG of ten recommendations); the winner is
 * learned again on everything.
 */
import { MS_PER_DAY } from '../features/vector.js';
import type { NextProducts } from './artefact.js';
import { countTogether, gatherCoPurchase, type CoPurchase, type Product } from './co-purchase.js';
import { fitWeights, type WeightMethod } from './co-purchase-weights.js';
import type { CustomerHistory } from './history.js';
import { inTurn, type Job, type RunJobs } from './jobs.js';
import { createRanking, rankProducts, type Ranking } from './next-products.js';
import { countriesWithout, type CountryOf } from './sold-in.js';

/** Products with a row: 1,500 of the gift shop's 3,400 measured as good as all, in a tenth of the time. */
const PRODUCTS_MAX = 1_500;
/** Products that the choice is made on: methods rank alike on the most bought ones at a tenth of the time. */
const CHOICE_PRODUCTS_MAX = 800;
const CHOICE_CUSTOMERS_MAX = 2_000;
/** Customers with something new in the held-out weeks below which the choice would be chance. */
const CHOICE_CUSTOMERS_MIN = 30;
const HELD_OUT_DAYS = 100;
/** Windows that the held-out weeks are cut into: a recipe must do well in each. */
const HELD_OUT_WINDOWS = 2;
/** Held-out part of a short history. */
const HELD_OUT_SHARE = 0.25;
export const RECOMMENDED = 10;

export type Recipe = { readonly method: WeightMethod; readonly demandExponent: number };

const METHODS: readonly WeightMethod[] = [
  { kind: 'cosine' },
  ...[25, 50, 100, 200, 400, 800].map((lambda) => ({ kind: 'ease', lambda }) as const),
];
const DEMAND_EXPONENTS = [0, 0.1, 0.2, 0.3] as const;
const RECIPES: readonly Recipe[] = METHODS.flatMap((method) =>
  DEMAND_EXPONENTS.map((demandExponent) => ({ method, demandExponent })),
);
/** What is taken where there is too little to choose by. */
const USUAL: Recipe = { method: { kind: 'cosine' }, demandExponent: 0.2 };

export type NextProductsOptions = {
  readonly asOfMs: number;
  readonly nameOf: (id: number) => string;
  /** Country of a customer, null where it is not known; without it no product is ruled out by country. */
  readonly countryOf?: CountryOf;
  /** Leaves the choice out, to compare methods. */
  readonly recipe?: Recipe;
  /** How methods are tried; one after the other where it is not given. */
  readonly runJobs?: RunJobs | undefined;
};

/** Demand of the last weeks relative to a product without any, raised to an exponent. */
const liftOf = (product: Product, exponent: number): number =>
  product.isDiscontinued ? 0 : Math.pow(1 + product.recentBuyers, exponent);

/** Learns the table from all that customers bought before the as-of time. */
export const fitNextProducts = (
  histories: readonly CustomerHistory[],
  options: NextProductsOptions,
): NextProducts => {
  const { asOfMs, nameOf, countryOf, recipe = choose(histories, options) } = options;
  const purchases = gatherCoPurchase(histories, { asOfMs, nameOf, productsMax: PRODUCTS_MAX });
  const { products } = purchases;
  return {
    skus: products.map(({ skuId }) => nameOf(skuId)),
    groups: products.map(({ groupId }) => nameOf(groupId)),
    next: fitWeights(purchases, recipe.method, countTogether(purchases)),
    buyers: products.map(({ buyers }) => buyers),
    lift: products.map((product) => liftOf(product, recipe.demandExponent)),
    amountMinor: products.map(({ amountMinor }) => amountMinor),
    notSoldIn: countryOf === undefined ? [] : countriesWithout(histories, purchases, countryOf),
    method: describe(recipe),
  };
};

const describe = ({ method, demandExponent }: Recipe): string =>
  `${method.kind === 'ease' ? `EASE^R, lambda ${String(method.lambda)}` : 'squared cosine'}, ` +
  `demand of the last weeks ^ ${String(demandExponent)}`;

/** What customers bought for the first time in the held-out weeks, by index of the customer. */
const boughtNew = (
  histories: readonly CustomerHistory[],
  { indexOf, baskets }: CoPurchase,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): ReadonlyMap<number, ReadonlySet<number>> => {
  const found = new Map<number, ReadonlySet<number>>();
  for (const [customer, { documents }] of histories.entries()) {
    const basket = baskets[customer];
    if (basket === undefined || basket.length === 0) continue;
    const known = new Set(basket);
    const fresh = new Set<number>();
    const later = documents.filter(
      ({ orderedAtMs }) => orderedAtMs >= fromMs && orderedAtMs < toMs,
    );
    for (const { skuId, netMinor } of later.flatMap(({ lines }) => lines)) {
      const index = indexOf.get(skuId);
      if (netMinor > 0 && index !== undefined && !known.has(index)) fresh.add(index);
    }
    if (fresh.size > 0) found.set(customer, fresh);
    if (found.size >= CHOICE_CUSTOMERS_MAX) break;
  }
  return found;
};

/** Normalised discounted cumulative gain (Järvelin, Kekäläinen 2002) of a ranking with binary relevance. */
export const ndcg = (ranked: readonly number[], relevant: ReadonlySet<number>): number => {
  let gain = 0;
  let ideal = 0;
  for (let k = 0; k < RECOMMENDED; k += 1) {
    const discount = 1 / Math.log2(k + 2);
    if (k < relevant.size) ideal += discount;
    if (k < ranked.length && relevant.has(ranked[k] ?? -1)) gain += discount;
  }
  return ideal > 0 ? gain / ideal : 0;
};

/** Hit rate times NDCG: a recommender must find something for many, and put it on top. */
const worthOf = (
  ranking: Ranking,
  { baskets }: CoPurchase,
  asked: ReadonlyMap<number, ReadonlySet<number>>,
): number => {
  let hits = 0;
  let gain = 0;
  for (const [customer, fresh] of asked) {
    const bought = baskets[customer] ?? [];
    const ranked = rankProducts(ranking, { bought, count: RECOMMENDED }).map(({ index }) => index);
    if (ranked.some((index) => fresh.has(index))) hits += 1;
    gain += ndcg(ranked, fresh);
  }
  return hits * gain;
};

/** What was bought together before a window, and what customers then bought in it for the first time. */
type Trial = {
  readonly purchases: CoPurchase;
  readonly together: Float64Array;
  readonly asked: ReadonlyMap<number, ReadonlySet<number>>;
};

/** Worth of a method with every part that present demand may play. */
const worthsOfMethod = (
  { purchases, together, asked }: Trial,
  method: WeightMethod,
): readonly number[] => {
  const next = fitWeights(purchases, method, together);
  return DEMAND_EXPONENTS.map((demandExponent) => {
    const lift = purchases.products.map((product) => liftOf(product, demandExponent));
    return worthOf(createRanking({ next, lift }), purchases, asked);
  });
};

export const methodJob: Job<Trial, WeightMethod, readonly number[]> = {
  name: 'next-products-method',
  run: worthsOfMethod,
};

/** Worth of every recipe when learned before the window and judged in it; null where too few bought. */
const worthsIn = (
  histories: readonly CustomerHistory[],
  window: { readonly fromMs: number; readonly toMs: number },
  { nameOf, runJobs = inTurn }: NextProductsOptions,
): readonly number[] | null => {
  const at = { asOfMs: window.fromMs, nameOf, productsMax: CHOICE_PRODUCTS_MAX };
  const purchases = gatherCoPurchase(histories, at);
  const asked = boughtNew(histories, purchases, window);
  if (asked.size < CHOICE_CUSTOMERS_MIN) return null;
  const trial: Trial = { purchases, together: countTogether(purchases), asked };
  return runJobs(methodJob, trial, METHODS).flat();
};

/** Picks the recipe with the largest product of its worths over the held-out windows. */
const choose = (histories: readonly CustomerHistory[], options: NextProductsOptions): Recipe => {
  const { asOfMs } = options;
  const firstMs = histories.reduce(
    (first, { documents }) => Math.min(first, documents[0]?.orderedAtMs ?? first),
    asOfMs,
  );
  const heldOutMs = Math.min(HELD_OUT_DAYS * MS_PER_DAY, (asOfMs - firstMs) * HELD_OUT_SHARE);
  const windowMs = heldOutMs / HELD_OUT_WINDOWS;
  const total = RECIPES.map(() => 1);
  let windows = 0;
  for (let w = 1; w <= HELD_OUT_WINDOWS; w += 1) {
    const fromMs = asOfMs - w * windowMs;
    const worths = worthsIn(histories, { fromMs, toMs: fromMs + windowMs }, options);
    if (worths === null) continue;
    windows += 1;
    for (const [i, worth] of worths.entries()) total[i] = (total[i] ?? 0) * worth;
  }
  const best = total.indexOf(Math.max(...total));
  return windows === 0 ? USUAL : (RECIPES[best] ?? USUAL);
};
