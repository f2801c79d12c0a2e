/**
 * The customers of a simulated business: who they are, which machines they run, what they truly need in a
 * year (potential), how much of it they buy here (wallet), how they order, and what will go wrong.
 * Drawn one by one from seed and number, so any customer can be made without the others.
 */
import { COUNTRIES, INDUSTRIES, MACHINE_TYPES, PRODUCT_GROUPS, type Country } from './catalogue.js';
import { plantCause, type Planted, type PlantingRules } from './causes.js';
import { openRandom } from './random.js';

export type SimulatedMachine = {
  readonly machineId: string;
  readonly machineType: string;
  /** Age at the start of the business, days. */
  readonly ageDays: number;
};

export type SimulatedCustomer = {
  readonly number: number;
  readonly customerId: string;
  readonly country: Country;
  readonly territory: string;
  readonly salesRep: string;
  readonly industry: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly machines: readonly SimulatedMachine[];
  /** True yearly need by group, euro cents. */
  readonly needMinor: readonly number[];
  /** True share of the need that is bought here, by group, 0 to 1. */
  readonly wallet: readonly number[];
  /** Mean days between orders, and the shape of the gaps: 1 is chance, 20 is clockwork. */
  readonly gapDays: number;
  readonly gapShape: number;
  /** Half width of the yearly season, and the day of its peak. */
  readonly seasonWidth: number;
  readonly seasonPeakDay: number;
  /** Day of the business on which it begins to buy. */
  readonly firstDay: number;
  readonly planted: Planted;
};

export type PopulationRules = PlantingRules & {
  readonly seed: number;
  /** Days over which new customers join. */
  readonly joinDays: number;
  /** Share of territories that lose their representative, at a day between fromDay and toDay. */
  readonly unstaffedShare: number;
};

const POPULATION_STREAM = 0x1000_0000;
const TERRITORY_STREAM = 0x2000_0000;
const MACHINES_MAX = 40;
/** After-sales need of a site that runs no machine of ours, as a share of one small machine's. */
const WITHOUT_MACHINES = 0.4;
const DAYS_PER_YEAR = 365.25;

/** Ageing of the need: little under warranty, full from the third year, falling after the tenth. */
const agedShare = (ageDays: number): number => {
  const years = ageDays / DAYS_PER_YEAR;
  if (years < 3) return 0.4 + 0.2 * years;
  return years < 10 ? 1 : Math.max(0.2, 1 - 0.06 * (years - 10));
};

/** Day from which a territory has no representative, or null. */
export const unstaffedFromDay = (territory: string, rules: PopulationRules): number | null => {
  let stream = TERRITORY_STREAM;
  for (let i = 0; i < territory.length; i += 1) stream = stream * 31 + territory.charCodeAt(i);
  const random = openRandom(rules.seed, stream | 0);
  const day = rules.fromDay + random.below(Math.max(1, rules.toDay - rules.fromDay));
  return random.chance(rules.unstaffedShare) ? day : null;
};

/** Makes customer number n. */
export const makeCustomer = (number: number, rules: PopulationRules): SimulatedCustomer => {
  const random = openRandom(rules.seed, POPULATION_STREAM + number);
  const country = random.pick(COUNTRIES);
  const territory = `${country.country}-${String(1 + random.below(country.territories))}`;
  const count = Math.min(MACHINES_MAX, Math.floor(Math.exp(0.5 + 1.1 * random.normal())));
  const customerId = `${country.country}-${String(100_000 + number)}`;
  const machines = Array.from({ length: count }, (_, i) => ({
    machineId: `${customerId}-m${String(i + 1)}`,
    machineType: MACHINE_TYPES[random.below(MACHINE_TYPES.length)]?.machineType ?? '',
    ageDays: Math.floor(random.gamma(1.6) * 6 * DAYS_PER_YEAR),
  }));
  const needMinor = PRODUCT_GROUPS.map((_, group) => {
    const needed = machines.reduce((sum, { machineType, ageDays }) => {
      const type = MACHINE_TYPES.find((known) => known.machineType === machineType);
      return sum + (type?.needMinor[group] ?? 0) * agedShare(ageDays);
    }, 0);
    const base = machines.length > 0 ? needed : 200_000 * WITHOUT_MACHINES;
    return Math.round(base * Math.exp(0.3 * random.normal()));
  });
  const loyalty = random.uniform();
  const wallet = needMinor.map(() => Math.min(1, loyalty * (0.5 + random.uniform())));
  const drawn = plantCause(random, rules, PRODUCT_GROUPS.length);
  const unstaffedDay = unstaffedFromDay(territory, rules);
  const planted: Planted =
    drawn.cause === 'none' && unstaffedDay !== null
      ? { cause: 'territory_unstaffed', onsetDay: unstaffedDay, group: -1 }
      : drawn;
  const boughtMinor = needMinor.reduce((sum, need, i) => sum + need * (wallet[i] ?? 0), 0);
  // Who buys more orders more often, and larger.
  const ordersPerYear = Math.min(
    150,
    Math.max(0.7, (boughtMinor / 40_000) ** 0.6 * random.gamma(3)),
  );
  return {
    number,
    customerId,
    country,
    territory,
    salesRep: `rep-${territory}`,
    industry: random.pick(INDUSTRIES),
    latitude: country.latitude + 1.5 * random.normal(),
    longitude: country.longitude + 2 * random.normal(),
    machines,
    needMinor,
    wallet,
    gapDays: DAYS_PER_YEAR / ordersPerYear,
    gapShape: 1 + 12 * random.uniform() ** 2,
    seasonWidth: 0.35 * random.uniform(),
    seasonPeakDay: 300 + 30 * random.normal(),
    firstDay: random.chance(0.7) ? 0 : random.below(rules.joinDays),
    planted,
  };
};
