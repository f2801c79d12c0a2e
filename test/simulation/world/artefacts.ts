/** Rulebooks and models of a simulation: versions that decide differently, published over time. */
import { createHash } from 'node:crypto';
import { builtinModel } from '../../../shared/core/models/artefact.js';
import { builtinRulebook, type Rulebook } from '../../../shared/core/rulebook/rulebook.js';
import type { ModelArtefact } from '../../../shared/core/models/artefact.js';

export type SimArtefact = {
  readonly kind: 'rulebook' | 'model';
  readonly version: string;
  readonly json: string;
  readonly sha256: string;
};

const publish = (kind: SimArtefact['kind'], artefact: Rulebook | ModelArtefact): SimArtefact => {
  const text = JSON.stringify(artefact);
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { kind, version: artefact.version, json: text, sha256 };
};

/** Scales all revenue thresholds, so that a segment decided under the wrong version shows. */
const rulebook = (version: string, factor: number): SimArtefact =>
  publish('rulebook', {
    ...builtinRulebook,
    version,
    segments: {
      ...builtinRulebook.segments,
      dwellDays: 1,
      levels: builtinRulebook.segments.levels.map(({ segment, anyOf }) => ({
        segment,
        anyOf: anyOf.map((conditions) =>
          conditions.map(({ dimension, atLeast }) => ({
            dimension,
            atLeast: dimension.endsWith('Minor') ? atLeast * factor : atLeast,
          })),
        ),
      })),
    },
  });

const model = (version: string, season: number): SimArtefact =>
  publish('model', {
    ...builtinModel,
    version,
    season: builtinModel.season.map((value, week) => (week % 2 === 0 ? value * season : value)),
  });

export const SIM_ARTEFACTS: readonly SimArtefact[] = [
  rulebook('rules-2', 0.1),
  rulebook('rules-3', 4),
  rulebook('rules-4', 0.5),
  model('model-2', 1.3),
  model('model-3', 0.6),
];
