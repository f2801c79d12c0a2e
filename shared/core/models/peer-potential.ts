/**
 * Potential where no machine base is known: what the better ones of comparable customers buy in a year.
 * A customer at rank u of trailing-year revenue is compared with the one halfway between u and the top,
 * so that the potential stays within what customers of its kind reach (the maximum of a portfolio is
 * one giant, and says nothing about those below it).
 */
import { trailingYearMinor } from '../features/vector.js';
import type { ModelArtefact } from './artefact.js';

const CLASSES = 16;
/** How far up among all customers the potential lies: halfway from the own rank to the top. */
const LIFT = 0.5;
const CUSTOMERS_MIN = 40;

/** Learns class bounds and the potential of each class. */
export const fitPeerPotential = (
  vectors: readonly (readonly number[])[],
  asOfMs: number,
): ModelArtefact['peerPotential'] => {
  const revenues = vectors
    .map((vector) => trailingYearMinor(vector, asOfMs))
    .filter((minor) => minor > 0)
    .sort((a, b) => a - b);
  if (revenues.length < CUSTOMERS_MIN) return { trailingBoundsMinor: [], potentialMinor: [] };
  const at = (p: number): number => revenues[Math.floor((revenues.length - 1) * p)] ?? 0;
  return {
    trailingBoundsMinor: Array.from({ length: CLASSES - 1 }, (_, i) => at((i + 1) / CLASSES)),
    potentialMinor: Array.from({ length: CLASSES }, (_, i) => {
      const rank = (i + 0.5) / CLASSES;
      return at(rank + LIFT * (1 - rank));
    }),
  };
};
