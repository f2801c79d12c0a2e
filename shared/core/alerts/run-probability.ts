/**
 * How improbable order days without a product group are for a customer that went on with it. An order of many
 * products misses a group less easily than one of few, for some customers; for others an order holds the group
 * or does not, however large it is. An order day of n products misses a group of share q with
 * (1 - q)^(n^e): e is 0, 1/2 or 1, as likely beforehand, and q has Jeffreys' prior. What the order days of the
 * year say of both is averaged over (Bayesian model averaging: Hoeting, Madigan, Raftery, Volinsky 1999). With
 * e = 0, or orders of one product, this is the beta-binomial with b + 1/2 and N - b + 1/2.
 */

/** How many products order days were of: those that held a group, those that did not, and those since. */
export type HeldSizes = {
  readonly held: readonly number[];
  readonly missed: readonly number[];
  readonly without: readonly number[];
};

const EXPONENTS = [0, 0.5, 1] as const;
/** Shares that the average runs over, for each exponent. */
const SHARES = 48;
const CELLS = EXPONENTS.length * SHARES;
/** Larger orders count as this large. */
const SIZE_MAX = 64;

/** log P(missed) of an order of one product, by share; equal steps of the angle are Jeffreys' prior. */
const LOG_MISSED = Float64Array.from(
  { length: SHARES },
  (_, i) => 2 * Math.log(Math.cos(((i + 0.5) / SHARES) * (Math.PI / 2))),
);

const sizeOf = (products: number): number => Math.min(SIZE_MAX, Math.max(1, products));

/** By size: log P(missed) and log P(held) in every cell. */
const LOG_ODDS = Array.from({ length: SIZE_MAX + 1 }, (_, size) => {
  const missed = new Float64Array(CELLS);
  const held = new Float64Array(CELLS);
  for (const [j, exponent] of EXPONENTS.entries()) {
    for (const [i, log] of LOG_MISSED.entries()) {
      const cell = j * SHARES + i;
      missed[cell] = log * Math.max(1, size) ** exponent;
      held[cell] = Math.log(-Math.expm1(missed[cell] ?? 0));
    }
  }
  return { missed, held };
});

const addTo = (sum: Float64Array, sizes: readonly number[], of: 'missed' | 'held'): void => {
  const counts = new Map<number, number>();
  for (const products of sizes) {
    const size = sizeOf(products);
    counts.set(size, (counts.get(size) ?? 0) + 1);
  }
  for (const [size, count] of counts) {
    const log = LOG_ODDS[size]?.[of];
    if (log === undefined) continue;
    for (let cell = 0; cell < CELLS; cell += 1) {
      sum[cell] = (sum[cell] ?? 0) + count * (log[cell] ?? 0);
    }
  }
};

/** What the year says of share and exponent, by cell; sums to 1. */
const weightsOf = ({ held, missed }: HeldSizes): Float64Array => {
  const weights = new Float64Array(CELLS);
  addTo(weights, held, 'held');
  addTo(weights, missed, 'missed');
  const max = weights.reduce((a, b) => Math.max(a, b), -Infinity);
  let total = 0;
  for (let cell = 0; cell < CELLS; cell += 1) {
    const weight = Math.exp((weights[cell] ?? 0) - max);
    weights[cell] = weight;
    total += weight;
  }
  return weights.map((weight) => weight / total);
};

/** Probability that all order days since miss the group; 1 when there are none. */
export const missedProbability = (sizes: HeldSizes): number => {
  if (sizes.without.length === 0) return 1;
  const weights = weightsOf(sizes);
  const log = new Float64Array(CELLS);
  addTo(log, sizes.without, 'missed');
  return weights.reduce((sum, weight, cell) => sum + weight * Math.exp(log[cell] ?? 0), 0);
};

/** Order days since from which on missing the group is at most as probable; null where it never is. */
export const daysUntilImprobable = (sizes: HeldSizes, probability: number): number | null => {
  const weights = weightsOf(sizes);
  for (const [i, products] of sizes.without.entries()) {
    const log = LOG_ODDS[sizeOf(products)]?.missed;
    let left = 0;
    for (let cell = 0; cell < CELLS; cell += 1) {
      const weight = (weights[cell] ?? 0) * Math.exp(log?.[cell] ?? 0);
      weights[cell] = weight;
      left += weight;
    }
    if (left <= probability) return i + 1;
  }
  return null;
};
