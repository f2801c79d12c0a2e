/**
 * `npm run backtest:potential`: how well potential and share of wallet are known on simulated businesses,
 * where both are known, with the rulebook's machine table and with the calibrated one. The rulebook's table is
 * also distorted, since a business that has never measured its machines' needs is often off by half.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openBusiness, type Business } from '../../shared/business/business.js';
import { openRandom } from '../../shared/business/random.js';
import type { Machine } from '../../shared/core/customer/state.js';
import { MS_PER_DAY } from '../../shared/core/features/vector.js';
import { calibratedTable } from '../../shared/core/potential/calibrated-table.js';
import { fitMachineNeeds } from '../../shared/core/potential/fit-machine-needs.js';
import {
  compilePotentialTable,
  machinePotentialError,
  machinePotentialMinor,
  type PotentialTable,
} from '../../shared/core/potential/machine-potential.js';
import type { PotentialRules } from '../../shared/core/potential/rules.js';
import { shareOfWalletWithInterval } from '../../shared/core/potential/share-of-wallet.js';
import { spentByGroup } from '../../shared/core/models/peers.js';
import { builtinRulebook } from '../../shared/core/rulebook/rulebook.js';
import { createGathered, type Gathered } from '../../services/trainer/gather.js';
import { toTable } from '../causes/report.js';

const START_MS = Date.UTC(2023, 0, 2);
const DAYS = 1_095;
const AS_OF_MS = START_MS + DAYS * MS_PER_DAY;
const SEEDS = [1, 2, 3] as const;
const CUSTOMERS = [100, 300, 1_000] as const;
/** Spread, in logarithms, by which the distorted table is off: by half or double for every third entry. */
const DISTORTION = 0.7;

type Wallet = {
  readonly machines: readonly Machine[];
  readonly trailingMinor: number;
  readonly needMinor: number;
  readonly boughtMinor: number;
};

const run = (seed: number, customers: number): { business: Business; gathered: Gathered } => {
  const business = openBusiness({ seed, customers, startMs: START_MS, rules: { share: 0.25 } });
  const gathered = createGathered(builtinRulebook.reportingCurrency);
  for (let day = 0; day < DAYS; day += 1) business.eventsOf(day).forEach(gathered.add);
  return { business, gathered };
};

/** Customers with machines who go on as they were, with what is true of them. */
const walletsOf = (business: Business, gathered: Gathered): readonly Wallet[] => {
  const histories = new Map(
    gathered.builder.histories().map((history) => [history.customerId, history]),
  );
  return business.customers.flatMap(({ customerId, planted, needMinor, wallet }) => {
    const machines = gathered.traitsOf(customerId)?.machines ?? [];
    const history = histories.get(customerId);
    if (history === undefined || machines.length === 0 || planted.cause !== 'none') return [];
    const spent = [...spentByGroup(history.documents, AS_OF_MS).values()];
    return [
      {
        machines,
        trailingMinor: Math.max(
          0,
          spent.reduce((sum, minor) => sum + minor, 0),
        ),
        needMinor: needMinor.reduce((sum, need) => sum + need, 0),
        boughtMinor: needMinor.reduce((sum, need, i) => sum + need * (wallet[i] ?? 0), 0),
      },
    ];
  });
};

type Score = { readonly error: number; readonly factor: number; readonly covered: number };

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;

const score = (wallets: readonly Wallet[], table: PotentialTable): Score => {
  const scored = wallets.map(({ machines, trailingMinor, needMinor, boughtMinor }) => {
    const machineMinor = machinePotentialMinor(machines, table, AS_OF_MS);
    const potentialMinor = Math.max(trailingMinor, machineMinor);
    const error = machinePotentialError(machines, table, AS_OF_MS);
    const { share, lower80, upper80 } = shareOfWalletWithInterval(
      trailingMinor,
      potentialMinor,
      error,
    );
    const truth = boughtMinor / needMinor;
    return {
      error: Math.abs(share - truth),
      factor: Math.abs(Math.log(potentialMinor / needMinor)),
      covered: truth >= lower80 && truth <= upper80 ? 1 : 0,
    };
  });
  return {
    error: mean(scored.map(({ error }) => error)),
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

const TABLES = [
  ['built in', (rules: PotentialRules) => rules],
  ['distorted', distort],
  ['no machine known', (rules: PotentialRules) => ({ ...rules, machines: [], unknownMachine: [] })],
] as const;

const rowsFor = (customers: number): readonly (readonly string[])[] => {
  const businesses = SEEDS.map((seed) => run(seed, customers));
  return TABLES.map(([name, change]) => {
    const rules = change(builtinRulebook.potential);
    const scores = businesses.map(({ business, gathered }) => {
      const wallets = walletsOf(business, gathered);
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
      of(({ before }) => before.error),
      of(({ after }) => after.error),
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
    'share error, rulebook',
    'calibrated',
    'potential off by, rulebook',
    'calibrated',
    'covered, rulebook',
    'calibrated',
  ];
  const text = [
    '# Potential and share of wallet',
    '',
    `Written by \`npm run backtest:potential -- --write\`, on [simulated businesses](../simulator.md) of three years, ` +
      `mean of ${String(SEEDS.length)} seeds: mean absolute error of the share of wallet, median factor by which the ` +
      'potential is off, and how often the 80 % interval of the share holds the true one, of customers with machines ' +
      'to whom nothing happens. Needs of customers with the same machines differ by about a third per group.',
    '',
    ...toTable(head, CUSTOMERS.flatMap(rowsFor)),
    '',
  ].join('\n');
  process.stdout.write(text);
  if (values.write) writeFileSync('docs/backtest/potential.md', text);
};

main();
