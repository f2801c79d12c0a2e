/**
 * Potential from the installed base: table by machine type times a factor for its age, summed over the
 * machines in operation. Continuous in age, so that no birthday of a machine moves a segment.
 */
import type { Machine } from '../customer/state.js';
import type { AgePoint, MachineGroupPotential, PotentialRules } from './rules.js';

export const MS_PER_YEAR = 365.25 * 86_400_000;

/** The table prepared for the hot path: yearly totals by type in a Map, safe for any type name. */
export type PotentialTable = {
  readonly yearlyMinorByType: ReadonlyMap<string, number>;
  readonly groupsByType: ReadonlyMap<string, readonly MachineGroupPotential[]>;
  readonly unknownMinor: number;
  readonly unknownGroups: readonly MachineGroupPotential[];
  readonly ageFactors: readonly AgePoint[];
  /** Relative standard error of the potential by type, and of types without one of their own. */
  readonly errorByType: ReadonlyMap<string, number>;
  readonly unknownError: number;
};

const totalOf = (groups: readonly MachineGroupPotential[]): number =>
  groups.reduce((sum, group) => sum + group.yearlyMinor, 0);

/** Prepares the table of a rulebook. */
export const compilePotentialTable = (rules: PotentialRules): PotentialTable => ({
  yearlyMinorByType: new Map(rules.machines.map((m) => [m.machineType, totalOf(m.groups)])),
  groupsByType: new Map(rules.machines.map((m) => [m.machineType, m.groups])),
  unknownMinor: totalOf(rules.unknownMachine),
  unknownGroups: rules.unknownMachine,
  ageFactors: rules.ageFactors,
  errorByType: new Map(),
  unknownError: rules.machineUncertainty,
});

/** Share of the best years' revenue at an age in years; constant beyond the last point. */
export const ageFactor = (points: readonly AgePoint[], ageYears: number): number => {
  let before = points[0];
  if (before === undefined) return 1;
  for (let i = 1; i < points.length; i += 1) {
    const after = points[i];
    if (after === undefined) break;
    if (ageYears < after.ageYears) {
      const span = after.ageYears - before.ageYears;
      const part = Math.max(0, ageYears - before.ageYears) / span;
      return before.factor + (after.factor - before.factor) * part;
    }
    before = after;
  }
  return before.factor;
};

/** True while the machine is in operation. */
export const isRunning = (machine: Machine, asOfMs: number): boolean =>
  machine.commissionedAtMs <= asOfMs &&
  (machine.decommissionedAtMs === null || machine.decommissionedAtMs > asOfMs);

/** Yearly potential of the machines in operation, reporting minor units. O(machines). */
export const machinePotentialMinor = (
  machines: readonly Machine[],
  table: PotentialTable,
  asOfMs: number,
): number => {
  let sum = 0;
  for (const machine of machines) {
    if (!isRunning(machine, asOfMs)) continue;
    const yearlyMinor = table.yearlyMinorByType.get(machine.machineType) ?? table.unknownMinor;
    const ageYears = (asOfMs - machine.commissionedAtMs) / MS_PER_YEAR;
    sum += yearlyMinor * ageFactor(table.ageFactors, ageYears);
  }
  return Math.round(sum);
};

/** Relative standard error of the sum: errors of one type's machines are one and the same. */
export const machinePotentialError = (
  machines: readonly Machine[],
  { yearlyMinorByType, unknownMinor, errorByType, unknownError }: PotentialTable,
  asOfMs: number,
): number => {
  let weighted = 0;
  let total = 0;
  for (const machine of machines) {
    if (!isRunning(machine, asOfMs)) continue;
    const yearlyMinor = yearlyMinorByType.get(machine.machineType) ?? unknownMinor;
    weighted += yearlyMinor * (errorByType.get(machine.machineType) ?? unknownError);
    total += yearlyMinor;
  }
  return total > 0 ? weighted / total : unknownError;
};

/** The same per product group, for the gaps that become opportunities. Cold path. */
export const machinePotentialByGroup = (
  machines: readonly Machine[],
  table: PotentialTable,
  asOfMs: number,
): ReadonlyMap<string, number> => {
  const byGroup = new Map<string, number>();
  for (const machine of machines) {
    if (!isRunning(machine, asOfMs)) continue;
    const factor = ageFactor(table.ageFactors, (asOfMs - machine.commissionedAtMs) / MS_PER_YEAR);
    for (const group of table.groupsByType.get(machine.machineType) ?? table.unknownGroups) {
      const soFar = byGroup.get(group.productGroup) ?? 0;
      byGroup.set(group.productGroup, soFar + group.yearlyMinor * factor);
    }
  }
  return byGroup;
};
