/** A ratio of two sums over customers: actual over expected of all of them together. */

/** What one customer brings to the sums. */
export type Counted = { readonly expected: number; readonly actual: number };

export type RatioOfSums = { readonly value: number; readonly variance: number };

/** The ratio and its variance (Cochran 1977, 6.4); null where nothing was expected. */
export const ratioOfSums = (counted: readonly Counted[]): RatioOfSums | null => {
  let expected = 0;
  let actual = 0;
  for (const row of counted) {
    expected += row.expected;
    actual += row.actual;
  }
  if (expected <= 0) return null;
  const value = actual / expected;
  let squares = 0;
  for (const row of counted) squares += (row.actual - value * row.expected) ** 2;
  return { value, variance: squares / (expected * expected) };
};
