/**
 * Whether the model in force no longer fits what customers do: its forecasts since it was trained beside what
 * was bought since. Only what it has not seen counts. It has drifted when the portfolio's total is surely
 * further off than a good model's would be, or its 80 % intervals surely cover too little; sure is a paired
 * bootstrap over customers, so that one customer's large order is no drift.
 */
import { MS_PER_DAY } from '../features/vector.js';
import type { ModelArtefact } from './artefact.js';
import { forecastCustomer } from './forecast.js';
import { visitSnapshots, type CustomerHistory } from './history.js';
import { createRandom } from './random.js';

/** Days since the training below which nothing is said. */
const DAYS_MIN = 7;
const CUSTOMERS_MIN = 50;
/** A total further off than this is no mood of a week. */
const TOTAL_OFF_MAX = 0.15;
/** Coverage of the 80 % intervals at or above which they count as kept. */
const COVERAGE_MIN = 0.74;
/** One in a hundred checks of a model that fits may cry wolf, on either side. */
const TAIL = 0.005;
const RESAMPLES = 1_000;
const SEED = 11;

/** A quantity with its 99 % bootstrap interval. */
type Measured = { readonly value: number; readonly lower: number; readonly upper: number };

export type Drift = {
  readonly hasDrifted: boolean;
  /** Why, or why not, as a sentence. */
  readonly sentence: string;
  /** Bought over forecast since the training; null where nothing can be said. */
  readonly total: Measured | null;
  /** Share within the 80 % intervals, once a whole horizon has passed; else null. */
  readonly coverage: Measured | null;
};

type Case = {
  readonly actualMinor: number;
  readonly expectedMinor: number;
  readonly isCovered: boolean;
};

const silent = (sentence: string): Drift => ({
  hasDrifted: false,
  sentence,
  total: null,
  coverage: null,
});

const measure = (
  cases: readonly Case[],
  of: (sums: { actual: number; expected: number; covered: number; count: number }) => number,
): Measured => {
  const random = createRandom(SEED);
  const draw = (index: (i: number) => number): number => {
    const sums = { actual: 0, expected: 0, covered: 0, count: cases.length };
    for (let i = 0; i < cases.length; i += 1) {
      const { actualMinor, expectedMinor, isCovered } = cases[index(i)] as Case;
      sums.actual += actualMinor;
      sums.expected += expectedMinor;
      if (isCovered) sums.covered += 1;
    }
    return of(sums);
  };
  const drawn = Array.from({ length: RESAMPLES }, () =>
    draw(() => Math.floor(random() * cases.length)),
  ).sort((a, b) => a - b);
  return {
    value: draw((i) => i),
    lower: drawn[Math.floor(TAIL * RESAMPLES)] ?? 0,
    upper: drawn[Math.ceil((1 - TAIL) * RESAMPLES) - 1] ?? 0,
  };
};

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

/** Looks at the model in force as of a time; `histories` are in any order. */
export const detectDrift = (
  histories: readonly CustomerHistory[],
  { asOfMs, active }: { readonly asOfMs: number; readonly active: ModelArtefact | null },
): Drift => {
  if (active === null || active.fittedAsOfMs <= 0) return silent('no trained model is in force');
  const shortest = active.horizons[0]?.horizonDays ?? DAYS_MIN;
  const days = Math.min(shortest, Math.floor((asOfMs - active.fittedAsOfMs) / MS_PER_DAY));
  if (days < DAYS_MIN) return silent(`the model in force is younger than ${String(DAYS_MIN)} days`);
  const cases = casesOf(histories, { asOfMs, active, days });
  if (cases.length < CUSTOMERS_MIN) return silent('there are too few customers to compare');
  const total = measure(cases, ({ actual, expected }) => actual / Math.max(1, expected));
  const coverage =
    days === shortest ? measure(cases, ({ covered, count }) => covered / count) : null;
  const isOff = total.lower > 1 + TOTAL_OFF_MAX || total.upper < 1 / (1 + TOTAL_OFF_MAX);
  const isNarrow = coverage !== null && coverage.upper < COVERAGE_MIN;
  return {
    hasDrifted: isOff || isNarrow,
    sentence:
      `in the last ${String(days)} days ${percent(total.value)} of the forecast was bought` +
      ` (${percent(total.lower)} to ${percent(total.upper)})` +
      (coverage === null
        ? ''
        : `, and its 80 % intervals covered ${percent(coverage.value)} of the customers`),
    total,
    coverage,
  };
};

const casesOf = (
  histories: readonly CustomerHistory[],
  {
    asOfMs,
    active: model,
    days,
  }: { readonly asOfMs: number; readonly active: ModelArtefact; readonly days: number },
): readonly Case[] => {
  const horizonMs = days * MS_PER_DAY;
  const cases: Case[] = [];
  for (const history of histories) {
    visitSnapshots(history, { originsMs: [asOfMs - horizonMs], horizonMs }, (snapshot) => {
      const { vector, actualMinor } = snapshot;
      const { expectedMinor, lower80Minor, upper80Minor } = forecastCustomer({
        vector,
        groups: [],
        asOfMs: snapshot.asOfMs,
        horizonDays: days,
        model,
      });
      const isCovered = actualMinor >= lower80Minor && actualMinor <= upper80Minor;
      cases.push({ actualMinor, expectedMinor, isCovered });
    });
  }
  return cases;
};
