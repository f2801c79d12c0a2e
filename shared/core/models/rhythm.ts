/** The own rhythm of a customer: when the next purchase is expected, and how unusual a silence is. */
import { MS_PER_DAY, timeSinceLastPurchaseMs, V } from '../features/vector.js';
import type { ModelArtefact } from './artefact.js';
import { gapVariation } from './ratio-model.js';

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
  const gaps = (vector[V.orderDays] ?? 0) - 1;
  const variation = Math.max(0.35, gapVariation(vector)) * Math.sqrt(1 + 1 / gaps);
  const shape = 1 / (variation * variation);
  const ratio = timeSinceLastPurchaseMs(vector, asOfMs) / gapMs;
  const z = (Math.cbrt(ratio) - (1 - 1 / (9 * shape))) / Math.sqrt(1 / (9 * shape));
  return upperNormalTail(z);
};

/** Time at which the silence becomes as improbable as `probability`; null without a rhythm. */
export const silentFromMs = (vector: readonly number[], probability: number): number | null => {
  const gapMs = meanGapMs(vector);
  if (gapMs === null) return null;
  const lastMs = vector[V.lastOrderedAtMs] ?? 0;
  let low = 0;
  let high = 64;
  for (let i = 0; i < 40; i += 1) {
    const middle = (low + high) / 2;
    const p = silenceProbability({ vector, asOfMs: lastMs + middle * gapMs });
    if (p > probability) low = middle;
    else high = middle;
  }
  return Math.ceil(lastMs + high * gapMs);
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
