/**
 * `npm run backtest:potential`: how well potential and share of wallet are known on simulated businesses,
 * where both are known, with the rulebook's machine table and with the calibrated one. The rulebook's table is
 * also distorted, since a business that has never measured its machines' needs is often off by half.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openBusiness, type Business } from '../../shared/business/business.js';
import { MACHINE_TYPES, PRODUCT_GROUPS } from '../../shared/business/catalogue.js';
import { openRandom } from '../../shared/business/random.js';
import type { Machine } from '../../shared/core/customer/state.js';
import { MS_PER_DAY, trailingYearMinor, V } from '../../shared/core/features/vector.js';
import { trailingYearVariation } from '../../shared/core/features/year-luck.js';
import { calibratedTable } from '../../shared/core/potential/calibrated-table.js';
import { fitMachineNeeds } from '../../shared/core/potential/fit-machine-needs.js';
import {
  compilePotentialTable,
  machinePotentialError,
  machinePotentialMinor,
  type PotentialTable,
} from '../../shared/core/potential/machine-potential.js';
import type { PotentialRules } from '../../shared/core/potential/rules.js';
import {
  shareOfWallet,
  shareOfWalletWithInterval,
} from '../../shared/core/potential/share-of-wallet.js';
import { visitSnapshots } from '../../shared/core/models/history.js';
import { builtinRulebook } from '../../shared/core/rulebook/rulebook.js';
import { createGathered, type Gathered } from '../../services/trainer/gather.js';
import { toTable } from '../causes/report.js';
import { trueYearOf, type TrueYear } from './expected-purchases.js';

const START_MS = Date.UTC(2023, 0, 2);
const DAYS = 1_095;
const AS_OF_MS = START_MS + DAYS * MS_PER_DAY;
const SEEDS = [1, 2, 3] as const;
const CUSTOMERS = [100, 300, 1_000] as const;
/** Spread, in logarithms, by which the distorted table is off: by half or double for every third entry. */
const DISTORTION = 0.7;

type Wallet = TrueYear & {
  readonly machines: readonly Machine[];
  readonly trailingMinor: number;
  readonly yearVariation: number;
  readonly orderDayMinor: number;
};

type Run = { readonly gathered: Gathered; readonly wallets: readonly Wallet[] };

const run = (seed: number, customers: number): Run => {
  const business = openBusiness({ seed, customers, startMs: START_MS, rules: { share: 0.25 } });
  const gathered = createGathered(builtinRulebook.reportingCurrency);
  for (let day = 0; day < DAYS; day += 1) business.eventsOf(day).forEach(gathered.add);
  return { gathered, wallets: walletsOf(business, gathered, seed) };
};

/** Customers with machines who go on as they were, with what is true of them. */
const walletsOf = (business: Business, gathered: Gathered, seed: number): readonly Wallet[] => {
  const histories = new Map(
    gathered.builder.histories().map((history) => [history.customerId, history]),
  );
  return business.customers.flatMap((customer) => {
    const { customerId, planted } = customer;
    const machines = gathered.traitsOf(customerId)?.machines ?? [];
    const history = histories.get(customerId);
    if (history === undefined || machines.length === 0 || planted.cause !== 'none') return [];
    const known: Wallet[] = [];
    visitSnapshots(history, { originsMs: [AS_OF_MS], horizonMs: 0 }, ({ vector }) => {
      known.push({
        machines,
        trailingMinor: Math.max(0, trailingYearMinor(vector, AS_OF_MS)),
        yearVariation: trailingYearVariation(vector, AS_OF_MS),
        orderDayMinor: (vector[V.salesMinor] ?? 0) / (vector[V.orderDays] ?? 1),
        ...trueYearOf(customer, seed),
      });
    });
    return known;
  });
};

