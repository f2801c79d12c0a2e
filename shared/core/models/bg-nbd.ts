/**
 * BG/NBD (Fader, Hardie, Lee 2005, "Counting Your Customers" the Easy Way, Marketing Science 24(2)).
 * Assumptions: (1) while active, purchases are Poisson with rate lambda; (2) lambda ~ Gamma(r, alpha)
 * across customers; (3) after any purchase a customer drops out with probability p; (4) p ~ Beta(a, b);
 * (5) lambda and p are independent. Symbols: x repeat purchases, tx recency, T age, t horizon; weeks.
 */
import gammaln from '@stdlib/math-base-special-gammaln';
import type { BtydRow } from './btyd-data.js';
import { scaledHypergeometric2F1 } from './hypergeometric.js';
import { minimise } from './nelder-mead.js';

export type BgNbdParameters = {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
};

/** Log-likelihood of the rows, equation (6) of the paper, in the form of its appendix. */
export const bgNbdLogLikelihood = (
  { r, alpha, a, b }: BgNbdParameters,
  rows: readonly BtydRow[],
): number => {
  const constant = r * Math.log(alpha) - gammaln(r) + gammaln(a + b) - gammaln(b);
  let sum = 0;
  for (const { x, tx, T, count } of rows) {
    const common = constant + gammaln(r + x) + gammaln(b + x) - gammaln(a + b + x);
    const alive = -(r + x) * Math.log(alpha + T);
    if (x === 0) {
      sum += count * (common + alive);
      continue;
    }
    const dead = Math.log(a) - Math.log(b + x - 1) - (r + x) * Math.log(alpha + tx);
    const larger = Math.max(alive, dead);
    sum += count * (common + larger + Math.log(Math.exp(alive - larger) + Math.exp(dead - larger)));
  }
  return sum;
};

/** Bounds of the logarithms of the parameters: dropout can vanish, then a -> 0 has no minimum. */
const LOG_MAX = 8;

/** Fits by maximum likelihood, on logarithms of the parameters. */
export const fitBgNbd = (
  rows: readonly BtydRow[],
  start: BgNbdParameters = { r: 1, alpha: 5, a: 1, b: 2 },
): { readonly parameters: BgNbdParameters; readonly logLikelihood: number } => {
  const toParameters = (logs: readonly number[]): BgNbdParameters => {
    const [r = 0, alpha = 0, a = 0, b = 0] = logs.map((v) =>
      Math.exp(Math.min(LOG_MAX, Math.max(-LOG_MAX, v))),
    );
    return { r, alpha, a, b };
  };
  const { x, value } = minimise(
    (logs) => -bgNbdLogLikelihood(toParameters(logs), rows),
    [start.r, start.alpha, start.a, start.b].map(Math.log),
  );
  return { parameters: toParameters(x), logLikelihood: -value };
};

/** P(alive | x, tx, T); 1 for x = 0 by the model's assumption (3): see alive.ts for what to use. */
export const bgNbdProbabilityAlive = (
  { r, alpha, a, b }: BgNbdParameters,
  { x, tx, T }: { readonly x: number; readonly tx: number; readonly T: number },
): number =>
  x === 0
    ? 1
    : 1 / (1 + (a / (b + x - 1)) * Math.exp((r + x) * Math.log((alpha + T) / (alpha + tx))));

/** Distance that keeps a off 1, where equation (10) is 0/0; the limit is continuous. */
const A_DISTANCE_MIN = 1e-6;

/** Expected purchases in (T, T + t], equation (10). */
export const bgNbdExpectedPurchases = (
  parameters: BgNbdParameters,
  {
    x,
    tx,
    T,
    t,
  }: { readonly x: number; readonly tx: number; readonly T: number; readonly t: number },
): number => {
  const { r, alpha, b } = parameters;
  const a = Math.abs(parameters.a - 1) < A_DISTANCE_MIN ? 1 + A_DISTANCE_MIN : parameters.a;
  const z = t / (alpha + T + t);
  const shape = a + b + x - 1;
  const ifAlive = (shape / (a - 1)) * (1 - scaledHypergeometric2F1(r + x, a - 1, shape, z));
  return Math.max(0, ifAlive) * bgNbdProbabilityAlive(parameters, { x, tx, T });
};
