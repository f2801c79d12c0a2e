/**
 * MBG/NBD (Batislam, Denizel, Filiztekin 2007; Hoppe, Wagner 2007): BG/NBD in which a customer can
 * also drop out at time zero, so that one-time buyers may be gone. Equations are those of BG/NBD with
 * b + 1 in place of b where dropout after the first purchase counts. Symbols as in bg-nbd.ts; weeks.
 */
import gammaln from '@stdlib/math-base-special-gammaln';
import type { BgNbdParameters } from './bg-nbd.js';
import type { BtydRow } from './btyd-data.js';
import { scaledHypergeometric2F1 } from './hypergeometric.js';
import { minimise } from './nelder-mead.js';

const LOG_MAX = 8;
const A_DISTANCE_MIN = 1e-6;

/** Log-likelihood of the rows (Batislam et al. 2007, equation 9). */
export const mbgNbdLogLikelihood = (
  { r, alpha, a, b }: BgNbdParameters,
  rows: readonly BtydRow[],
): number => {
  const constant = r * Math.log(alpha) - gammaln(r) + gammaln(a + b) - gammaln(b);
  let sum = 0;
  for (const { x, tx, T, count } of rows) {
    const common = constant + gammaln(r + x) + gammaln(b + x + 1) - gammaln(a + b + x + 1);
    const alive = -(r + x) * Math.log(alpha + T);
    const dead = Math.log(a) - Math.log(b + x) - (r + x) * Math.log(alpha + tx);
    const larger = Math.max(alive, dead);
    sum += count * (common + larger + Math.log(Math.exp(alive - larger) + Math.exp(dead - larger)));
  }
  return sum;
};

/** Fits by maximum likelihood, on logarithms of the parameters. */
export const fitMbgNbd = (
  rows: readonly BtydRow[],
  start: BgNbdParameters,
): { readonly parameters: BgNbdParameters; readonly logLikelihood: number } => {
  const toParameters = (logs: readonly number[]): BgNbdParameters => {
    const [r = 0, alpha = 0, a = 0, b = 0] = logs.map((v) =>
      Math.exp(Math.min(LOG_MAX, Math.max(-LOG_MAX, v))),
    );
    return { r, alpha, a, b };
  };
  const { x, value } = minimise(
    (logs) => -mbgNbdLogLikelihood(toParameters(logs), rows),
    [start.r, start.alpha, start.a, start.b].map(Math.log),
  );
  return { parameters: toParameters(x), logLikelihood: -value };
};

/** P(alive | x, tx, T), below 1 also for one-time buyers. */
export const mbgNbdProbabilityAlive = (
  { r, alpha, a, b }: BgNbdParameters,
  { x, tx, T }: { readonly x: number; readonly tx: number; readonly T: number },
): number => 1 / (1 + (a / (b + x)) * Math.exp((r + x) * Math.log((alpha + T) / (alpha + tx))));

/** Expected purchases in (T, T + t]. */
export const mbgNbdExpectedPurchases = (
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
  const shape = a + b + x;
  const scaled = scaledHypergeometric2F1(r + x, a - 1, shape, z);
  return (
    Math.max(0, (shape / (a - 1)) * (1 - scaled)) * mbgNbdProbabilityAlive(parameters, { x, tx, T })
  );
};
