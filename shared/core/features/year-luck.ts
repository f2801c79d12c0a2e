/**
 * The luck of a year: how far the purchases of one year scatter around what the customer buys in a year on
 * average. Read from its twelve months: months that do not depend on each other make the variance of their sum
 * twelve times their own, whatever the sizes and the rhythm of the orders. For orders that come by chance
 * (compound Poisson) that is the sum of the squared orders; months level with each other have none. A season
 * counts as luck, which errs to the wide side.
 */
import { MONTHS_PER_YEAR, revenueOfMonthMinor, trailingYearMinor, MS_PER_MONTH } from './vector.js';

/** Variance of a year's sum, from the sum and the sum of squares of its twelve months; squared minor units. */
export const yearVariance = (sumMinor: number, monthSquares: number): number =>
  (Math.max(0, monthSquares - (sumMinor * sumMinor) / MONTHS_PER_YEAR) * MONTHS_PER_YEAR) /
  (MONTHS_PER_YEAR - 1);

/**
 * Standard deviation of a year's purchases over those of the trailing year; 0 without any. The month that runs
 * and the one a year ago count as far as they lie in the year.
 */
export const trailingYearVariation = (vector: readonly number[], asOfMs: number): number => {
  const sumMinor = trailingYearMinor(vector, asOfMs);
  if (sumMinor <= 0) return 0;
  const position = asOfMs / MS_PER_MONTH;
  const month = Math.floor(position);
  let squares =
    (revenueOfMonthMinor(vector, month - MONTHS_PER_YEAR) * (1 - position + month)) ** 2;
  for (let m = month - MONTHS_PER_YEAR + 1; m <= month; m += 1) {
    squares += revenueOfMonthMinor(vector, m) ** 2;
  }
  return Math.sqrt(yearVariance(sumMinor, squares)) / sumMinor;
};
