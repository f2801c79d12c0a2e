/**
 * Learns one horizon on rolling origins: expert weights by non-negative least squares, the ratio model by
 * ridge, then intervals from the errors of the combination. Only windows that are closed at the
 * as-of time are used, and old ones count less, so that a shock moves the weights within weeks.
 */
import { MS_PER_DAY, MS_PER_WEEK } from '../features/vector.js';
import type { HorizonModel, ModelArtefact } from './artefact.js';
import { builtinModel } from './artefact.js';
import { askExperts, EXPERTS, type ExpertModel, type ExpertOpinion } from './experts.js';
import { meanMinor } from './forecast.js';
import { visitSnapshots, type CustomerHistory } from './history.js';
import { activityClass, fitIntervals, type RatioRow } from './intervals.js';
import { ratioFeatures } from './ratio-features.js';
import type { BoostedTrees } from './boosted-trees.js';
import { fitCorrection, type CorrectionRow } from './fit-correction.js';
import { RATIO_ACTIVE, RATIO_COLUMNS, ratioColumns } from './ratio-model.js';
import { seasonFactor } from './season.js';
import {
  addOneHotRow,
  addRow,
  createNormalEquations,
  solveNonNegative,
  solveRidge,
} from './weights.js';

const ORIGIN_STEP_MS = 14 * MS_PER_DAY;
const ORIGINS_MAX = 26;
/** History before the first origin: below it no rhythm is known. */
const WARM_UP_MS = 6 * MS_PER_WEEK;
const DISCOUNT_HALF_LIFE_MS = 39 * MS_PER_WEEK;
/** Below this many rows the prior weights stay. */
const ROWS_MIN = 120;
/** Stack weights of customers count as 1 / level^1.5, so that giants do not decide alone. */
const LEVEL_EXPONENT = 1.5;
const STACK_RIDGE_SHARE = 0.01;
const RATIO_RIDGE_SHARE = 0.002;
/** Ratios beyond this are taken as this: one of a hundred would outweigh all others. */
const RATIO_CLIP = 8;
/** Folds of customers: each is forecast by trees that did not see it. */
const FOLDS = 2;
/** Rows learned from at most per horizon: beyond it origins lie farther apart. */
const ROWS_MAX = 160_000;

type Row = {
  readonly originMs: number;
  /** Ratio features (ratio-features.ts). */
  readonly values: readonly number[];
  readonly opinion: ExpertOpinion;
  readonly season: number;
  readonly actualMinor: number;
  readonly active: readonly number[];
  readonly activity: number;
  readonly discount: number;
  /** Fold of the customer for calibration. */
  readonly fold: number;
};

export type HorizonFitInput = {
  readonly histories: readonly CustomerHistory[];
  readonly asOfMs: number;
  readonly firstMs: number;
  readonly horizonDays: number;
  readonly experts: ExpertModel;
  readonly season: readonly number[];
};

/** Origins with closed windows, ascending. */
export const originsOf = ({
  asOfMs,
  firstMs,
  horizonDays,
}: Pick<HorizonFitInput, 'asOfMs' | 'firstMs' | 'horizonDays'>): number[] => {
  const origins: number[] = [];
  let origin = asOfMs - horizonDays * MS_PER_DAY;
  while (origin >= firstMs + WARM_UP_MS && origins.length < ORIGINS_MAX) {
    origins.unshift(origin);
    origin -= ORIGIN_STEP_MS;
  }
  return origins;
};

const gatherRows = (input: HorizonFitInput): Row[] => {
  const { histories, asOfMs, horizonDays, experts, season } = input;
  const horizonWeeks = horizonDays / 7;
  const rows: Row[] = [];
  const origins = originsOf(input);
  const every = Math.ceil((histories.length * origins.length) / ROWS_MAX);
  const originsMs = origins.filter((_, i) => (origins.length - 1 - i) % every === 0);
  const options = { originsMs, horizonMs: horizonDays * MS_PER_DAY };
  for (const [i, history] of histories.entries()) {
    visitSnapshots(history, options, (snapshot) => {
      const at = { asOfMs: snapshot.asOfMs, horizonWeeks };
      const opinion = askExperts(snapshot.vector, { ...at, model: experts });
      rows.push({
        fold: i % FOLDS,
        originMs: snapshot.asOfMs,
        opinion,
        values: ratioFeatures(
          snapshot.vector,
          { asOfMs: snapshot.asOfMs, horizonDays, opinion },
          [],
        ),
        season: seasonFactor(season, at),
        actualMinor: snapshot.actualMinor,
        active: ratioColumns(snapshot.vector, snapshot.asOfMs, new Array<number>(RATIO_ACTIVE)),
        activity: activityClass(snapshot.vector, snapshot.asOfMs),
        discount: 2 ** (-(asOfMs - snapshot.asOfMs) / DISCOUNT_HALF_LIFE_MS),
      });
    });
  }
  return rows;
};