type Score = {
  readonly error: number;
  /** The same, were the need known: what the luck of a year alone does. */
  readonly leastError: number;
  readonly ratio: number;
  readonly factor: number;
  readonly covered: number;
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;

const score = (wallets: readonly Wallet[], table: PotentialTable): Score => {
  const scored = wallets.map((wallet) => {
    const { machines, trailingMinor, needMinor, boughtMinor } = wallet;
    const potentialMinor = Math.max(
      trailingMinor,
      machinePotentialMinor(machines, table, AS_OF_MS),
    );
    const { share, lower80, upper80 } = shareOfWalletWithInterval({
      ...wallet,
      potentialMinor,
      potentialError: machinePotentialError(machines, table, AS_OF_MS),
    });
    const truth = boughtMinor / needMinor;
    return {
      error: Math.abs(share - truth),
      leastError: Math.abs(shareOfWallet(trailingMinor, needMinor) - truth),
      ratio: potentialMinor / needMinor,
      factor: Math.abs(Math.log(potentialMinor / needMinor)),
      covered: truth >= lower80 && truth <= upper80 ? 1 : 0,
    };
  });
  return {
    error: mean(scored.map(({ error }) => error)),
    leastError: mean(scored.map(({ leastError }) => leastError)),
    ratio: median(scored.map(({ ratio }) => ratio)),
    factor: Math.exp(median(scored.map(({ factor }) => factor))),
    covered: mean(scored.map(({ covered }) => covered)),
  };
};

/** The rules with every need multiplied by chance; the same for every business. */
const distort = (rules: PotentialRules): PotentialRules => {
  const random = openRandom(17, 0);
  return {
    ...rules,
    machines: rules.machines.map(({ machineType, groups }) => ({
      machineType,
      groups: groups.map(({ productGroup, yearlyMinor }) => ({
        productGroup,
        yearlyMinor: Math.round(yearlyMinor * Math.exp(DISTORTION * random.normal())),
      })),
    })),
  };
};

/** The rules with the needs that the simulator draws from. */
const simulated = (rules: PotentialRules): PotentialRules => ({
  ...rules,
  machines: MACHINE_TYPES.map(({ machineType, needMinor }) => ({
    machineType,
    groups: PRODUCT_GROUPS.map((productGroup, i) => ({
      productGroup,
      yearlyMinor: needMinor[i] ?? 0,
    })),
  })),
});

const TABLES = [
  ['built in', (rules: PotentialRules) => rules],
  ["simulator's own", simulated],
  ['distorted', distort],
  ['no machine known', (rules: PotentialRules) => ({ ...rules, machines: [], unknownMachine: [] })],
] as const;

const rowsFor = (customers: number): readonly (readonly string[])[] => {
  const businesses = SEEDS.map((seed) => run(seed, customers));
  return TABLES.map(([name, change]) => {
    const rules = change(builtinRulebook.potential);
    const scores = businesses.map(({ gathered, wallets }) => {
      const needs = fitMachineNeeds(gathered.builder.histories(), {
        asOfMs: AS_OF_MS,
        nameOf: gathered.builder.nameOf,
        traitsOf: gathered.traitsOf,
        rules,
      });
      return {
        before: score(wallets, compilePotentialTable(rules)),
        after: score(wallets, calibratedTable(rules, needs)),
      };
    });
    const of = (pick: (s: (typeof scores)[number]) => number): string =>
      mean(scores.map(pick)).toFixed(3);
    return [
      String(customers),
      name,
      of(({ after }) => after.leastError),
      of(({ before }) => before.error),
      of(({ after }) => after.error),
      of(({ before }) => before.ratio),
      of(({ after }) => after.ratio),
      of(({ before }) => before.factor),
      of(({ after }) => after.factor),
      of(({ before }) => before.covered),
      of(({ after }) => after.covered),
    ];
  });
};

const main = (): void => {
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
  const head = [
    'customers',
    "rulebook's table",
    'share error, need known',
    'by rulebook',
    'calibrated',
    'potential to need, rulebook',
    'calibrated',
    'off by, rulebook',
    'calibrated',
    'covered, rulebook',
    'calibrated',
  ];
  const text = [
    '# Potential and share of wallet',
    '',
    `Written by \`npm run backtest:potential -- --write\`, on [simulated businesses](../simulator.md) of three years, ` +
      `mean of ${String(SEEDS.length)} seeds, of customers with machines to whom nothing happens: mean absolute error ` +
      'of the share of wallet (_need known_: what the luck of a year alone does), median ratio of potential to need, ' +
      'median factor by which it is off either way, and how often the 80 % interval of the share holds the true one. ' +
      'Needs of customers with the same machines differ by about a third per group, which no table knows: the ' +
      "simulator's own shows what is within reach. True is the mean of forty years of the process that draws the " +
      'orders, which sells more than the planted need.',
    '',
    ...toTable(head, CUSTOMERS.flatMap(rowsFor)),
    '',
  ].join('\n');
  process.stdout.write(text);
  if (values.write) writeFileSync('docs/backtest/potential.md', text);
};

main();
