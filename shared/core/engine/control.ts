/**
 * The state of a partition that is not about one customer: names, rates, territories, stream time
 * and the versions in force. It changes by broadcast records only, in log order.
 */
import type { TerritoryStaffing } from '../decide/context.js';
import type { ModelArtefact } from '../models/artefact.js';
import { builtinModel } from '../models/artefact.js';
import type { Rulebook } from '../rulebook/rulebook.js';
import { builtinRulebook } from '../rulebook/rulebook.js';
import { createNameTable, type NameTable } from './names.js';
import type { RateTable } from './rates.js';

export type PartitionControl = {
  readonly names: NameTable;
  readonly rates: RateTable;
  readonly territories: Map<string, TerritoryStaffing>;
  /** Time of the last tick, 0 before the first: event time of this partition. */
  streamTimeMs: number;
  rulebook: Rulebook;
  model: ModelArtefact;
};

/** Returns the control state before the first record. */
export const createControl = (): PartitionControl => ({
  names: createNameTable([]),
  rates: new Map(),
  territories: new Map(),
  streamTimeMs: 0,
  rulebook: builtinRulebook,
  model: builtinModel,
});
