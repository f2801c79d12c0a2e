/** The machine table learned from customers whose needs are known, and how the scorer applies it. */
import { describe, expect, it } from '@jest/globals';
import { openRandom } from '../../../../../shared/business/random.js';
import type { Machine } from '../../../../../shared/core/customer/state.js';
import { MS_PER_DAY } from '../../../../../shared/core/features/vector.js';
import {
  calibratedTable,
  potentialTableOf,
} from '../../../../../shared/core/potential/calibrated-table.js';
import { fitMachineNeeds } from '../../../../../shared/core/potential/fit-machine-needs.js';
import {
  compilePotentialTable,
  machinePotentialByGroup,
  machinePotentialError,
  machinePotentialMinor,
} from '../../../../../shared/core/potential/machine-potential.js';
import type { PotentialRules } from '../../../../../shared/core/potential/rules.js';
import { builtinPotential } from '../../../../../shared/core/rulebook/builtin-potential.js';

const asOfMs = 2_000 * MS_PER_DAY;
const GROUPS = ['parts', 'oil'] as const;
/** True needs of a year by type, in the order of the groups. */
const NEEDS = { press: [100_000, 20_000], pump: [10_000, 40_000] } as const;
type Type = keyof typeof NEEDS;
const TYPES: readonly [Type, Type] = ['press', 'pump'];

const rulesOf = (press: readonly [number, number], pump: readonly [number, number]) =>
  ({
    ...builtinPotential,
    machines: [
      {
        machineType: 'press',
        groups: GROUPS.map((productGroup, i) => ({ productGroup, yearlyMinor: press[i] ?? 0 })),
      },
      {
        machineType: 'pump',
        groups: GROUPS.map((productGroup, i) => ({ productGroup, yearlyMinor: pump[i] ?? 0 })),
      },
    ],
    unknownMachine: [],
    ageFactors: [{ ageYears: 0, factor: 1 }],
  }) satisfies PotentialRules;

const machineOf = (machineType: string, i: number): Machine => ({
  machineId: `${machineType}-${String(i)}`,
  machineType,
  commissionedAtMs: 0,
  decommissionedAtMs: null,
});

/**
 * Customers with one to four machines who buy 20 to 100 % of a need that scatters by a fifth, in so many orders
 * a year on average, as chance will have them.
 */
const businessOf = (customers: number, ordersAYear = 12) => {
  const machinesOf = new Map<string, readonly Machine[]>();
  const histories = Array.from({ length: customers }, (_, number) => {
    const random = openRandom(5, number);
    const customerId = `c-${String(number).padStart(4, '0')}`;
    const types = Array.from({ length: 1 + random.below(4) }, () => random.pick(TYPES));
    machinesOf.set(customerId, types.map(machineOf));
    const share = 0.2 + 0.8 * random.uniform();
    const yearMinor = GROUPS.map((_name, groupId) => {
      const need = types.reduce((sum, type) => sum + (NEEDS[type][groupId] ?? 0), 0);
      return need * share * Math.exp(0.2 * random.normal());
    });
    const documents = [];
    for (let day = 1_000; day < 2_000;) {
      const lines = yearMinor.map((minor, groupId) => ({
        skuId: groupId,
        groupId,
        quantityMilli: 1_000,
        netMinor: Math.round((minor / ordersAYear) * random.gamma(3)),
      }));
      const orderedAtMs = day * MS_PER_DAY;
      const status = { isReturn: false, isForwarded: false, version: 1 };
      documents.push({ ...status, orderHash: documents.length, orderedAtMs, lines });
      day -= (Math.log(1 - random.uniform()) * 365.25) / ordersAYear;
    }
    return { customerId, documents };
  });
  const traitsOf = (customerId: string) => ({
    machines: machinesOf.get(customerId) ?? [],
    machineTypes: new Set<string>(),
    industry: null,
  });
  return { histories, input: { asOfMs, nameOf: (id: number) => GROUPS[id] ?? '', traitsOf } };
};

const learn = (customers: number, rules: PotentialRules, ordersAYear?: number) => {
  const { histories, input } = businessOf(customers, ordersAYear);
  return fitMachineNeeds(histories, { ...input, rules });
};

/** Factor by which an entry is off. */
const offBy = (needs: ReturnType<typeof learn>): readonly number[] =>
  TYPES.flatMap((type) =>
    GROUPS.map((group, i) => {
      const found = needs.find((n) => n.machineType === type && n.productGroup === group);
      return (found?.yearlyMinor ?? 0) / NEEDS[type][i === 0 ? 0 : 1];
    }),
  );

