/**
 * The high quantile of what comparable customers buy of their need in a year, without the luck of that year.
 * What is seen of a customer is its mean year and luck, so that the spread of the seen is wider than that of
 * the means, and its upper tail holds the lucky. The luck's variance is known from the customers' months
 * (features/year-luck.ts); values are drawn toward their mean until the variance left is that of the means
 * (constrained empirical Bayes; Louis 1984, Ghosh 1992). The sampling error is the delete-a-group jackknife's,
 * which takes in that the luck itself is estimated.
 */

/** What a customer bought over what it needs. */
export type Ratio = {
  /** Place among the customers, by which the groups of the jackknife are drawn. */
  readonly index: number;
  readonly value: number;
  /** Variance of the value that is luck. */
  readonly variance: number;
};

export type Estimate = {
  /** Logarithm of the quantile. */
  readonly log: number;
  /** Its sampling variance. */
  readonly variance: number;
};

/** Of ten comparable customers one is taken to buy all it needs here. */
const QUANTILE = 0.9;
/** Effective customers of whom the largest has its plotting position at the quantile. */
const EFFECTIVE_MIN = 0.5 / (1 - QUANTILE);
/** Groups of the jackknife, and thereby customers below which a quantile this high says nothing. */
const GROUPS = 20;
const VALUE_MIN = 1e-9;
const VARIANCE_MIN = 1e-4;

/** Quantile of values in ascending order; the weights' middles are the plotting positions. */
const weightedQuantile = <R extends Ratio>(
  sorted: readonly R[],
  weightOf: (ratio: R) => number,
): number => {
  const total = sorted.reduce((sum, ratio) => sum + weightOf(ratio), 0);
  let below = 0;
  let before = 0;
  let positionBefore = -1;
  for (const ratio of sorted) {
    const weight = weightOf(ratio);
    if (weight <= 0) continue;
    const position = (below + weight / 2) / total;
    if (position >= QUANTILE) {
      if (positionBefore < 0) return ratio.value;
      const part = (QUANTILE - positionBefore) / (position - positionBefore);
      return before + (ratio.value - before) * part;
    }
    below += weight;
    before = ratio.value;
    positionBefore = position;
  }
  return before;
};

/** Mean of the values, and the factor by which their distance from it is luckless. */
type Luckless = { readonly mean: number; readonly factor: number };

const lucklessOf = (ratios: readonly Ratio[], leftOut: number): Luckless => {
  let count = 0;
  let sum = 0;
  let squares = 0;
  let luck = 0;
  for (const { index, value, variance } of ratios) {
    if (index % GROUPS === leftOut) continue;
    count += 1;
    sum += value;
    squares += value * value;
    luck += variance;
  }
  const mean = sum / count;
  const seen = squares / count - mean * mean;
  return { mean, factor: seen > 0 ? Math.sqrt(Math.max(0, 1 - luck / count / seen)) : 0 };
};

const NONE_LEFT_OUT = -1;

export type NeedQuantile<R extends Ratio> = {
  /** Of all customers. */
  readonly all: Estimate;
  /** Of customers by their weight; null where too few speak. */
  readonly weighted: (weightOf: (ratio: R) => number) => Estimate | null;
};

/** Estimates the quantile of ratios; null where too few customers speak. */
export const needQuantileOf = <R extends Ratio>(ratios: readonly R[]): NeedQuantile<R> | null => {
  if (ratios.length < GROUPS) return null;
  const sorted = [...ratios].sort((a, b) => a.value - b.value);
  const logOf = ({ mean, factor }: Luckless, quantile: number): number =>
    Math.log(Math.max(VALUE_MIN, mean + factor * (quantile - mean)));
  const without = Array.from({ length: GROUPS }, (_, leftOut) =>
    logOf(
      lucklessOf(sorted, leftOut),
      weightedQuantile(sorted, ({ index }) => (index % GROUPS === leftOut ? 0 : 1)),
    ),
  );
  const middle = without.reduce((sum, log) => sum + log, 0) / GROUPS;
  const spread = without.reduce((sum, log) => sum + (log - middle) ** 2, 0);
  const variance = Math.max(VARIANCE_MIN, ((GROUPS - 1) / GROUPS) * spread);
  const luckless = lucklessOf(sorted, NONE_LEFT_OUT);
  return {
    all: {
      log: logOf(
        luckless,
        weightedQuantile(sorted, () => 1),
      ),
      variance,
    },
    weighted: (weightOf) => {
      const total = sorted.reduce((sum, ratio) => sum + weightOf(ratio), 0);
      const squares = sorted.reduce((sum, ratio) => sum + weightOf(ratio) ** 2, 0);
      const effective = squares > 0 ? (total * total) / squares : 0;
      if (effective < EFFECTIVE_MIN) return null;
      const log = logOf(luckless, weightedQuantile(sorted, weightOf));
      return { log, variance: (variance * sorted.length) / effective };
    },
  };
};
