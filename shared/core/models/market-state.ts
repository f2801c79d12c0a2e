/**
 * How far the whole portfolio lately bought above or below what its customers led to expect, and how long that
 * is going to last: a season nobody has seen before, a crisis, the end of either. Effects of fortnights are a
 * state that fades at an unknown pace, seen through their standard errors (Durbin and Koopman 2012, 2.2, 4.3):
 *
 *   effect(t) = state(t) + N(0, error(t)^2 + whim^2),  state(t) = persistence * state(t - 1) + innovation
 *
 * where a whim is what moves all customers in one fortnight and is gone in the next. Persistence and sizes are
 * not estimated but averaged over, by how well each explains the effects so far (Hoeting et al. 1999). Where
 * fortnights say nothing of the next ones, next to nothing is carried on.
 */
import { MS_PER_DAY } from '../features/vector.js';

/** Days of the windows whose effects are told; they follow each other without a gap. */
export const MARKET_WINDOW_DAYS = 14;

/** What is expected of the state, by how much of it is left after a fortnight. */
export type MarketState = {
  readonly persistence: readonly number[];
  /** State at the time of the fit under each persistence, times its probability: logarithms of a factor. */
  readonly logs: readonly number[];
};

/** Effects of consecutive windows, oldest first: logarithm of actual over expected, and its standard error. */
export type MarketEffects = {
  readonly logs: readonly number[];
  readonly errors: readonly number[];
};

const PERSISTENCE = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97] as const;
/** Standard deviations of the state to average over. */
const DEVIATIONS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28] as const;
/** Standard deviations of a fortnight's whim to average over. */
const WHIMS = [0, 0.05, 0.1, 0.2] as const;

/** Runs the Kalman filter: the state after the last effect, and the log-likelihood of them all. */
const filter = (
  { logs, errors }: MarketEffects,
  {
    persistence,
    deviation,
    whim,
  }: { readonly persistence: number; readonly deviation: number; readonly whim: number },
): { readonly state: number; readonly logLikelihood: number } => {
  const innovation = deviation ** 2 * (1 - persistence ** 2);
  let state = 0;
  let variance = deviation ** 2;
  let logLikelihood = 0;
  for (const [t, log] of logs.entries()) {
    if (t > 0) {
      state *= persistence;
      variance = persistence ** 2 * variance + innovation;
    }
    const total = variance + (errors[t] ?? 0) ** 2 + whim ** 2;
    const surprise = log - state;
    logLikelihood -= (Math.log(total) + surprise ** 2 / total) / 2;
    state += (variance / total) * surprise;
    variance *= 1 - variance / total;
  }
  return { state, logLikelihood };
};

/** Averages over persistence and sizes, all held equally likely before the effects were seen. */
export const fitMarketState = (effects: MarketEffects): MarketState => {
  const runs = PERSISTENCE.map((persistence) =>
    DEVIATIONS.flatMap((deviation) =>
      WHIMS.map((whim) => filter(effects, { persistence, deviation, whim })),
    ),
  );
  const best = Math.max(...runs.flat().map(({ logLikelihood }) => logLikelihood));
  const likelihood = (logLikelihood: number): number => Math.exp(logLikelihood - best);
  const total = runs.flat().reduce((sum, run) => sum + likelihood(run.logLikelihood), 0);
  return {
    persistence: PERSISTENCE,
    logs: runs.map(
      (some) =>
        some.reduce((sum, run) => sum + likelihood(run.logLikelihood) * run.state, 0) / total,
    ),
  };
};

/**
 * Logarithm of the factor that a window's revenue is expected to have, the mean of what is left of the state over
 * it; 0 for a window before the fit, of which the state knows nothing.
 */
export const marketScore = (
  { persistence, logs }: MarketState,
  {
    fittedAsOfMs,
    asOfMs,
    horizonDays,
  }: { readonly fittedAsOfMs: number; readonly asOfMs: number; readonly horizonDays: number },
): number => {
  if (asOfMs < fittedAsOfMs) return 0;
  const windows = horizonDays / MARKET_WINDOW_DAYS;
  // The state is that of the middle of the last window.
  const passed = (asOfMs - fittedAsOfMs) / MS_PER_DAY / MARKET_WINDOW_DAYS + 0.5;
  let score = 0;
  for (let i = 0; i < logs.length; i += 1) {
    const left = persistence[i] ?? 0;
    if (left <= 0) continue;
    const rate = Math.log(left);
    score +=
      ((logs[i] ?? 0) * Math.exp(rate * passed) * Math.expm1(rate * windows)) / (rate * windows);
  }
  return score;
};
