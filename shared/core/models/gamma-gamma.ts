/**
 * Gamma-Gamma model of monetary value (Fader, Hardie 2013, "The Gamma-Gamma Model of Monetary
 * Value"). Assumptions: (1) a customer's transaction values are Gamma(p, nu); (2) nu ~ Gamma(q, gamma)
 * across customers; (3) value and purchase process are independent. x transactions, m their mean.
 */
import gammaln from '@stdlib/math-base-special-gammaln';
import { minimise } from './nelder-mead.js';

export type GammaGammaParameters = {
  readonly p: number;
  readonly q: number;
  readonly gamma: number;
};

export type SpendRow = { readonly x: number; readonly m: number };

/** Log-likelihood, equation (1a); rows have x >= 1 and m > 0. */
export const gammaGammaLogLikelihood = (
  { p, q, gamma }: GammaGammaParameters,
  rows: readonly SpendRow[],
): number => {
  let sum = 0;
  for (const { x, m } of rows) {
    sum +=
      gammaln(p * x + q) -
      gammaln(p * x) -
      gammaln(q) +
      q * Math.log(gamma) +
      (p * x - 1) * Math.log(m) +
      p * x * Math.log(x) -
      (p * x + q) * Math.log(gamma + x * m);
  }
  return sum;
};

const LOG_MAX = 20;
/** q at or below 1 has no mean; a fit there is pulled back to where a mean exists. */
const Q_MIN = 1.05;

/** Fits by maximum likelihood on values scaled to mean 1, for the sake of the optimiser. */
export const fitGammaGamma = (
  rows: readonly SpendRow[],
): { readonly parameters: GammaGammaParameters; readonly logLikelihood: number } => {
  const scale = rows.reduce((sum, row) => sum + row.m, 0) / Math.max(1, rows.length);
  const scaled = rows.map(({ x, m }) => ({ x, m: m / scale }));
  const toParameters = (logs: readonly number[]): GammaGammaParameters => {
    const [p = 0, q = 0, gamma = 0] = logs.map((v) =>
      Math.exp(Math.min(LOG_MAX, Math.max(-LOG_MAX, v))),
    );
    return { p, q, gamma };
  };
  const { x } = minimise(
    (logs) => -gammaGammaLogLikelihood(toParameters(logs), scaled),
    [Math.log(4), Math.log(3), Math.log(1)],
  );
  const fitted = toParameters(x);
  const parameters = { ...fitted, gamma: fitted.gamma * scale };
  return { parameters, logLikelihood: gammaGammaLogLikelihood(parameters, rows) };
};

/** Expected value of a customer's transactions, equation (5); the population mean for x = 0. */
export const gammaGammaExpectedValue = (
  { p, q: fittedQ, gamma }: GammaGammaParameters,
  { x, m }: SpendRow,
): number => {
  const q = Math.max(Q_MIN, fittedQ);
  return (p * (gamma + x * m)) / (p * x + q - 1);
};
