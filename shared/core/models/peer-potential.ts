/**
 * Potential where no machine base is known: what the best of comparable customers spend in a year.
 * Comparable = same class of trailing-year revenue; best = a high quantile of the next class up.
 */
import { trailingYearMinor } from '../features/vector.js';
import type { ModelArtefact } from './artefact.js';

const CLASSES = 8;
const QUANTILE = 0.75;
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
    potentialMinor: Array.from({ length: CLASSES }, (_, i) =>
      at(Math.min(1, (i + 1 + QUANTILE) / CLASSES)),
    ),
  };
};
