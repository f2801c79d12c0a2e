/**
 * Learns the boosted trees that correct the experts' level: ratio = actual / (level * season). Each
 * origin has an effect of its own beside the trees, so that a good month of the whole portfolio is not
 * mistaken for something about the customers who happened to be young or large in it.
 */
import { MS_PER_WEEK } from '../features/vector.js';
import {
  binColumns,
  boostedRatio,
  firstTrees,
  fitBoostedTrees,
  ratioLoss,
  type BoostedTrees,
} from './boosted-trees.js';
import { RATIO_FEATURES } from './ratio-features.js';

export type CorrectionRow = {
  /** Place of the customer among the histories. */
  readonly customer: number;
  readonly originMs: number;
  /** The experts' level times season, minor units. */
  readonly levelMinor: number;
  readonly actualMinor: number;
  /** The customer's ratio features (ratio-features.ts). */
  readonly values: readonly number[];
};

/** Below this many rows the trees would learn chance. */
const ROWS_MIN = 1_000;
/** Ratios beyond this are taken as this: one order of a dormant customer would outweigh all others. */
const RATIO_CLIP = 12;
/** Rows weigh level^0.4: errors are money, but a giant's noise grows with its size. */
const LEVEL_EXPONENT = 0.4;
const DISCOUNT_HALF_LIFE_WEEKS = 39;
const EFFECT_MIN = 0.2;
const OPTIONS = {
  depth: 2,
  learningRate: 0.05,
  leafRowsMin: 150,
  leafPrior: 50,
  rowShare: 0.6,
  featureShare: 0.6,
} as const;
/** Numbers of trees to choose from. */
const TREE_COUNTS = [50, 100, 150, 200] as const;
/** A total is corrected by no more than this factor either way: more is no shortfall but another year. */
const MONEY_FACTOR_MAX = 1.25;
/** Folds of customers: each is forecast by trees that did not see it. */
export const FOLDS = 2;
/** Enough trees to tell the origins' effects from the customers' features. */
const EFFECT_TREES = 100;

type Table = Omit<Parameters<typeof fitBoostedTrees>[0], 'offsets'> & {
  /** Old windows count less. */
  readonly discounts: Float64Array;
  readonly originOf: Int32Array;
  readonly origins: number;
};

const columnOf = (rows: readonly CorrectionRow[], feature: number): Float64Array => {
  const column = new Float64Array(rows.length);
  for (let row = 0; row < rows.length; row += 1) column[row] = rows[row]?.values[feature] ?? 0;
  return column;
};

const tableOf = (rows: readonly CorrectionRow[]): Table => {
  const origins = [...new Set(rows.map((row) => row.originMs))].sort((a, b) => a - b);
  const indexOf = new Map(origins.map((originMs, i) => [originMs, i]));
  const newestMs = origins.at(-1) ?? 0;
  const mean = rows.reduce((sum, row) => sum + row.levelMinor, 0) / rows.length;
  const discounts = Float64Array.from(
    rows,
    ({ originMs }) => 2 ** (-(newestMs - originMs) / MS_PER_WEEK / DISCOUNT_HALF_LIFE_WEEKS),
  );
  return {
    rows: rows.length,
    ...binColumns(RATIO_FEATURES.map((_, feature) => columnOf(rows, feature))),
    targets: Float64Array.from(rows, ({ actualMinor, levelMinor }) =>
      Math.min(RATIO_CLIP, Math.max(0, actualMinor / levelMinor)),
    ),
    weights: Float64Array.from(
      rows,
      ({ levelMinor }, row) => (discounts[row] ?? 0) * (levelMinor / mean) ** LEVEL_EXPONENT,
    ),
    discounts,
    originOf: Int32Array.from(rows, ({ originMs }) => indexOf.get(originMs) ?? 0),
    origins: origins.length,
  };
};

/** Logarithms of the origins' effects, weighted mean 0, given trees for the rest. */
const effectsOf = (
  { weights, targets, originOf, origins }: Table,
  expected: (row: number) => number,
): Float64Array => {
  const actual = new Float64Array(origins);
  const foreseen = new Float64Array(origins);
  const weight = new Float64Array(origins);
  for (let row = 0; row < weights.length; row += 1) {
    const origin = originOf[row] ?? 0;
    const w = weights[row] ?? 0;
    actual[origin] = (actual[origin] ?? 0) + w * (targets[row] ?? 0);
    foreseen[origin] = (foreseen[origin] ?? 0) + w * expected(row);
    weight[origin] = (weight[origin] ?? 0) + w;
  }
  const logs = actual.map((sum, i) => Math.log(Math.max(EFFECT_MIN, sum / (foreseen[i] ?? 1))));
  const total = weight.reduce((sum, w) => sum + w, 0);
  const mean = logs.reduce((sum, log, i) => sum + log * (weight[i] ?? 0), 0) / total;
  return logs.map((log) => log - mean);
};