describe('the calibrated machine table', () => {
  it('finds the needs, though the rulebook is wrong by half and by double', () => {
    const needs = learn(800, rulesOf([50_000, 40_000], [20_000, 20_000]));
    for (const factor of offBy(needs)) {
      expect(factor).toBeGreaterThan(0.8);
      expect(factor).toBeLessThan(1.25);
    }
    for (const { relativeError } of needs) expect(relativeError).toBeLessThan(0.2);
  });

  it('takes no luck for need, where orders are few', () => {
    const needs = learn(800, rulesOf([100_000, 20_000], [10_000, 40_000]), 4);
    const logs = offBy(needs).map((factor) => Math.log(factor));
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
    expect(Math.abs(mean)).toBeLessThan(Math.log(1.1));
  });

  it('makes a good table no worse by the luck of some dozens of customers', () => {
    const needs = learn(60, rulesOf([100_000, 20_000], [10_000, 40_000]), 4);
    for (const factor of offBy(needs)) {
      expect(factor).toBeGreaterThan(0.8);
      expect(factor).toBeLessThan(1.25);
    }
  });

  it('finds needs of which the rulebook says nothing', () => {
    const needs = learn(800, { ...rulesOf([0, 0], [0, 0]), machines: [] });
    for (const factor of offBy(needs)) {
      expect(factor).toBeGreaterThan(0.75);
      expect(factor).toBeLessThan(1.35);
    }
  });

  it('leaves the rulebook its word where customers are few', () => {
    const rules = rulesOf([50_000, 40_000], [20_000, 20_000]);
    const [oil, parts] = learn(15, rules).filter(({ machineType }) => machineType === 'press');
    expect([oil?.yearlyMinor, parts?.yearlyMinor]).toEqual([40_000, 50_000]);
    expect(parts?.relativeError).toBeGreaterThan(0.17);
  });

  it('adds nothing to what the rulebook says is not needed', () => {
    const needs = learn(200, rulesOf([100_000, 20_000], [10_000, 0]));
    expect(needs.map(({ machineType, productGroup }) => `${machineType} ${productGroup}`)).toEqual([
      'press oil',
      'press parts',
      'pump parts',
    ]);
  });

  it('leaves out customers who are not known for a year', () => {
    const { histories, input } = businessOf(200);
    const young = histories.map(({ customerId, documents }) => ({
      customerId,
      documents: documents.filter(({ orderedAtMs }) => orderedAtMs > asOfMs - 200 * MS_PER_DAY),
    }));
    const rules = rulesOf([50_000, 40_000], [20_000, 20_000]);
    expect(fitMachineNeeds(young, { ...input, rules })).toEqual([]);
  });
});

describe('the table in force', () => {
  const rules = rulesOf([50_000, 40_000], [20_000, 20_000]);
  const needs = learn(800, rules);
  const press = [machineOf('press', 1)];

  it('is what was learned, with a smaller error', () => {
    const table = calibratedTable(rules, needs);
    const learned = needs.filter(({ machineType }) => machineType === 'press');
    const sum = learned.reduce((total, { yearlyMinor }) => total + yearlyMinor, 0);
    expect(machinePotentialMinor(press, table, asOfMs)).toBe(sum);
    expect(machinePotentialByGroup(press, table, asOfMs).get('parts')).toBe(
      learned.find(({ productGroup }) => productGroup === 'parts')?.yearlyMinor,
    );
    expect(machinePotentialError(press, table, asOfMs)).toBeLessThan(rules.machineUncertainty);
  });

  it('takes the rulebook where nothing was learned, and where it was changed since', () => {
    const plain = compilePotentialTable(rules);
    expect(machinePotentialMinor(press, calibratedTable(rules, []), asOfMs)).toBe(
      machinePotentialMinor(press, plain, asOfMs),
    );
    expect(machinePotentialError(press, plain, asOfMs)).toBe(rules.machineUncertainty);
    const changed = calibratedTable(rulesOf([70_000, 40_000], [20_000, 20_000]), needs);
    expect(machinePotentialByGroup(press, changed, asOfMs).get('parts')).toBe(70_000);
  });

  it('is prepared once for a rulebook and a model', () => {
    const other = { machineNeeds: [] };
    const first = potentialTableOf({ potential: rules }, { machineNeeds: needs });
    expect(potentialTableOf({ potential: rules }, other)).not.toBe(first);
    expect(potentialTableOf({ potential: rules }, { machineNeeds: needs })).toBe(first);
  });
});
