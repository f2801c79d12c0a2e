/**
 * Learns one horizon on rolling origins: expert weights by non-negative least squares, the ratio model by
 * ridge, then intervals from the errors of the combination. Only windows that are closed at the
 * as-of time are used, and old ones count less, so that a shock moves the weights within weeks.
 */
import type { Blend, HorizonModel, ModelArtefact } from './artefact.js';
import { builtinModel } from './artefact.js';
import { EXPERTS } from './experts.js';
import { meanMinor, treeLevelMinor, type MeanModel } from './forecast.js';
import { fitBlend } from './fit-blend.js';
import { fitIntervals, type RatioRow } from './intervals.js';
import { lastYearOf, lastYearScore } from './last-year.js';
import { fitMarketState, MARKET_WINDOW_DAYS, type MarketState } from './market-state.js';
import type { CorrectionRow } from './correction-table.js';
import { fitCorrection, originEffects } from './fit-correction.js';
import { FOLDS } from './folds.js';
import { sample } from './history.js';
import { fitNewShares } from './new-shares.js';
import { RATIO_COLUMNS } from './ratio-model.js';
import { gatherRows, type HorizonFitInput, type TrainingRow } from './training-rows.js';
import {
  addOneHotRow,
  addRow,
  createNormalEquations,
  solveNonNegative,
  solveRidge,
} from './weights.js';

/** Customers whose fortnights are looked at: all of them, where for longer windows some origins are enough. */
const MARKET_CUSTOMERS_MAX = 3_800;
/** Below this many rows nothing is learned. */
const ROWS_MIN = 120;
/** Stack weights of customers count as 1 / level^1.5, so that giants do not decide alone. */
const LEVEL_EXPONENT = 1.5;
const STACK_RIDGE_SHARE = 0.01;
const RATIO_RIDGE_SHARE = 0.002;
/** Ratios beyond this are taken as this: one of a hundred would outweigh all others. */
const RATIO_CLIP = 8;

