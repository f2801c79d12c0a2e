/** The own rhythm of a customer: when the next purchase is expected, and how unusual a silence is. */
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { MS_PER_DAY, timeSinceLastPurchaseMs, V } from '../features/vector.js';
import type { ModelArtefact } from './artefact.js';
import { gapVariation } from './ratio-model.js';

/** Silence beyond this many mean gaps is not told apart any more. */
const RATIO_MAX = 64;
/** Purchases below which there is no own rhythm. */
const ORDER_DAYS_MIN = 3;

/** True from the number of purchases on at which a customer has a rhythm of its own. */
export const hasRhythm = (vector: readonly number[]): boolean =>
  (vector[V.orderDays] ?? 0) >= ORDER_DAYS_MIN;

const meanGapMs = (vector: readonly number[]): number | null => {
  if (!hasRhythm(vector)) return null;
  const orderDays = vector[V.orderDays] ?? 0;
  const spanMs = (vector[V.lastOrderedAtMs] ?? 0) - (vector[V.firstOrderedAtMs] ?? 0);
  return Math.max(MS_PER_DAY, spanMs / (orderDays - 1));
};

/** Expected time of the next purchase: the last one plus the mean gap; null without a rhythm. */
export const expectedNextOrderAtMs = (vector: readonly number[]): number | null => {
  const gapMs = meanGapMs(vector);
  return gapMs === null ? null : Math.round((vector[V.lastOrderedAtMs] ?? 0) + gapMs);
};

/** Shape of the gamma distribution of the gaps, lower while few gaps are known. */
const gapShape = (vector: readonly number[]): number => {
  const gaps = (vector[V.orderDays] ?? 0) - 1;
  const variation = Math.max(0.35, gapVariation(vector)) * Math.sqrt(1 + 1 / gaps);
  return 1 / (variation * variation);
};

/**
 * Probability of a gap at least this long, were the customer active with its own rhythm: gaps taken as
 * gamma distributed with the own mean and variation (Wilson-Hilferty approximation of its tail),
 * predictive in that few gaps widen it. 1 without a rhythm.
 */
export const silenceProbability = ({
  vector,
  asOfMs,
}: {
  readonly vector: readonly number[];
  readonly asOfMs: number;
  readonly model?: ModelArtefact;
}): number => {
  const gapMs = meanGapMs(vector);
  if (gapMs === null) return 1;
  const shape = gapShape(vector);
  const ratio = timeSinceLastPurchaseMs(vector, asOfMs) / gapMs;
  const z = (Math.cbrt(ratio) - (1 - 1 / (9 * shape))) / Math.sqrt(1 / (9 * shape));
  return upperNormalTail(z);
};

/**
 * Time at which the silence becomes as improbable as `probability`, null without a rhythm: silenceProbability
 * solved for time, at most 64 mean gaps.
 */
export const silentFromMs = (vector: readonly number[], probability: number): number | null => {
  const gapMs = meanGapMs(vector);
  if (gapMs === null) return null;
  const spread = 1 / (9 * gapShape(vector));
  const root = 1 - spread - normalQuantile(probability, 0, 1) * Math.sqrt(spread);
  const ratio = Math.min(RATIO_MAX, Math.max(0, root) ** 3);
  return Math.ceil((vector[V.lastOrderedAtMs] ?? 0) + ratio * gapMs);
};

/** Upper tail of the standard normal (Abramowitz and Stegun 26.2.17, absolute error below 7.5e-8). */
const upperNormalTail = (z: number): number => {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  const tail =
    density *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z >= 0 ? tail : 1 - tail;
};
