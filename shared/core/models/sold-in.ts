/**
 * In which countries a product is evidently not sold: so many of a country's customers would have bought it
 * by its share elsewhere that nobody doing so is no chance. Learned, since no source lists assortments.
 */
import type { CoPurchase } from './co-purchase.js';
import type { CustomerHistory } from './history.js';

/** Country of a customer; null where it is not known. */
export type CountryOf = (customerId: string) => string | null;

/** P(no buyer), Poisson, at or below which a product counts as not sold in a country. */
const NOT_SOLD_PROBABILITY = 0.001;

/** Per country, ascending by name: indexes of the products that are not sold there. */
export type NotSoldIn = readonly {
  readonly country: string;
  readonly products: readonly number[];
}[];

/** Finds for every country the products that nobody there bought although many should have. */
export const countriesWithout = (
  histories: readonly CustomerHistory[],
  { products, baskets }: CoPurchase,
  countryOf: CountryOf,
): NotSoldIn => {
  const countries = new Map<string, { purchases: number; readonly buyers: Float64Array }>();
  let purchases = 0;
  for (const [i, { customerId }] of histories.entries()) {
    const country = countryOf(customerId);
    const basket = baskets[i];
    if (country === null || country === '' || basket === undefined) continue;
    const entry = countries.get(country) ?? {
      purchases: 0,
      buyers: new Float64Array(products.length),
    };
    countries.set(country, entry);
    entry.purchases += basket.length;
    purchases += basket.length;
    for (const index of basket) entry.buyers[index] = (entry.buyers[index] ?? 0) + 1;
  }
  return [...countries]
    .map(([country, entry]) => ({
      country,
      products: products.flatMap(({ buyers }, index) => {
        const expected = buyers * (entry.purchases / Math.max(1, purchases));
        const isMissing = entry.buyers[index] === 0;
        return isMissing && Math.exp(-expected) <= NOT_SOLD_PROBABILITY ? [index] : [];
      }),
    }))
    .filter((entry) => entry.products.length > 0)
    .sort((a, b) => (a.country < b.country ? -1 : 1));
};
