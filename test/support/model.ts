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
