/**
 * MBG/CNBD-k (Reutterer, Platzer, Schroeder 2021, "Leveraging purchase regularity for predicting customer
 * behavior the easy way", IJRM 38(1)): MBG/NBD whose gaps between purchases are Erlang-k with rate
 * lambda instead of exponential, so that regular buyers are missed sooner. k = 1 is MBG/NBD. Symbols as in
 * bg-nbd.ts; sumLogGaps is the sum of the logarithms of a customer's gaps; weeks.
 */
import gammaln from '@stdlib/math-base-special-gammaln';
import type { BgNbdParameters } from './bg-nbd.js';
import { scaledHypergeometric2F1 } from './hypergeometric.js';
import { minimise } from './nelder-mead.js';

export type MbgCnbdParameters = BgNbdParameters & {
  /** Shape of the gaps, a whole number from 1. */
  readonly k: number;
};

type Counts = { readonly x: number; readonly tx: number; readonly T: number };

export type RegularRow = Counts & { readonly sumLogGaps: number };

const K_MAX = 4;

/** Logarithm of P(no purchase in (tx, T] | alive) relative to the Poisson one, by its finite sum. */
const logSilence = ({ k, r, alpha }: MbgCnbdParameters, { x, tx, T }: Counts): number => {
  const ratio = (T - tx) / (alpha + T);
  let term = 1;
  let sum = 1;
  for (let j = 1; j < k; j += 1) {
    term *= ((r + k * x + j - 1) * ratio) / j;
    sum += term;
  }
  return Math.log(sum);
};

/** Logarithm of the odds that the customer died after its last purchase, before silence is weighed. */
const logDead = ({ k, r, alpha, a, b }: MbgCnbdParameters, { x, tx, T }: Counts): number =>
  Math.log(a / (b + x)) + (r + k * x) * Math.log((alpha + T) / (alpha + tx));

const logSum = (first: number, second: number): number => {
  const larger = Math.max(first, second);
  return larger + Math.log(Math.exp(first - larger) + Math.exp(second - larger));
};

/** Log-likelihood of the rows (equation 3 of the paper, with dropout also at time zero). */
export const mbgCnbdLogLikelihood = (
  parameters: MbgCnbdParameters,
  rows: readonly RegularRow[],
): number => {
  const { k, r, alpha, a, b } = parameters;
  const constant = r * Math.log(alpha) - gammaln(r) + gammaln(a + b) - gammaln(b);
  let sum = 0;
  for (const row of rows) {
    const { x, T, sumLogGaps } = row;
    sum +=
      constant +
      (k - 1) * sumLogGaps -
      x * gammaln(k) +
      gammaln(r + k * x) +
      gammaln(b + x + 1) -
      gammaln(a + b + x + 1) -
      (r + k * x) * Math.log(alpha + T) +
      logSum(logDead(parameters, row), logSilence(parameters, row));
  }
  return sum;
};

const LOG_MAX = 8;

/** Fits by maximum likelihood for each k up to 4, until a larger k says less. */
export const fitMbgCnbd = (
  rows: readonly RegularRow[],
  start: BgNbdParameters = { r: 1, alpha: 5, a: 1, b: 2 },
): { readonly parameters: MbgCnbdParameters; readonly logLikelihood: number } => {
  let best: { parameters: MbgCnbdParameters; logLikelihood: number } | null = null;
  for (let k = 1; k <= K_MAX; k += 1) {
    const toParameters = (logs: readonly number[]): MbgCnbdParameters => {
      const [r = 0, alpha = 0, a = 0, b = 0] = logs.map((v) =>
        Math.exp(Math.min(LOG_MAX, Math.max(-LOG_MAX, v))),
      );
      return { k, r, alpha, a, b };
    };
    const from: BgNbdParameters = best?.parameters ?? start;
    const { x, value } = minimise(
      (logs) => -mbgCnbdLogLikelihood(toParameters(logs), rows),
      [from.r, from.alpha, from.a, from.b].map(Math.log),
    );
    if (best !== null && -value <= best.logLikelihood) break;
    best = { parameters: toParameters(x), logLikelihood: -value };
  }
  return best ?? { parameters: { k: 1, ...start }, logLikelihood: 0 };
};

/** P(alive | x, tx, T). */
export const mbgCnbdProbabilityAlive = (parameters: MbgCnbdParameters, counts: Counts): number =>
  1 / (1 + Math.exp(logDead(parameters, counts) - logSilence(parameters, counts)));

/** Distance that keeps a off 1, where the expectation is 0/0; the limit is continuous. */
const A_DISTANCE_MIN = 1e-6;

/**
 * Expected purchases in (T, T + t]. Exact for k = 1; beyond, future purchases are taken as Poisson with
 * the posterior of the purchase rate lambda / k ~ Gamma(r + kx, k(alpha + T)), since the renewal process
 * has no closed form.
 */
export const mbgCnbdExpectedPurchases = (
  parameters: MbgCnbdParameters,
  { x, tx, T, t }: Counts & { readonly t: number },
): number => {
  const { k, r, alpha, b } = parameters;
  const a = Math.abs(parameters.a - 1) < A_DISTANCE_MIN ? 1 + A_DISTANCE_MIN : parameters.a;
  const order = r + k * x;
  const z = t / (k * (alpha + T) + t);
  const shape = a + b + x;
  const scaled = scaledHypergeometric2F1(order, a - 1, shape, z);
  return (
    Math.max(0, (shape / (a - 1)) * (1 - scaled)) *
    mbgCnbdProbabilityAlive(parameters, { x, tx, T })
  );
};
