/**
 * What a simulated customer truly buys in a year, on average over many: the planted need and wallet are what
 * its orders are drawn from, but an order comes to more, since sizes scatter upward and a line is at least one
 * piece (8 % of the need, 20 % of the purchases of the middle customer). Judged by the planted figures, a
 * method that reads the orders rightly would be wrong by that.
 */
import { drawLines, nextGapDays } from '../../shared/business/orders.js';
import type { SimulatedCustomer } from '../../shared/business/population.js';
import { openRandom } from '../../shared/business/random.js';

const DAYS_PER_YEAR = 365.25;
const STREAM = 0x7000_0000;
const YEARS = 40;
const NOTHING = { cause: 'none', onsetDay: 0, group: -1 } as const;

/** Mean of forty undisturbed years, euro cents; returns and cancelled orders, 2 % of all, are left out. */
const meanYearMinor = (customer: SimulatedCustomer, seed: number): number => {
  const random = openRandom(seed, STREAM + customer.number);
  const asPlanned = { ...customer, planted: NOTHING };
  let sum = 0;
  for (let day = 0; day < YEARS * DAYS_PER_YEAR; day += nextGapDays(asPlanned, day, random)) {
    for (const line of drawLines(asPlanned, day, { random, market: 1 })) sum += line.netAmountMinor;
  }
  return sum / YEARS;
};

export type TrueYear = {
  /** What it would buy, bought it everything here. */
  readonly needMinor: number;
  readonly boughtMinor: number;
};

/** What a customer buys in a year and what it would buy, bought it everything here; euro cents. */
export const trueYearOf = (customer: SimulatedCustomer, seed: number): TrueYear => {
  const needMinor = meanYearMinor({ ...customer, wallet: customer.wallet.map(() => 1) }, seed);
  return { needMinor, boughtMinor: Math.min(needMinor, meanYearMinor(customer, seed)) };
};
