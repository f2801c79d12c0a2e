/**
 * Calibrates the machine table: what a machine of a type needs of a product group in its best years, from
 * what comparable customers buy. Comparable are customers of the same machines by their age; the need is the
 * high quantile of what they buy in a mean year, since the best of them buy nearly all of it here
 * (need-quantile.ts). It is shrunk, in logarithms and by its own standard error, toward the product group's
 * common factor on the rulebook's table, which is all customers' quantile, and that factor toward none (normal
 * means of unknown variance; Efron, Morris 1973): with few customers the rulebook's word holds, with many the
 * data's. Customers with several machine types speak for each by its share of their need, so the entries are
 * found in turn until they agree.
 */
import type { Machine } from '../customer/state.js';
import type { CustomerHistory } from '../models/history.js';
import type { TraitsOf } from '../models/peers.js';
import { ageFactor, isRunning, MS_PER_YEAR } from './machine-potential.js';
import { needQuantileOf, type Estimate, type Ratio } from './need-quantile.js';
import type { MachineGroupPotential, PotentialRules } from './rules.js';
import { yearByGroup, type GroupYear } from './year-by-group.js';

/** A calibrated entry of the table. */
export type MachineNeed = {
  readonly machineType: string;
  readonly productGroup: string;
  /** What the rulebook said when this was learned; 0 where it said nothing. Reporting minor units. */
  readonly priorMinor: number;
  readonly yearlyMinor: number;
  /** Relative standard error. */
  readonly relativeError: number;
  /** Customers that have the type and are known for a year. */
  readonly customers: number;
};

/** One round moves an entry, and all rounds together, by no more than these factors either way. */
const STEP_MAX = 4;
const FACTOR_MAX = 20;
const ROUNDS = 6;
/** Spread of types' needs, in logarithms, where the rulebook says nothing of a group. */
const SPREAD_UNKNOWN = 1;
/** Share of the rulebook's variance that is about its table; the rest is how customers differ. */
export const TABLE_SHARE = 0.5;

/** A customer with its running machines, in best-year equivalents by type, and a year's purchases. */
type Site = {
  readonly units: ReadonlyMap<string, number>;
  readonly bought: ReadonlyMap<string, GroupYear>;
};

const clampLog = (log: number, factorMax: number): number =>
  Math.min(Math.log(factorMax), Math.max(-Math.log(factorMax), log));

/** Toward a prior of a variance: the posterior's mean and variance. */
const shrink = (estimate: Estimate | null, { log, variance }: Estimate): Estimate => {
  if (estimate === null) return { log, variance };
  const trust = variance / (variance + estimate.variance);
  return { log: log + trust * (estimate.log - log), variance: trust * estimate.variance };
};

const sitesOf = (
  histories: readonly CustomerHistory[],
  { asOfMs, nameOf, traitsOf, rules }: MachineNeedsInput,
): readonly Site[] =>
  histories.flatMap(({ customerId, documents }) => {
    const machines = traitsOf(customerId)?.machines ?? [];
    const firstMs = documents[0]?.orderedAtMs ?? asOfMs;
    if (machines.length === 0 || firstMs > asOfMs - MS_PER_YEAR) return [];
    const units = unitsOf(machines, rules, asOfMs);
    if (units.size === 0) return [];
    const bought = new Map<string, GroupYear>();
    for (const [groupId, year] of yearByGroup(documents, asOfMs)) bought.set(nameOf(groupId), year);
    return [{ units, bought }];
  });

/** Machines in operation by type, each counted by what is left of its best years' need. */
const unitsOf = (
  machines: readonly Machine[],
  { ageFactors }: PotentialRules,
  asOfMs: number,
): ReadonlyMap<string, number> => {
  const units = new Map<string, number>();
  for (const machine of machines) {
    // The year looked at lies half a year back on average.
    const middleMs = asOfMs - MS_PER_YEAR / 2;
    if (!isRunning(machine, asOfMs)) continue;
    const ageYears = (middleMs - machine.commissionedAtMs) / MS_PER_YEAR;
    const unit = ageFactor(ageFactors, ageYears);
    units.set(machine.machineType, (units.get(machine.machineType) ?? 0) + unit);
  }
  return units;
};

const NOTHING: GroupYear = { boughtMinor: 0, variance: 0 };

type Entry = {
  readonly machineType: string;
  readonly priorMinor: number;
  readonly startMinor: number;
  log: number;
  variance: number;
};

const priorsOf = (rules: PotentialRules, machineType: string): readonly MachineGroupPotential[] =>
  rules.machines.find((known) => known.machineType === machineType)?.groups ?? rules.unknownMachine;

