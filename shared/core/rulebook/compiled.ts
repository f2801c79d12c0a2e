/**
 * What the hot path needs of a rulebook in prepared form: maps and tables instead of lists. Derived,
 * never stored; one is kept per rulebook object, the last one at hand without a look-up.
 */
import { MS_PER_DAY } from '../features/vector.js';
import { buildPlans, type PlanTable } from '../treatments/plans.js';
import type { Rulebook } from './rulebook.js';

export type CompiledRulebook = {
  readonly planTable: PlanTable;
  readonly dwellMs: number;
};

const compiled = new WeakMap<Rulebook, CompiledRulebook>();
let lastRulebook: Rulebook | null = null;
let lastCompiled: CompiledRulebook | null = null;

/** Returns the prepared form of a rulebook. */
export const compileRulebook = (rulebook: Rulebook): CompiledRulebook => {
  if (rulebook === lastRulebook && lastCompiled !== null) return lastCompiled;
  const known = compiled.get(rulebook) ?? {
    planTable: buildPlans(rulebook.treatments),
    dwellMs: rulebook.segments.dwellDays * MS_PER_DAY,
  };
  compiled.set(rulebook, known);
  lastRulebook = rulebook;
  lastCompiled = known;
  return known;
};
