/**
 * Pareto/NBD (Schmittlein, Morrison, Colombo 1987; equations as in Fader, Hardie 2005, "A Note on
 * Deriving the Pareto/NBD Model and Related Expressions"). Assumptions: (1) while active, purchases are
 * Poisson with rate lambda; (2) lifetimes are exponential with rate mu; (3) lambda ~ Gamma(r, alpha);
 * (4) mu ~ Gamma(s, beta); (5) lambda and mu are independent. Symbols as in bg-nbd.ts; weeks.
 */
import gammaln from '@stdlib/math-base-special-gammaln';
import type { BtydRow } from './btyd-data.js';
import { hypergeometric2F1 } from './hypergeometric.js';
import { minimise } from './nelder-mead.js';

export type ParetoNbdParameters = {
  readonly r: number;
  readonly alpha: number;
  readonly s: number;
  readonly beta: number;
};

type Counts = { readonly x: number; readonly tx: number; readonly T: number };

/**
 * Logarithm of one term of A0 (equations 17 and 18) at time u. Euler's transformation turns the case
 * alpha < beta, whose series grows with (beta/alpha)^x, into one that does not: stable for any x.
 */
const logTerm = ({ r, alpha, s, beta }: ParetoNbdParameters, x: number, u: number): number => {
  const order = r + s + x;
  if (alpha >= beta) {
    const z = (alpha - beta) / (alpha + u);
    return Math.log(hypergeometric2F1(order, s + 1, order + 1, z)) - order * Math.log(alpha + u);
  }
  const z = (beta - alpha) / (beta + u);
  return (
    (1 - r - x) * Math.log1p(-z) +
    Math.log(hypergeometric2F1(1, s + 1, order + 1, z)) -
    order * Math.log(beta + u)
  );
};

/** Logarithm of s/(r+s+x) A0; minus infinity where t_x = T: nothing is known of a death then. */
const logDead = (parameters: ParetoNbdParameters, { x, tx, T }: Counts): number => {
  const { r, s } = parameters;
  const early = logTerm(parameters, x, tx);
  const late = logTerm(parameters, x, T);
  return (
    Math.log(s / (r + s + x)) +
    early +
    Math.log(Math.max(0, -Math.expm1(Math.min(0, late - early))))
  );
};

const logAlive = ({ r, alpha, s, beta }: ParetoNbdParameters, { x, T }: Counts): number =>
  -(r + x) * Math.log(alpha + T) - s * Math.log(beta + T);

/** Log-likelihood of the rows, equation (19). */
export const paretoNbdLogLikelihood = (
  parameters: ParetoNbdParameters,
  rows: readonly BtydRow[],
): number => {
  const { r, alpha, s, beta } = parameters;
  const constant = r * Math.log(alpha) + s * Math.log(beta) - gammaln(r);
  let sum = 0;
  for (const row of rows) {
    const alive = logAlive(parameters, row);
    const dead = logDead(parameters, row);
    const larger = Math.max(alive, dead);
    const either = larger + Math.log(Math.exp(alive - larger) + Math.exp(dead - larger));
    sum += row.count * (constant + gammaln(r + row.x) + either);
  }
  return sum;
};

const LOG_MAX = 8;

/** Fits by maximum likelihood, on logarithms of the parameters. */
export const fitParetoNbd = (
  rows: readonly BtydRow[],
  start: ParetoNbdParameters = { r: 1, alpha: 10, s: 1, beta: 10 },
): { readonly parameters: ParetoNbdParameters; readonly logLikelihood: number } => {
  const toParameters = (logs: readonly number[]): ParetoNbdParameters => {
    const [r = 0, alpha = 0, s = 0, beta = 0] = logs.map((v) =>
      Math.exp(Math.min(LOG_MAX, Math.max(-LOG_MAX, v))),
    );
    return { r, alpha, s, beta };
  };
  const { x, value } = minimise(
    (logs) => -paretoNbdLogLikelihood(toParameters(logs), rows),
    [start.r, start.alpha, start.s, start.beta].map(Math.log),
  );
  return { parameters: toParameters(x), logLikelihood: -value };
};

/** P(alive | x, tx, T), equation (25). */
export const paretoNbdProbabilityAlive = (
  parameters: ParetoNbdParameters,
  counts: Counts,
): number => 1 / (1 + Math.exp(logDead(parameters, counts) - logAlive(parameters, counts)));

/** Expected purchases in (T, T + t], equation (41); the limit of s = 1 is continuous. */
export const paretoNbdExpectedPurchases = (
  parameters: ParetoNbdParameters,
  { x, tx, T, t }: Counts & { readonly t: number },
): number => {
  const { r, alpha, s, beta } = parameters;
  const elapsed = Math.log1p(t / (beta + T));
  const lifetime = Math.abs(s - 1) < 1e-9 ? elapsed : -Math.expm1(-(s - 1) * elapsed) / (s - 1);
  return (
    ((r + x) / (alpha + T)) *
    (beta + T) *
    lifetime *
    paretoNbdProbabilityAlive(parameters, { x, tx, T })
  );
};
