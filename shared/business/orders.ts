/**
 * How a simulated customer orders: renewals whose gaps are gamma distributed and shortened in season, baskets
 * from an assortment of its own, prices of the catalogue. Deliberately not the process that the models
 * assume: no exponential gaps, no geometric dropout, demand comes from machines and not from a rate.
 */
import type { OrderLine } from '../core/contract.generated.js';
import { PRODUCT_GROUPS, PRODUCTS_PER_GROUP, priceMinor, skuOf } from './catalogue.js';
import { demandLeft } from './causes.js';
import type { SimulatedCustomer } from './population.js';
import type { Random } from './random.js';

const DAYS_PER_YEAR = 365.25;
const LINES_MAX = 4;
/** Products of a group that a customer knows; others are tried now and then. */
const ASSORTMENT = 8;
const TRIES_OTHERS = 0.12;
const PRICE_RISE = 1.12;
const RETURNS_USUALLY = 0.015;
const RETURNS_WHEN_UNHAPPY = 0.15;

/** Season of a day, around 1. */
export const seasonOf = ({ seasonWidth, seasonPeakDay }: SimulatedCustomer, day: number): number =>
  1 + seasonWidth * Math.cos((2 * Math.PI * (day - seasonPeakDay)) / DAYS_PER_YEAR);

/** Days until the next order. */
export const nextGapDays = (customer: SimulatedCustomer, day: number, random: Random): number =>
  Math.max(
    1,
    Math.round(
      (customer.gapDays * random.gamma(customer.gapShape)) / Math.max(0.3, seasonOf(customer, day)),
    ),
  );

const isUnhappy = ({ planted }: SimulatedCustomer, day: number): boolean =>
  planted.cause === 'price_or_returns' && day >= planted.onsetDay;

/** Probability that something of an order comes back. */
export const returnChance = (customer: SimulatedCustomer, day: number): number =>
  isUnhappy(customer, day) ? RETURNS_WHEN_UNHAPPY : RETURNS_USUALLY;

/** What an order of this day is worth by group, in euro cents before chance. */
const amountsOf = (customer: SimulatedCustomer, day: number, market: number): readonly number[] =>
  customer.needMinor.map(
    (need, group) =>
      ((need * (customer.wallet[group] ?? 0)) / DAYS_PER_YEAR) *
      customer.gapDays *
      demandLeft(customer.planted, day, group) *
      market,
  );

/** Draws the lines of an order in euro cents; none when there is no demand left. */
export const drawLines = (
  customer: SimulatedCustomer,
  day: number,
  { random, market }: { readonly random: Random; readonly market: number },
): readonly OrderLine[] => {
  const amounts = amountsOf(customer, day, market);
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  const usual = amountsOf({ ...customer, planted: NOTHING }, day, 1);
  const left =
    total /
    Math.max(
      1,
      usual.reduce((sum, amount) => sum + amount, 0),
    );
  // With little left the order is not a tiny one: it mostly does not come.
  if (total <= 0 || random.uniform() > Math.sqrt(left)) return [];
  const count = 1 + random.below(LINES_MAX);
  const size = (total / Math.sqrt(left)) * Math.exp(0.35 * random.normal());
  const lines: OrderLine[] = [];
  for (let i = 0; i < count; i += 1) {
    const group = PRODUCT_GROUPS[drawIndex(amounts, total, random)] ?? PRODUCT_GROUPS[0];
    const own = (customer.number * 7 + random.below(ASSORTMENT) * 5) % PRODUCTS_PER_GROUP;
    const product = random.chance(TRIES_OTHERS) ? random.below(PRODUCTS_PER_GROUP) : own;
    const price = priceMinor(group, product) * (isUnhappy(customer, day) ? PRICE_RISE : 1);
    const quantity = Math.max(1, Math.round(size / count / price));
    lines.push({
      lineId: String(i + 1),
      sku: skuOf(group, product),
      productGroup: group,
      quantity,
      netAmountMinor: Math.round(quantity * price),
    });
  }
  return lines;
};

const NOTHING = { cause: 'none', onsetDay: 0, group: -1 } as const;

const drawIndex = (weights: readonly number[], total: number, random: Random): number => {
  let rest = random.uniform() * total;
  for (const [i, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return i;
  }
  return weights.length - 1;
};
