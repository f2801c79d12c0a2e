/**
 * How well a trouble could be seen at all: by one who knows the customer's true process, its scope and the
 * day of onset, and looks at the scope's revenue of the half year after it. Many half years are drawn with and
 * without the trouble; seen is revenue that without it is as low only as often as the stated false alarms.
 */
import { nextGapDays, drawLines } from '../../shared/business/orders.js';
import { PRODUCT_GROUPS } from '../../shared/business/catalogue.js';
import type { SimulatedCustomer } from '../../shared/business/population.js';
import { openRandom, type Random } from '../../shared/business/random.js';

/** Half a year: what is not found by then is missed. */
export const FOUND_DAYS_MAX = 182;
/** False alarms of the knowing observer in a half year. */
export const KNOWING_FALSE_SHARE = 0.03;
const DRAWS = 300;
const SEED = 77;

export type Odds = {
  /** Days of the half year on which the scope would have been bought, had nothing happened. */
  readonly orderDays: number;
  /** Revenue of the scope that the half year loses, euro cents. */
  readonly lostMinor: number;
  /** Probability that the knowing observer sees it. */
  readonly power: number;
};

type HalfYear = { readonly orderDays: number; readonly minor: number };

/** Draws the half year after the onset; the trouble is the customer's own, or none. */
const drawHalfYear = (customer: SimulatedCustomer, random: Random, scope: number): HalfYear => {
  const { onsetDay } = customer.planted;
  const until = onsetDay + FOUND_DAYS_MAX;
  let orderDays = 0;
  let minor = 0;
  // The onset falls into a gap at a moment that is no one's choice.
  let day = onsetDay + Math.round(random.uniform() * nextGapDays(customer, onsetDay, random));
  for (; day < until; day += nextGapDays(customer, day, random)) {
    let sum = 0;
    for (const line of drawLines(customer, day, { random, market: 1 })) {
      if (scope < 0 || line.productGroup === PRODUCT_GROUPS[scope]) sum += line.netAmountMinor;
    }
    minor += sum;
    if (sum > 0) orderDays += 1;
  }
  return { orderDays, minor };
};

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** The odds of a customer's planted trouble. */
export const oddsOf = (customer: SimulatedCustomer): Odds => {
  const { planted } = customer;
  const healthy: SimulatedCustomer = { ...customer, planted: { ...planted, cause: 'none' } };
  const random = openRandom(SEED, customer.number);
  const draw = (who: SimulatedCustomer): readonly HalfYear[] =>
    Array.from({ length: DRAWS }, () => drawHalfYear(who, random, planted.group));
  const without = draw(healthy);
  const withIt = draw(customer).map(({ minor }) => minor);
  const ascending = without.map(({ minor }) => minor).sort((a, b) => a - b);
  const allowed = Math.floor(KNOWING_FALSE_SHARE * DRAWS);
  // Strictly below the first that is not allowed any more: ties would be false alarms.
  const bound = ascending[allowed] ?? 0;
  return {
    orderDays: meanOf(without.map(({ orderDays }) => orderDays)),
    lostMinor: Math.max(0, meanOf(ascending) - meanOf(withIt)),
    power: withIt.filter((minor) => minor < bound).length / DRAWS,
  };
};
