/**
 * Error measures of a setting per method, with paired bootstrap intervals over customers: all cases of
 * a customer are drawn together, since its windows are alike, and every method sees the same draw.
 */
import { METHOD_NAMES, OURS, type Case, type Setting } from './protocol.js';
import { REFERENCE } from './methods.js';
import { createRandom } from '../../shared/core/models/random.js';

export type Interval = { readonly value: number; readonly low: number; readonly high: number };

export type MethodScore = {
  readonly method: string;
  /** Mean absolute and root mean squared error, minor units. */
  readonly mae: number;
  readonly rmse: number;
  /** Relative to the reference, with a 95 % interval. */
  readonly relativeMae: Interval;
  readonly relativeRmse: Interval;
  /** Sum of forecasts over sum of actuals, minus one, over all origins. */
  readonly bias: number;
  /** Mean over origins of the absolute bias of the portfolio's total. */
  readonly absoluteBias: number;
  /** Mean Tweedie deviance with power 1.5; relative to the reference. */
  readonly relativeTweedie: number;
};

export type SettingScore = {
  readonly dataset: string;
  readonly horizonWeeks: number;
  readonly origins: number;
  readonly cases: number;
  readonly customers: number;
  readonly methods: readonly MethodScore[];
  readonly coverage80: Interval;
  /** Mean interval score (Gneiting, Raftery 2007) of the 80 % interval over the mean actual. */
  readonly intervalScore: number;
};

const TWEEDIE_POWER = 1.5;
/** Forecasts below a minor unit count as one: the deviance of a zero forecast is infinite. */
const TWEEDIE_FLOOR_MINOR = 1;
const RESAMPLES = 1_000;
const INTERVAL_ALPHA = 0.2;

const tweedie = (actual: number, forecast: number): number => {
  const y = Math.max(0, actual);
  const mu = Math.max(TWEEDIE_FLOOR_MINOR, forecast);
  const p = TWEEDIE_POWER;
  return (
    2 *
    (y ** (2 - p) / ((1 - p) * (2 - p)) - (y * mu ** (1 - p)) / (1 - p) + mu ** (2 - p) / (2 - p))
  );
};

/** Sums per customer: what a bootstrap over customers needs. */
type CustomerSums = { cases: number; covered: number; absolute: number[]; squared: number[] };

const sumByCustomer = (cases: readonly Case[]): CustomerSums[] => {
  const sums = new Map<number, CustomerSums>();
  for (const { customer, actualMinor, lower80Minor, upper80Minor, forecastsMinor } of cases) {
    let entry = sums.get(customer);
    if (entry === undefined) {
      const zeros = (): number[] => forecastsMinor.map(() => 0);
      entry = { cases: 0, covered: 0, absolute: zeros(), squared: zeros() };
      sums.set(customer, entry);
    }
    entry.cases += 1;
    if (actualMinor >= lower80Minor && actualMinor <= upper80Minor) entry.covered += 1;
    for (const [m, forecast] of forecastsMinor.entries()) {
      const error = forecast - actualMinor;
      entry.absolute[m] = (entry.absolute[m] ?? 0) + Math.abs(error);
      entry.squared[m] = (entry.squared[m] ?? 0) + error * error;
    }
  }
  return [...sums.values()];
};

type Totals = { cases: number; covered: number; absolute: Float64Array; squared: Float64Array };

const totalsOf = (customers: Iterable<CustomerSums>): Totals => {
  const size = METHOD_NAMES.length;
  const totals: Totals = {
    cases: 0,
    covered: 0,
    absolute: new Float64Array(size),
    squared: new Float64Array(size),
  };
  for (const { cases, covered, absolute, squared } of customers) {
    totals.cases += cases;
    totals.covered += covered;
    for (let m = 0; m < size; m += 1) {
      totals.absolute[m] = (totals.absolute[m] ?? 0) + (absolute[m] ?? 0);
      totals.squared[m] = (totals.squared[m] ?? 0) + (squared[m] ?? 0);
    }
  }
  return totals;
};

