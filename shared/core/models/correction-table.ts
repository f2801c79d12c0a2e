/**
 * What the correction of the level learns from, as columns: rows of closed windows with their ratios, weights,
 * features and folds, and the effects of their origins.
 */
import { MS_PER_WEEK } from '../features/vector.js';
import { binColumns, ratioOfScore, type TrainingTable } from './boosted-trees.js';
import { FOLDS } from './folds.js';
import {
  fitLogLinear,
  NO_COEFFICIENTS,
  scoreOfRow,
  standardise,
  type FeatureScale,
} from './log-linear.js';
import { RATIO_FEATURES } from './ratio-features.js';

export type CorrectionRow = {
  /** Place of the customer among the histories. */
  readonly customer: number;
  /** Fold of the customer (folds.ts). */
  readonly fold: number;
  readonly originMs: number;
  /** The experts' level times season, minor units. */
  readonly levelMinor: number;
  readonly actualMinor: number;
  /** The customer's ratio features (ratio-features.ts). */
  readonly values: readonly number[];
};

/** Ratios beyond this are taken as this: one order of a dormant customer would outweigh all others. */
const RATIO_CLIP = 12;
/** Rows weigh level^0.4: errors are money, but a giant's noise grows with its size. */
const LEVEL_EXPONENT = 0.4;
const DISCOUNT_HALF_LIFE_WEEKS = 39;
const EFFECT_MIN = 0.2;
/** Penalty of the log-linear model that origins are compared by. */
const EFFECT_RIDGE = 0.01;
export type CorrectionTable = Omit<TrainingTable, 'offsets'> & {
  /** Features as they are, row after row. */
  readonly values: Float64Array;
  readonly customerOf: Int32Array;
  readonly levels: Float64Array;
  readonly actuals: Float64Array;
  /** Old windows count less. */
  readonly discounts: Float64Array;
  readonly originOf: Int32Array;
  readonly originsMs: readonly number[];
  /** Rows by the fold of their customers. */
  readonly folds: readonly Int32Array[];
  readonly scale: FeatureScale;
  readonly standardised: Float64Array;
};

/** Features of all rows, row after row. */
const flat = (rows: readonly CorrectionRow[]): Float64Array => {
  const values = new Float64Array(rows.length * RATIO_FEATURES.length);
  for (const [row, { values: own }] of rows.entries()) values.set(own, row * RATIO_FEATURES.length);
  return values;
};

const columnOf = (rows: readonly CorrectionRow[], feature: number): Float64Array => {
  const column = new Float64Array(rows.length);
  for (let row = 0; row < rows.length; row += 1) column[row] = rows[row]?.values[feature] ?? 0;
  return column;
};

/** Columns of rows that have a level. */
export const tableOf = (rows: readonly CorrectionRow[]): CorrectionTable => {
  const origins = [...new Set(rows.map((row) => row.originMs))].sort((a, b) => a - b);
  const indexOf = new Map(origins.map((originMs, i) => [originMs, i]));
  const newestMs = origins.at(-1) ?? 0;
  const mean = rows.reduce((sum, row) => sum + row.levelMinor, 0) / rows.length;
  const discounts = Float64Array.from(
    rows,
    ({ originMs }) => 2 ** (-(newestMs - originMs) / MS_PER_WEEK / DISCOUNT_HALF_LIFE_WEEKS),
  );
  const { scale, values: standardised } = standardise(rows.map((row) => row.values));
  return {
    rows: rows.length,
    ...binColumns(RATIO_FEATURES.map((_, feature) => columnOf(rows, feature))),
    values: flat(rows),
    customerOf: Int32Array.from(rows, ({ customer }) => customer),
    levels: Float64Array.from(rows, ({ levelMinor }) => levelMinor),
    actuals: Float64Array.from(rows, ({ actualMinor }) => actualMinor),
    targets: Float64Array.from(rows, ({ actualMinor, levelMinor }) =>
      Math.min(RATIO_CLIP, Math.max(0, actualMinor / levelMinor)),
    ),
    weights: Float64Array.from(
      rows,
      ({ levelMinor }, row) => (discounts[row] ?? 0) * (levelMinor / mean) ** LEVEL_EXPONENT,
    ),
    discounts,
    originOf: Int32Array.from(rows, ({ originMs }) => indexOf.get(originMs) ?? 0),
    originsMs: origins,
    folds: Array.from({ length: FOLDS }, (_, fold) =>
      Int32Array.from(rows.keys()).filter((row) => rows[row]?.fold === fold),
    ),
    scale,
    standardised,
  };
};

/** Rows of all folds but one, in their order. */
export const withoutFold = ({ rows, folds }: CorrectionTable, fold: number): Int32Array => {
  const left = new Set(folds[fold]);
  return Int32Array.from({ length: rows }, (_, row) => row).filter((row) => !left.has(row));
};

/** By origin, ascending: the logarithm of actual over expected, weighted mean 0, and its standard error. */
export type OriginEffects = {
  readonly originsMs: readonly number[];
  readonly logs: readonly number[];
  readonly errors: readonly number[];
};

/** What a log-linear model without origins expects of every row. */
const plainRatios = (table: CorrectionTable): Float64Array => {
  const rows = Int32Array.from({ length: table.rows }, (_, row) => row);
  const offsets = new Float64Array(table.rows);
  const options = { rows, ridge: EFFECT_RIDGE, start: NO_COEFFICIENTS };
  const coefficients = fitLogLinear({ ...table, offsets }, options);
  return Float64Array.from(rows, (row) =>
    ratioOfScore(scoreOfRow(table.standardised, row, coefficients)),
  );
};

/** Estimates the effects; a customer has one row of an origin, so that its rows are independent. */
export const effectsOf = (table: CorrectionTable): OriginEffects => {
  const { weights, targets, originOf, originsMs, rows } = table;
  const ratios = plainRatios(table);
  const actual = new Float64Array(originsMs.length);
  const expected = new Float64Array(originsMs.length);
  const weight = new Float64Array(originsMs.length);
  const squares = new Float64Array(originsMs.length);
  const addUp = (sums: Float64Array, valueOf: (row: number, origin: number) => number): void => {
    for (let row = 0; row < rows; row += 1) {
      const origin = originOf[row] ?? 0;
      sums[origin] = (sums[origin] ?? 0) + valueOf(row, origin);
    }
  };
  const weightOf = (row: number): number => weights[row] ?? 0;
  addUp(actual, (row) => weightOf(row) * (targets[row] ?? 0));
  addUp(expected, (row) => weightOf(row) * (ratios[row] ?? 0));
  addUp(weight, weightOf);
  const effects = actual.map((sum, i) => Math.max(EFFECT_MIN, sum / (expected[i] ?? 1)));
  addUp(squares, (row, origin) => {
    const foreseen = (effects[origin] ?? 1) * (ratios[row] ?? 0);
    return (weightOf(row) * ((targets[row] ?? 0) - foreseen)) ** 2;
  });
  const total = weight.reduce((sum, w) => sum + w, 0);
  const mean = effects.reduce((sum, effect, i) => sum + Math.log(effect) * (weight[i] ?? 0), 0);
  return {
    originsMs,
    logs: Array.from(effects, (effect) => Math.log(effect) - mean / total),
    errors: Array.from(
      squares,
      (sum, i) => Math.sqrt(sum) / Math.max(Number.EPSILON, (effects[i] ?? 1) * (expected[i] ?? 1)),
    ),
  };
};
