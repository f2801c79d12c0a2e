/**
 * Potential table of the built-in rulebook: yearly after-sales revenue of a machine in its best years,
 * in euro cents. Starting values for a maker of industrial machines, to be replaced by a business's own.
 */
import type { MachineGroupPotential, PotentialRules } from '../potential/rules.js';

const needs = (
  spareParts: number,
  consumables: number,
  maintenance: number,
  tooling: number,
): readonly MachineGroupPotential[] => [
  { productGroup: 'spare-parts', yearlyMinor: spareParts },
  { productGroup: 'consumables', yearlyMinor: consumables },
  { productGroup: 'maintenance', yearlyMinor: maintenance },
  { productGroup: 'tooling', yearlyMinor: tooling },
];

export const builtinPotential: PotentialRules = {
  machines: [
    { machineType: 'cnc-mill', groups: needs(900_000, 400_000, 600_000, 800_000) },
    { machineType: 'cnc-lathe', groups: needs(700_000, 350_000, 500_000, 600_000) },
    { machineType: 'press', groups: needs(1_200_000, 300_000, 800_000, 500_000) },
    { machineType: 'laser-cutter', groups: needs(1_500_000, 900_000, 900_000, 200_000) },
    { machineType: 'packaging-line', groups: needs(1_800_000, 1_500_000, 1_200_000, 300_000) },
    { machineType: 'compressor', groups: needs(250_000, 200_000, 250_000, 0) },
    { machineType: 'pump', groups: needs(150_000, 80_000, 120_000, 0) },
    { machineType: 'robot', groups: needs(400_000, 150_000, 450_000, 250_000) },
  ],
  unknownMachine: needs(400_000, 200_000, 250_000, 100_000),
  // Under warranty little is bought, most between the third and tenth year, then it is replaced.
  ageFactors: [
    { ageYears: 0, factor: 0.35 },
    { ageYears: 2, factor: 0.75 },
    { ageYears: 4, factor: 1 },
    { ageYears: 10, factor: 1 },
    { ageYears: 18, factor: 0.55 },
    { ageYears: 30, factor: 0.15 },
  ],
  withoutMachines: {
    byOrderDay: [
      { fromMinor: 10_000, potentialMinor: 150_000 },
      { fromMinor: 30_000, potentialMinor: 500_000 },
      { fromMinor: 100_000, potentialMinor: 1_600_000 },
      { fromMinor: 300_000, potentialMinor: 4_500_000 },
      { fromMinor: 1_000_000, potentialMinor: 13_000_000 },
      { fromMinor: 5_000_000, potentialMinor: 50_000_000 },
    ],
    priorOrderDayMinor: 40_000,
    priorOrderDays: 2,
  },
  machineUncertainty: 0.25,
  peerUncertainty: 0.5,
};