const resample = (customers: readonly CustomerSums[], seed: number): Totals[] => {
  const random = createRandom(seed);
  return Array.from({ length: RESAMPLES }, () =>
    totalsOf(
      (function* draw() {
        for (let i = 0; i < customers.length; i += 1) {
          yield customers[Math.floor(random() * customers.length)] as CustomerSums;
        }
      })(),
    ),
  );
};

const intervalOf = (value: number, draws: number[]): Interval => {
  const sorted = draws.sort((a, b) => a - b);
  const at = (p: number): number => sorted[Math.floor((sorted.length - 1) * p)] ?? value;
  return { value, low: at(0.025), high: at(0.975) };
};

const biasesOf = (cases: readonly Case[], m: number): { bias: number; absoluteBias: number } => {
  const origins = new Map<number, { forecast: number; actual: number }>();
  let forecastSum = 0;
  let actualSum = 0;
  for (const { originMs, actualMinor, forecastsMinor } of cases) {
    const entry = origins.get(originMs) ?? { forecast: 0, actual: 0 };
    entry.forecast += forecastsMinor[m] ?? 0;
    entry.actual += actualMinor;
    origins.set(originMs, entry);
    forecastSum += forecastsMinor[m] ?? 0;
    actualSum += actualMinor;
  }
  const absolute = [...origins.values()].map(({ forecast, actual }) =>
    Math.abs(forecast / actual - 1),
  );
  return {
    bias: forecastSum / actualSum - 1,
    absoluteBias: absolute.reduce((sum, value) => sum + value, 0) / absolute.length,
  };
};

const intervalScoreOf = (cases: readonly Case[]): number => {
  let score = 0;
  let actual = 0;
  for (const { actualMinor, lower80Minor: low, upper80Minor: high } of cases) {
    score += high - low;
    if (actualMinor < low) score += (2 / INTERVAL_ALPHA) * (low - actualMinor);
    if (actualMinor > high) score += (2 / INTERVAL_ALPHA) * (actualMinor - high);
    actual += actualMinor;
  }
  return score / actual;
};

/** Scores a setting. */
export const scoreSetting = ({ dataset, horizonWeeks, origins, cases }: Setting): SettingScore => {
  const customers = sumByCustomer(cases);
  const totals = totalsOf(customers);
  const draws = resample(customers, horizonWeeks);
  const reference = METHOD_NAMES.indexOf(REFERENCE);
  const deviance = METHOD_NAMES.map((_, m) =>
    cases.reduce((sum, c) => sum + tweedie(c.actualMinor, c.forecastsMinor[m] ?? 0), 0),
  );
  const ratio = (values: Float64Array, m: number): number =>
    (values[m] ?? 0) / (values[reference] ?? 1);
  const methods = METHOD_NAMES.map((method, m) => ({
    method,
    mae: (totals.absolute[m] ?? 0) / totals.cases,
    rmse: Math.sqrt((totals.squared[m] ?? 0) / totals.cases),
    relativeMae: intervalOf(
      ratio(totals.absolute, m),
      draws.map((d) => ratio(d.absolute, m)),
    ),
    relativeRmse: intervalOf(
      Math.sqrt(ratio(totals.squared, m)),
      draws.map((d) => Math.sqrt(ratio(d.squared, m))),
    ),
    ...biasesOf(cases, m),
    relativeTweedie: (deviance[m] ?? 0) / (deviance[reference] ?? 1),
  }));
  return {
    dataset,
    horizonWeeks,
    origins,
    cases: cases.length,
    customers: customers.length,
    methods,
    coverage80: intervalOf(
      totals.covered / totals.cases,
      draws.map((d) => d.covered / d.cases),
    ),
    intervalScore: intervalScoreOf(cases),
  };
};

/** The score of the forecast itself. */
export const oursOf = ({ methods }: SettingScore): MethodScore =>
  methods.find(({ method }) => method === OURS) as MethodScore;