const fitStack = (rows: readonly Row[], floorMinor: number, prior: readonly number[]): number[] => {
  const equations = createNormalEquations(EXPERTS.length);
  let trace = 0;
  for (const { opinion, season, actualMinor, discount } of rows) {
    const level = Math.max(floorMinor, opinion.levelMinor);
    const weight = discount / level ** LEVEL_EXPONENT;
    addRow(
      equations,
      opinion.revenueMinor.map((v) => v * season),
      { y: actualMinor, weight },
    );
  }
  for (let i = 0; i < equations.size; i += 1) trace += equations.gram[i * equations.size + i] ?? 0;
  const ridge = (STACK_RIDGE_SHARE * trace) / equations.size;
  return solveNonNegative(equations, { prior, ridge });
};

const fitRatio = (rows: readonly Row[]): number[] => {
  const equations = createNormalEquations(RATIO_COLUMNS);
  let total = 0;
  for (const { opinion, season, actualMinor, active, discount } of rows) {
    const level = opinion.levelMinor * season;
    if (level <= 0) continue;
    const ratio = Math.min(RATIO_CLIP, Math.max(-1, actualMinor / level));
    const weight = discount * Math.sqrt(level);
    total += weight;
    addOneHotRow(equations, active, { y: ratio - 1, weight });
  }
  return total === 0 ? [] : solveRidge(equations, Math.max(1e-9, total * RATIO_RIDGE_SHARE));
};

const EMPTY: Pick<ModelArtefact, 'horizons'> = builtinModel;

const toCorrectionRow = (row: Row): CorrectionRow => ({
  originMs: row.originMs,
  levelMinor: row.opinion.levelMinor * row.season,
  actualMinor: row.actualMinor,
  values: row.values,
});

/** Per fold of customers, trees that learned from the others: what intervals are calibrated on. */
const heldOutTrees = (
  rows: readonly Row[],
  corrections: readonly CorrectionRow[],
): readonly (BoostedTrees | null)[] =>
  Array.from({ length: FOLDS }, (_, fold) =>
    fitCorrection(corrections.filter((_row, i) => rows[i]?.fold !== fold)),
  );

/** Fits the model of one horizon; the built-in priors where history is too short. */
export const fitHorizon = (input: HorizonFitInput): HorizonModel => {
  const { horizonDays } = input;
  const prior = EMPTY.horizons[0] as HorizonModel;
  const rows = gatherRows(input);
  if (rows.length < ROWS_MIN) return { ...prior, horizonDays };
  const levels = rows
    .map((row) => row.opinion.levelMinor)
    .filter((v) => v > 0)
    .sort((a, b) => a - b);
  const floorMinor = Math.max(1, levels[Math.floor(levels.length * 0.1)] ?? 1);
  const expertWeights = fitStack(rows, floorMinor, prior.expertWeights);
  const ratioCoefficients = fitRatio(rows);
  const corrections = rows.map(toCorrectionRow);
  const trees = fitCorrection(corrections);
  const held = heldOutTrees(rows, corrections);
  const combined: RatioRow[] = rows.map((row) => ({
    forecastMinor: meanMinor(
      { expertWeights, ratioCoefficients, trees: held[row.fold] ?? null },
      { opinion: row.opinion, season: row.season, active: row.active, values: row.values },
    ),
    actualMinor: row.actualMinor,
    activity: row.activity,
  }));
  return {
    horizonDays,
    expertWeights,
    ratioCoefficients,
    trees,
    intervals: fitIntervals(combined),
    orderFactor: 1,
  };
};
