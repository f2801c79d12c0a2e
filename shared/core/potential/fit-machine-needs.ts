/**
 * Calibrates the machine table: what a machine of a type needs of a product group in its best years, from
 * what comparable customers buy. Comparable are customers of the same machines by their age; the need is the
 * high quantile of what they buy, since the best of them buy nearly all of it here. It is shrunk, in
 * logarithms and by its own standard error, toward the product group's common factor on the rulebook's table,
 * and that factor toward none (normal means of unknown variance; Efron, Morris 1973): with few customers the
 * rulebook's word holds, with many the data's. Customers with several machine types speak for each by its
 * share of their need, so the entries are found in turn until they agree.
 */
import type { Machine } from '../customer/state.js';
import type { CustomerHistory } from '../models/history.js';
import { spentByGroup, type TraitsOf } from '../models/peers.js';
import { ageFactor, isRunning, MS_PER_YEAR } from './machine-potential.js';
import type { MachineGroupPotential, PotentialRules } from './rules.js';

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

/** Of ten comparable customers one is taken to buy all it needs here. */
const QUANTILE = 0.9;
/** Quantiles whose distance tells the density of logarithms at the asked one. */
const BELOW = 0.8;
const ABOVE = 0.95;
/** Effective customers below which a quantile this high says nothing. */
const CUSTOMERS_MIN = 10;
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
  readonly boughtMinor: ReadonlyMap<string, number>;
};

type Sample = { readonly value: number; readonly weight: number };

/** Quantile of weighted values; the weights' middles are the plotting positions. */
const weightedQuantile = (sorted: readonly Sample[], p: number): number => {
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let below = 0;
  let before: Sample | null = null;
  let positionBefore = 0;
  for (const sample of sorted) {
    const position = (below + sample.weight / 2) / total;
    if (position >= p) {
      if (before === null) return sample.value;
      const part = (p - positionBefore) / (position - positionBefore);
      return before.value + (sample.value - before.value) * part;
    }
    below += sample.weight;
    before = sample;
    positionBefore = position;
  }
  return before?.value ?? 0;
};

type Estimate = { readonly log: number; readonly variance: number };

const clampLog = (log: number, factorMax: number): number =>
  Math.min(Math.log(factorMax), Math.max(-Math.log(factorMax), log));

/** Logarithm of the high quantile and its sampling variance; null where too few speak. */
const estimateOf = (samples: readonly Sample[]): Estimate | null => {
  const sorted = samples.filter(({ weight }) => weight > 0).sort((a, b) => a.value - b.value);
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  const squares = sorted.reduce((sum, { weight }) => sum + weight * weight, 0);
  const effective = squares > 0 ? (total * total) / squares : 0;
  if (effective < CUSTOMERS_MIN) return null;
  const logAt = (p: number): number =>
    clampLog(Math.log(Math.max(1e-9, weightedQuantile(sorted, p))), STEP_MAX);
  const slope = Math.max(0.1, (logAt(ABOVE) - logAt(BELOW)) / (ABOVE - BELOW));
  const variance = ((QUANTILE * (1 - QUANTILE)) / effective) * slope * slope;
  return { log: logAt(QUANTILE), variance };
};

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
    const bought = new Map<string, number>();
    for (const [groupId, minor] of spentByGroup(documents, asOfMs)) {
      bought.set(nameOf(groupId), Math.max(0, minor));
    }
    return [{ units, boughtMinor: bought }];
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
  const bought = sites.reduce((sum, site) => sum + (site.boughtMinor.get(productGroup) ?? 0), 0);
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

/** Moves each entry once; returns nothing, since entries are the state of the iteration. */
const step = (
  entries: readonly Entry[],
  sites: readonly { readonly site: Site; readonly boughtMinor: number }[],
  rules: PotentialRules,
): void => {
  const needs = sites.map(({ site, boughtMinor }) => ({
    boughtMinor,
    byEntry: entries.map((entry) => needOf(site, entry)),
    needMinor: entries.reduce((sum, entry) => sum + needOf(site, entry), 0),
  }));
  const known = needs.filter(({ needMinor }) => needMinor > 0);
  const raw = entries.map((entry, i) => {
    const found = estimateOf(
      known.map(({ boughtMinor, needMinor, byEntry }) => ({
        value: boughtMinor / needMinor,
        weight: ((byEntry[i] ?? 0) / needMinor) ** 2,
      })),
    );
    return found === null ? null : { ...found, log: entry.log + found.log };
  });
  const tableVariance = TABLE_SHARE * rules.machineUncertainty ** 2;
  const hasPrior = entries.some(({ priorMinor }) => priorMinor > 0);
  const common = shrink(commonOf(raw), {
    log: 0,
    variance: hasPrior ? excess(raw, { log: 0, least: tableVariance }) : SPREAD_UNKNOWN ** 2,
  });
  const between = excess(raw, {
    log: common.log,
    least: hasPrior ? tableVariance : SPREAD_UNKNOWN ** 2,
  });
  for (const [i, entry] of entries.entries()) {
    const post = shrink(raw[i] ?? null, { log: common.log, variance: between });
    entry.log = clampLog(post.log, FACTOR_MAX);
    entry.variance = post.variance + common.variance;
  }
};

/** Mean of the types' estimates, weighed by what they know. */
const commonOf = (raw: readonly (Estimate | null)[]): Estimate | null => {
  let weight = 0;
  let sum = 0;
  for (const estimate of raw) {
    if (estimate === null) continue;
    weight += 1 / estimate.variance;
    sum += estimate.log / estimate.variance;
  }
  return weight === 0 ? null : { log: sum / weight, variance: 1 / weight };
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
  const sold = [...new Set(sites.flatMap(({ boughtMinor }) => [...boughtMinor.keys()]))].sort();
  const needs = sold.flatMap((productGroup) => {
    const entries = entriesOf(sites, { productGroup, rules: input.rules });
    const asked = sites.map((site) => ({
      site,
      boughtMinor: site.boughtMinor.get(productGroup) ?? 0,
    }));
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