const fitStack = (
  rows: readonly TrainingRow[],
  floorMinor: number,
  prior: readonly number[],
): number[] => {
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

const fitRatio = (rows: readonly TrainingRow[]): number[] => {
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

/** Equal weights for the models that allow for how every customer's first purchase is one that came. */
const UNTRAINED_WEIGHTS = EXPERTS.map((name) => (name.endsWith('bg-nbd-gg') ? 0.5 : 0));

type Combination = Pick<HorizonModel, 'expertWeights' | 'ratioCoefficients'>;

const fitStackAndRatio = (rows: readonly TrainingRow[], floorMinor: number): Combination => ({
  expertWeights: fitStack(rows, floorMinor, (EMPTY.horizons[0] as HorizonModel).expertWeights),
  ratioCoefficients: fitRatio(rows),
});

/**
 * What is left to forecast by where rows are too few for a correction: stack, ratio model and
 * buy-till-you-die models in equal parts. Written as the mean of two that meanMinor takes, or as a stack where
 * nobody had a level.
 */
const fitFew = (rows: readonly TrainingRow[], floorMinor: number): Combination => {
  const { expertWeights, ratioCoefficients } = fitStackAndRatio(rows, floorMinor);
  const share = ratioCoefficients.length === 0 ? 1 / 2 : 2 / 3;
  return {
    expertWeights: expertWeights.map((weight, i) => share * (weight + (UNTRAINED_WEIGHTS[i] ?? 0))),
    ratioCoefficients: ratioCoefficients.map((coefficient, i) =>
      i === 0 ? share * (1 + coefficient) - 1 : share * coefficient,
    ),
  };
};

const EMPTY: Pick<ModelArtefact, 'horizons'> = builtinModel;

/** The lowest tenth of the levels that are any: the least that is corrected. */
const levelFloorOf = (rows: readonly TrainingRow[]): number => {
  const levels = rows
    .map((row) => row.opinion.levelMinor)
    .filter((v) => v > 0)
    .sort((a, b) => a - b);
  return Math.max(1, levels[Math.floor(levels.length * 0.1)] ?? 1);
};

const toCorrectionRow = (row: TrainingRow, levelFloorMinor: number): CorrectionRow => ({
  customer: row.customer,
  fold: row.fold,
  originMs: row.originMs,
  levelMinor: treeLevelMinor(row.opinion, row.values, levelFloorMinor) * row.season,
  actualMinor: row.actualMinor,
  values: row.values,
});

/** The blend by what the models without each fold say of it. */
const chooseBlend = (rows: readonly TrainingRow[], held: readonly MeanModel[]): Blend =>
  fitBlend(
    rows.map((row) => {
      const model = held[row.fold] as MeanModel;
      const said = (blend: Blend): number => meanMinor({ ...model, blend }, row);
      return {
        customer: row.customer,
        saidMinor: [said([1, 0, 0]), said([0, 1, 0]), said([0, 0, 1])],
        actualMinor: row.actualMinor,
        levelMinor: Math.max(model.levelFloorMinor ?? 0, row.opinion.levelMinor) * row.season,
        discount: row.discount,
      };
    }),
  );

export type FittedHorizon = {
  readonly horizon: HorizonModel;
  /** By fold: the same, learned without its customers (folds.ts). */
  readonly withoutFold: readonly HorizonModel[];
};

/**
 * A horizon of which no window has closed: buy-till-you-die models, whose likelihood needs none. What is
 * smoothed takes the first purchase of a young customer for a rate, two to seven times too much where most
 * buy once.
 */
export const untrainedHorizon = (
  input: Pick<HorizonFitInput, 'histories' | 'asOfMs' | 'firstMs' | 'horizonDays'>,
): HorizonModel => ({
  ...(EMPTY.horizons[0] as HorizonModel),
  horizonDays: input.horizonDays,
  expertWeights: UNTRAINED_WEIGHTS,
  newShares: fitNewShares(input.histories, input),
});

/** Fits the model of one horizon. */
export const fitHorizon = (input: HorizonFitInput): HorizonModel =>
  fitHorizonInFolds(input)?.horizon ?? untrainedHorizon(input);

/**
 * Fits the model of one horizon, and what it would be without each fold of the customers; null where too few
 * windows have closed to learn from.
 */
export const fitHorizonInFolds = (input: HorizonFitInput): FittedHorizon | null => {
  const { horizonDays } = input;
  const rows = gatherRows(input);
  if (rows.length < ROWS_MIN) return null;
  const newShares = fitNewShares(input.histories, input);
  const floorMinor = levelFloorOf(rows);
  const correction = fitCorrection(
    rows.map((row) => toCorrectionRow(row, floorMinor)),
    input.runJobs,
  );
  const combine = correction === null ? fitFew : fitStackAndRatio;
  const learned = Array.from({ length: FOLDS }, (_, fold): MeanModel => ({
    ...combine(
      rows.filter((row) => row.fold !== fold),
      floorMinor,
    ),
    trees: null,
    levelFloorMinor: floorMinor,
    ...correction?.held[fold],
  }));
  const blend = correction === null ? undefined : chooseBlend(rows, learned);
  const held = learned.map((model) => ({ ...model, blend }));
  const combined: RatioRow[] = rows.map((row) => ({
    customer: row.customer,
    forecastMinor: meanMinor(held[row.fold] as MeanModel, row),
    actualMinor: row.actualMinor,
    activity: row.activity,
  }));
  const horizon: HorizonModel = {
    horizonDays,
    ...combine(rows, floorMinor),
    trees: null,
    levelFloorMinor: floorMinor,
    ...correction?.mean,
    blend,
    intervals: fitIntervals(combined),
    newShares,
    orderFactor: 1,
  };
  return { horizon, withoutFold: held.map((without) => ({ ...horizon, ...without })) };
};

/**
 * How far the portfolio lately was above or below expectation, beyond what last year's weeks tell: from
 * fortnights that follow each other. Undefined where too few cases have closed for origins to be compared.
 */
export const fitMarket = (input: Omit<HorizonFitInput, 'horizonDays'>): MarketState | undefined => {
  const histories = sample(input.histories, MARKET_CUSTOMERS_MAX);
  const rows = gatherRows({ ...input, histories, horizonDays: MARKET_WINDOW_DAYS });
  const floorMinor = levelFloorOf(rows);
  const effects = originEffects(rows.map((row) => toCorrectionRow(row, floorMinor)));
  if (effects === null) return undefined;
  const { originsMs, logs, errors } = effects;
  const lastYear = lastYearOf(effects);
  return fitMarketState({
    logs: logs.map((log, i) => log - lastYearScore(lastYear, originsMs[i] ?? 0)),
    errors,
  });
};