/** The entries of a group before anything is learned: the rulebook's, else what is bought for a unit. */
const entriesOf = (
  sites: readonly Site[],
  { productGroup, rules }: { readonly productGroup: string; readonly rules: PotentialRules },
): readonly Entry[] => {
  const types = [...new Set(sites.flatMap(({ units }) => [...units.keys()]))].sort();
  const bought = sites.reduce(
    (sum, site) => sum + (site.bought.get(productGroup)?.boughtMinor ?? 0),
    0,
  );
  const units = sites.reduce(
    (sum, site) => sum + [...site.units.values()].reduce((a, b) => a + b),
    0,
  );
  return types.flatMap((machineType): readonly Entry[] => {
    const prior = priorsOf(rules, machineType).find((known) => known.productGroup === productGroup);
    // A rulebook that says 0 says that the type needs none of it.
    if (prior?.yearlyMinor === 0) return [];
    const priorMinor = prior?.yearlyMinor ?? 0;
    const startMinor = priorMinor > 0 ? priorMinor : bought / Math.max(1e-9, units);
    return [{ machineType, priorMinor, startMinor, log: 0, variance: 0 }];
  });
};

const needOf = (site: Site, { machineType, startMinor, log }: Entry): number =>
  (site.units.get(machineType) ?? 0) * startMinor * Math.exp(log);

type Asked = GroupYear & { readonly site: Site };

/** A customer's ratio, and the shares of its need by entry. */
type Share = Ratio & { readonly parts: readonly number[] };

const ratiosOf = (entries: readonly Entry[], sites: readonly Asked[]): readonly Share[] =>
  sites.flatMap(({ site, boughtMinor, variance }, index) => {
    const byEntry = entries.map((entry) => needOf(site, entry));
    const needMinor = byEntry.reduce((sum, minor) => sum + minor, 0);
    if (needMinor <= 0) return [];
    return [
      {
        index,
        value: boughtMinor / needMinor,
        variance: variance / (needMinor * needMinor),
        parts: byEntry.map((minor) => minor / needMinor),
      },
    ];
  });

/** Moves each entry once; returns nothing, since entries are the state of the iteration. */
const step = (entries: readonly Entry[], sites: readonly Asked[], rules: PotentialRules): void => {
  const ratios = ratiosOf(entries, sites);
  const found = needQuantileOf(ratios);
  const moved = (from: number, by: Estimate | null | undefined): Estimate | null =>
    by ? { log: from + clampLog(by.log, STEP_MAX), variance: by.variance } : null;
  const raw = entries.map((entry, i) =>
    moved(
      entry.log,
      found?.weighted(({ parts }) => (parts[i] ?? 0) ** 2),
    ),
  );
  const hasPrior = entries.some(({ priorMinor }) => priorMinor > 0);
  const prior = hasPrior ? TABLE_SHARE * rules.machineUncertainty ** 2 : SPREAD_UNKNOWN ** 2;
  const common = shrink(moved(meanLog(entries, ratios), found?.all), { log: 0, variance: prior });
  const between = excess(raw, { log: common.log, least: prior });
  for (const [i, entry] of entries.entries()) {
    const post = shrink(raw[i] ?? null, { log: common.log, variance: between });
    entry.log = clampLog(post.log, FACTOR_MAX);
    entry.variance = post.variance + common.variance;
  }
};

/** Mean of the entries, weighed by the customers' shares of need. */
const meanLog = (entries: readonly Entry[], ratios: readonly Share[]): number => {
  let sum = 0;
  for (const { parts } of ratios) {
    for (const [i, part] of parts.entries()) sum += part * (entries[i]?.log ?? 0);
  }
  return sum / Math.max(1, ratios.length);
};

/** Variance of the types around a mean beyond their sampling errors, at least what is thought before. */
const excess = (
  raw: readonly (Estimate | null)[],
  { log, least }: { readonly log: number; readonly least: number },
): number => {
  const known = raw.filter((estimate) => estimate !== null);
  if (known.length === 0) return least;
  const sum = known.reduce((total, e) => total + (e.log - log) ** 2 - e.variance, 0);
  return Math.max(least, sum / known.length);
};

export type MachineNeedsInput = {
  readonly asOfMs: number;
  readonly nameOf: (id: number) => string;
  readonly traitsOf: TraitsOf;
  readonly rules: PotentialRules;
};

/** Calibrates the table on the year before the as-of time; ascending by type and group. */
export const fitMachineNeeds = (
  histories: readonly CustomerHistory[],
  input: MachineNeedsInput,
): readonly MachineNeed[] => {
  const sites = sitesOf(histories, input);
  const sold = [...new Set(sites.flatMap(({ bought }) => [...bought.keys()]))].sort();
  const needs = sold.flatMap((productGroup) => {
    const entries = entriesOf(sites, { productGroup, rules: input.rules });
    const asked = sites.map((site) => ({ site, ...(site.bought.get(productGroup) ?? NOTHING) }));
    for (let round = 0; round < ROUNDS; round += 1) step(entries, asked, input.rules);
    return entries.map(({ machineType, priorMinor, startMinor, log, variance }) => ({
      machineType,
      productGroup,
      priorMinor,
      yearlyMinor: Math.round(startMinor * Math.exp(log)),
      relativeError: Number(Math.sqrt(variance).toPrecision(4)),
      customers: sites.filter(({ units }) => units.has(machineType)).length,
    }));
  });
  const keyOf = ({ machineType, productGroup }: MachineNeed): string =>
    `${machineType}\n${productGroup}`;
  return needs.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
};