const fitTable = (table: Table, logEffects: Float64Array, trees: number): BoostedTrees =>
  fitBoostedTrees(
    {
      ...table,
      offsets: Float64Array.from(table.originOf, (origin) => logEffects[origin] ?? 0),
    },
    { ...OPTIONS, trees },
  );

/** The rows of a table that are kept, cut into the same bins. */
const part = (table: Table, isKept: (row: number) => boolean): Table => {
  const kept = Int32Array.from({ length: table.rows }, (_, row) => row).filter(isKept);
  const at = (column: Float64Array): Float64Array =>
    Float64Array.from(kept, (row) => column[row] ?? 0);
  return {
    ...table,
    rows: kept.length,
    bins: table.bins.map((column) => Uint8Array.from(kept, (row) => column[row] ?? 0)),
    targets: at(table.targets),
    weights: at(table.weights),
    discounts: at(table.discounts),
    originOf: Int32Array.from(kept, (row) => table.originOf[row] ?? 0),
  };
};

/** Loss of some rows, without the origins' effects. */
const lossOf = (
  { targets, weights }: Table,
  rows: readonly CorrectionRow[],
  { trees, isAsked }: { readonly trees: BoostedTrees; readonly isAsked: (row: number) => boolean },
): number => {
  let loss = 0;
  for (let row = 0; row < rows.length; row += 1) {
    if (!isAsked(row)) continue;
    const expected = boostedRatio(trees, rows[row]?.values ?? []);
    loss += (weights[row] ?? 0) * ratioLoss(expected, targets[row] ?? 0);
  }
  return loss;
};

/**
 * Factor by which the forecasts of closed windows fall short of the money that came, old ones counting
 * less: trees weigh rows by less than their money, so their total is not that of the portfolio by itself.
 */
const moneyFactor = (
  { discounts }: Table,
  rows: readonly CorrectionRow[],
  trees: BoostedTrees,
): number => {
  let actual = 0;
  let expected = 0;
  for (const [row, { actualMinor, levelMinor, values }] of rows.entries()) {
    actual += (discounts[row] ?? 0) * actualMinor;
    expected += (discounts[row] ?? 0) * levelMinor * boostedRatio(trees, values);
  }
  return Math.min(MONEY_FACTOR_MAX, Math.max(1 / MONEY_FACTOR_MAX, actual / expected || 1));
};

/** Trees from all rows, and per fold of customers trees that learned from the others. */
export type Correction = {
  readonly trees: BoostedTrees;
  readonly held: readonly BoostedTrees[];
};

/**
 * Fits the trees; null where there are too few rows. Rows without a level are left out. How many trees
 * there are is what lost least on customers they had not seen.
 */
export const fitCorrection = (all: readonly CorrectionRow[]): Correction | null => {
  const rows = all.filter((row) => row.levelMinor > 0);
  if (rows.length < ROWS_MIN) return null;
  const table = tableOf(rows);
  const rough = fitTable(table, new Float64Array(table.origins), EFFECT_TREES);
  const effects = effectsOf(table, (row) => boostedRatio(rough, rows[row]?.values ?? []));
  const isOf = (fold: number) => (row: number) => (rows[row]?.customer ?? 0) % FOLDS === fold;
  const most = Math.max(...TREE_COUNTS);
  const folds = Array.from({ length: FOLDS }, (_, fold) => ({
    isAsked: isOf(fold),
    trees: fitTable(
      part(table, (row) => !isOf(fold)(row)),
      effects,
      most,
    ),
  }));
  const losses = TREE_COUNTS.map((count) =>
    folds.reduce(
      (sum, { isAsked, trees }) =>
        sum + lossOf(table, rows, { isAsked, trees: firstTrees(trees, count) }),
      0,
    ),
  );
  const count = TREE_COUNTS[losses.indexOf(Math.min(...losses))] ?? most;
  // Twice the rows bear more trees; at a constant learning rate about in proportion.
  const trees = fitTable(table, effects, Math.round((count * FOLDS) / (FOLDS - 1)));
  const factor = moneyFactor(table, rows, trees);
  const scaled = (fitted: BoostedTrees): BoostedTrees => ({
    ...fitted,
    base: fitted.base + Math.log(factor),
  });
  return {
    trees: scaled(trees),
    held: folds.map((fold) => scaled(firstTrees(fold.trees, count))),
  };
};
