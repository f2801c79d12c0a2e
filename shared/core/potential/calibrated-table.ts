/**
 * The machine table in force: the rulebook's with the model's calibrated entries in their place. An entry that
 * was changed in the rulebook since the model was trained holds as it was changed.
 */
import type { ModelArtefact } from '../models/artefact.js';
import type { Rulebook } from '../rulebook/rulebook.js';
import { TABLE_SHARE, type MachineNeed } from './fit-machine-needs.js';
import { compilePotentialTable, type PotentialTable } from './machine-potential.js';
import type { MachineGroupPotential, PotentialRules } from './rules.js';

type Calibrated = {
  readonly groups: readonly MachineGroupPotential[];
  readonly relativeError: number;
};

/** Groups of a type by the model where its prior still stands, and by the rulebook. */
const calibrate = (
  needs: readonly MachineNeed[],
  rulebookGroups: readonly MachineGroupPotential[],
  tableError: number,
): Calibrated => {
  const learned = new Map(needs.map((need) => [need.productGroup, need]));
  let weighted = 0;
  let total = 0;
  const add = (yearlyMinor: number, relativeError: number): void => {
    weighted += yearlyMinor * relativeError;
    total += yearlyMinor;
  };
  const groups = rulebookGroups.map((group) => {
    const need = learned.get(group.productGroup);
    const isLearned = need?.priorMinor === group.yearlyMinor;
    const yearlyMinor = isLearned ? need.yearlyMinor : group.yearlyMinor;
    add(yearlyMinor, isLearned ? need.relativeError : tableError);
    return { productGroup: group.productGroup, yearlyMinor };
  });
  const named = new Set(rulebookGroups.map(({ productGroup }) => productGroup));
  for (const { productGroup, priorMinor, yearlyMinor, relativeError } of needs) {
    if (named.has(productGroup) || priorMinor > 0) continue;
    add(yearlyMinor, relativeError);
    groups.push({ productGroup, yearlyMinor });
  }
  return { groups, relativeError: total > 0 ? weighted / total : tableError };
};

/** Prepares the table of a rulebook with what a model learned of it. */
export const calibratedTable = (
  rules: PotentialRules,
  needs: readonly MachineNeed[],
): PotentialTable => {
  if (needs.length === 0) return compilePotentialTable(rules);
  const uncertainty = rules.machineUncertainty;
  const tableError = Math.sqrt(TABLE_SHARE) * uncertainty;
  const individual = (1 - TABLE_SHARE) * uncertainty ** 2;
  const types = new Set([
    ...rules.machines.map(({ machineType }) => machineType),
    ...needs.map(({ machineType }) => machineType),
  ]);
  const errorByType = new Map<string, number>();
  const machines = [...types].map((machineType) => {
    const own = rules.machines.find((known) => known.machineType === machineType);
    const calibrated = calibrate(
      needs.filter((need) => need.machineType === machineType),
      own?.groups ?? rules.unknownMachine,
      tableError,
    );
    errorByType.set(machineType, Math.sqrt(individual + calibrated.relativeError ** 2));
    return { machineType, groups: calibrated.groups };
  });
  return { ...compilePotentialTable({ ...rules, machines }), errorByType };
};

const tables = new WeakMap<PotentialRules, WeakMap<readonly MachineNeed[], PotentialTable>>();
const lately: {
  rules: PotentialRules | null;
  needs: readonly MachineNeed[] | null;
  table: PotentialTable | null;
} = { rules: null, needs: null, table: null };

/** The table in force; prepared once for a rulebook and a model, the last one at hand without a look-up. */
export const potentialTableOf = (
  { potential }: Pick<Rulebook, 'potential'>,
  { machineNeeds }: Pick<ModelArtefact, 'machineNeeds'>,
): PotentialTable => {
  if (lately.rules === potential && lately.needs === machineNeeds && lately.table !== null) {
    return lately.table;
  }
  const byNeeds = tables.get(potential) ?? new WeakMap<readonly MachineNeed[], PotentialTable>();
  tables.set(potential, byNeeds);
  const table = byNeeds.get(machineNeeds) ?? calibratedTable(potential, machineNeeds);
  byNeeds.set(machineNeeds, table);
  lately.rules = potential;
  lately.needs = machineNeeds;
  lately.table = table;
  return table;
};
