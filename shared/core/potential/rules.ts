/**
 * The potential table: what a machine of a type and age needs in a year, per product group. It is data
 * of the rulebook; a trained table takes its place by a new rulebook version.
 */

/** Yearly revenue of a machine in its best years, reporting minor units. */
export type MachineGroupPotential = {
  readonly productGroup: string;
  readonly yearlyMinor: number;
};

export type MachinePotential = {
  readonly machineType: string;
  readonly groups: readonly MachineGroupPotential[];
};

/** Share of the best years' revenue at an age; ages between two points are interpolated. */
export type AgePoint = { readonly ageYears: number; readonly factor: number };

/** Potential at a level of trailing-year revenue or of the mean order; interpolated between points. */
export type PotentialPoint = { readonly fromMinor: number; readonly potentialMinor: number };

export type PotentialRules = {
  readonly machines: readonly MachinePotential[];
  /** What a machine of a type that the table does not know needs. */
  readonly unknownMachine: readonly MachineGroupPotential[];
  /** By ascending age, the first at 0. */
  readonly ageFactors: readonly AgePoint[];
  readonly withoutMachines: {
    /** High quantile of yearly revenue of customers whose orders are worth as much, by mean order day. */
    readonly byOrderDay: readonly PotentialPoint[];
    /** Mean order day towards which customers with few orders are shrunk, and its weight in orders. */
    readonly priorOrderDayMinor: number;
    readonly priorOrderDays: number;
  };
  /** Relative standard errors of the potential: from machines, and from comparable customers. */
  readonly machineUncertainty: number;
  readonly peerUncertainty: number;
};
