/**
 * Potential without a machine base: what the high quantile of comparable customers buys in a year.
 * Comparable are customers of the same level of trailing-year revenue (trained table), or, before any
 * training, customers whose order days are worth as much (rulebook). Piecewise linear in the level, so
 * that no order carries a customer over a step.
 */
import { V } from '../features/vector.js';
import type { ModelArtefact } from '../models/artefact.js';
import type { PotentialPoint, PotentialRules } from './rules.js';

/** Interpolates between points; proportional below the first and beyond the last. */
export const potentialAt = (points: readonly PotentialPoint[], levelMinor: number): number => {
  let before = points[0];
  if (before === undefined || levelMinor <= 0) return 0;
  if (levelMinor <= before.fromMinor) {
    return (before.potentialMinor / before.fromMinor) * levelMinor;
  }
  for (let i = 1; i < points.length; i += 1) {
    const after = points[i];
    if (after === undefined) break;
    if (levelMinor < after.fromMinor) {
      const part = (levelMinor - before.fromMinor) / (after.fromMinor - before.fromMinor);
      return before.potentialMinor + (after.potentialMinor - before.potentialMinor) * part;
    }
    before = after;
  }
  return (before.potentialMinor / before.fromMinor) * levelMinor;
};

/** Mean revenue of an order day, shrunk towards the prior while orders are few; minor units. */
const orderDayMinor = (
  vector: readonly number[],
  { priorOrderDayMinor, priorOrderDays }: PotentialRules['withoutMachines'],
): number =>
  ((vector[V.salesMinor] ?? 0) + priorOrderDayMinor * priorOrderDays) /
  ((vector[V.orderDays] ?? 0) + priorOrderDays);

/** Potential of the trained classes at a trailing year; linear between the classes' bounds. */
const trainedPotential = (
  { trailingBoundsMinor, potentialMinor }: ModelArtefact['peerPotential'],
  trailingMinor: number,
): number => {
  const last = potentialMinor.length - 1;
  let fromMinor = 0;
  let value = potentialMinor[0] ?? 0;
  for (let i = 0; i < trailingBoundsMinor.length; i += 1) {
    const boundMinor = trailingBoundsMinor[i] ?? 0;
    const atBound = ((potentialMinor[i] ?? 0) + (potentialMinor[Math.min(last, i + 1)] ?? 0)) / 2;
    if (trailingMinor < boundMinor) {
      const span = Math.max(1, boundMinor - fromMinor);
      return value + (atBound - value) * (Math.max(0, trailingMinor - fromMinor) / span);
    }
    fromMinor = boundMinor;
    value = atBound;
  }
  return Math.max(value, potentialMinor[last] ?? 0);
};

/** Yearly potential of a customer without known machines, reporting minor units. O(points). */
export const peerPotentialMinor = (
  vector: readonly number[],
  {
    trailingMinor,
    rules,
    model,
  }: {
    readonly trailingMinor: number;
    readonly rules: PotentialRules;
    readonly model: ModelArtefact;
  },
): number => {
  if ((vector[V.orderDays] ?? 0) === 0) return 0;
  const estimate =
    model.peerPotential.potentialMinor.length > 0
      ? trainedPotential(model.peerPotential, trailingMinor)
      : potentialAt(rules.withoutMachines.byOrderDay, orderDayMinor(vector, rules.withoutMachines));
  return Math.round(estimate);
};
