/** A model for tests whose intervals are narrow, so that a shortfall shows. */
import { builtinModel, type ModelArtefact } from '../../shared/core/models/artefact.js';

/** Ratios of a steady buyer at INTERVAL_PROBABILITIES. */
const STEADY_RATIOS = [0.5, 0.55, 0.6, 0.7, 0.85, 1, 1.15, 1.3, 1.6];

/** The built-in model with steady intervals in every cell. */
export const steadyModel = (over: Partial<ModelArtefact> = {}): ModelArtefact => ({
  ...builtinModel,
  version: 'steady-1',
  horizons: builtinModel.horizons.map((horizon) => ({
    ...horizon,
    intervals: {
      ...horizon.intervals,
      ratios: horizon.intervals.ratios.map(() => STEADY_RATIOS),
    },
  })),
  ...over,
});

/** A model with everything that training may give, small: trees, classes, products. */
export const trainedModel = (over: Partial<ModelArtefact> = {}): ModelArtefact => ({
  ...builtinModel,
  version: 'trained-1',
  customers: 400,
  horizons: builtinModel.horizons.map((horizon) => ({
    ...horizon,
    // Two trees of depth 2: three nodes and four leaves each.
    trees: {
      depth: 2,
      base: 0.1,
      features: [0, 4, 5, 11, -1, 2],
      bounds: [8, 1.5, 0.2, 0.9, 0, 3],
      leaves: [-0.2, 0.1, 0, 0.3, -0.1, 0.05, 0, 0.2],
    },
    intervals: {
      sizeBoundsMinor: [10_000, 50_000, 200_000, 1_000_000],
      ratios: Array.from({ length: 15 }, () => STEADY_RATIOS),
    },
  })),
  peerPotential: { trailingBoundsMinor: [100_000, 400_000], potentialMinor: [2e5, 8e5, 3e6] },
  nextProducts: {
    skus: ['filter', 'pump', 'seal'],
    groups: ['spare-parts', 'pumps', 'spare-parts'],
    next: [[1, 0.4, 12, 2, 0.3, 9], [2, 0.2, 7], []],
    buyers: [90, 40, 50],
    lift: [1, 1.2, 0],
    amountMinor: [50_000, 900_000, 20_000],
    notSoldIn: [{ country: 'DE', products: [1] }],
    method: 'EASE^R',
  },
  report: {
    grade: 'A',
    rows: [
      {
        method: 'm',
        horizonDays: 91,
        mae: 1,
        rmse: 2,
        bias: 0,
        coverage80: 0.8,
        beatenShare: null,
      },
    ],
  },
  ...over,
});
