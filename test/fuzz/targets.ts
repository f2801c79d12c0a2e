/** All doors through which data from outside comes in. */
import type { FuzzTarget } from './target.js';
import { artefactTargets } from './targets/artefacts.js';
import { avroTargets } from './targets/avro.js';
import { configTargets } from './targets/config.js';
import { eventTargets } from './targets/events.js';
import { fileTargets } from './targets/files.js';
import { foreignTargets } from './targets/foreign.js';
import { httpTarget } from './targets/http.js';
import { outputTargets } from './targets/outputs.js';

export const TARGETS: readonly FuzzTarget[] = [
  ...avroTargets,
  ...eventTargets,
  ...fileTargets,
  ...configTargets,
  ...artefactTargets,
  ...foreignTargets,
  ...outputTargets,
  httpTarget,
];
