/**
 * P(alive): MBG/NBD, which lets a customer drop out after the first purchase already; BG/NBD would say
 * 1 for every one-time buyer for ever. Hot path: no allocation.
 */
import { MS_PER_WEEK, V } from '../features/vector.js';
import type { ModelArtefact } from './artefact.js';

/** Probability that a customer still buys, 0 to 1; 0 without a purchase. */
export const probabilityAlive = ({
  vector,
  asOfMs,
  model,
}: {
  readonly vector: readonly number[];
  readonly asOfMs: number;
  readonly model: ModelArtefact;
}): number => {
  const orderDays = vector[V.orderDays] ?? 0;
  if (orderDays === 0) return 0;
  const { r, alpha, a, b } = model.mbgNbd;
  const x = orderDays - 1;
  const firstMs = vector[V.firstOrderedAtMs] ?? 0;
  const tx = ((vector[V.lastOrderedAtMs] ?? 0) - firstMs) / MS_PER_WEEK;
  const T = Math.max(tx, (asOfMs - firstMs) / MS_PER_WEEK);
  return 1 / (1 + (a / (b + x)) * Math.exp((r + x) * Math.log((alpha + T) / (alpha + tx))));
};
