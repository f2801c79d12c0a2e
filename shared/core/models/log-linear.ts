/**
 * A log-linear model of a positive ratio: the logarithm of what is expected is a weighted sum of the customer's
 * features. Fitted by the quasi-likelihood of a Tweedie mean with a ridge, by Fisher scoring (McCullagh, Nelder
 * 1989, 2.5 and 9.2). What is smooth, such as how much the newest weeks are to be believed, takes one
 * coefficient here and many leaves of a tree.
 */
import { Matrix, solve } from 'ml-matrix';
import { IS_LOGGED, RATIO_FEATURES } from './ratio-features.js';
import { TWEEDIE_POWER } from './tweedie.js';

/** How the features enter, by their place. */
export type FeatureScale = {
  readonly means: readonly number[];
  readonly deviations: readonly number[];
  /** Bounds in deviations from the mean: a line must not be drawn on to where nobody was seen. */
  readonly lows: readonly number[];
  readonly highs: readonly number[];
};

export type LogLinear = FeatureScale & {
  readonly intercept: number;
  /** Change of the logarithm per deviation of a feature. */
  readonly coefficients: readonly number[];
};

export type LinearTable = {
  /** Standardised features, row after row. */
  readonly standardised: Float64Array;
  /** Observed ratios, none negative. */
  readonly targets: Float64Array;
  readonly weights: Float64Array;
  /** Logarithm of a known factor of each row's ratio. */
  readonly offsets: Float64Array;
};

export type LinearOptions = {
  /** Places of the rows to learn from. */
  readonly rows: Int32Array;
  /** Penalty of a squared coefficient, in shares of the rows' weight. */
  readonly ridge: number;
  /** Intercept, then coefficients to start from. */
  readonly start: readonly number[];
};

const FEATURES = RATIO_FEATURES.length;
const SIZE = FEATURES + 1;
/** Share of rows at either end of a feature that count as the nearest other one. */
const TAIL_SHARE = 1 / 64;
/** Added to a ratio before its logarithm. */
const RATIO_MIN = 0.05;
const SCORE_MIN = -4;
const SCORE_MAX = 3;
/** A coefficient moves by no more in one step. */
const STEP_MAX = 1;
const STEPS_MAX = 10;
/** Done when no coefficient moves by more. */
const TOLERANCE = 1e-3;
const SIGNIFICANT_DIGITS = 6;

/** Intercept and coefficients of a model that knows nothing. */
export const NO_COEFFICIENTS: readonly number[] = new Array<number>(SIZE).fill(0);

const rounded = (value: number): number => Number(value.toPrecision(SIGNIFICANT_DIGITS));
const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

const transformed = (value: number, feature: number): number =>
  IS_LOGGED[feature] === true ? Math.log(Math.max(0, value) + RATIO_MIN) : value;

const standardised = (
  { means, deviations, lows, highs }: FeatureScale,
  value: number,
  feature: number,
): number => {
  const mean = means[feature] as number;
  const deviation = deviations[feature] as number;
  const scaled = (transformed(value, feature) - mean) / deviation;
  return clamp(scaled, lows[feature] as number, highs[feature] as number);
};

const scaleOf = (column: Float64Array): Record<keyof FeatureScale, number> => {
  const sorted = Float64Array.from(column).sort();
  const mean = rounded(sorted.reduce((sum, v) => sum + v, 0) / sorted.length);
  const squares = sorted.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  const deviations = rounded(Math.sqrt(squares / sorted.length)) || 1;
  const bound = (at: number): number => rounded(((sorted[at] ?? mean) - mean) / deviations);
  const tail = Math.floor(TAIL_SHARE * sorted.length);
  return { means: mean, deviations, lows: bound(tail), highs: bound(sorted.length - 1 - tail) };
};

/** Standardises features given by row. */
export const standardise = (
  rows: readonly (readonly number[])[],
): { readonly scale: FeatureScale; readonly values: Float64Array } => {
  const scales = RATIO_FEATURES.map((_, feature) =>
    scaleOf(Float64Array.from(rows, (values) => transformed(values[feature] ?? 0, feature))),
  );
  const scale: FeatureScale = {
    means: scales.map(({ means }) => means),
    deviations: scales.map(({ deviations }) => deviations),
    lows: scales.map(({ lows }) => lows),
    highs: scales.map(({ highs }) => highs),
  };
  const values = new Float64Array(rows.length * FEATURES);
  for (const [row, list] of rows.entries()) {
    for (let feature = 0; feature < FEATURES; feature += 1) {
      values[row * FEATURES + feature] = standardised(scale, list[feature] ?? 0, feature);
    }
  }
  return { scale, values };
};

/** Logarithm of the expected ratio of a row of a table. */
export const scoreOfRow = (
  values: Float64Array,
  row: number,
  coefficients: readonly number[],
): number => {
  const start = row * FEATURES;
  let score = coefficients[0] as number;
  for (let i = 0; i < FEATURES; i += 1) {
    score += (coefficients[i + 1] as number) * (values[start + i] as number);
  }
  return score;
};

/** Logarithm of the ratio that the model expects of a customer. No allocation. */
export const logLinearScore = (model: LogLinear, values: readonly number[]): number => {
  let score = model.intercept;
  for (let i = 0; i < FEATURES; i += 1) {
    score += (model.coefficients[i] as number) * standardised(model, values[i] as number, i);
  }
  return score;
};

/** Information and gradient of the quasi-likelihood; of the matrix the lower triangle, row-major. */
const scoreEquations = (
  { standardised: values, targets, weights, offsets }: LinearTable,
  rows: Int32Array,
  coefficients: readonly number[],
): { readonly information: Float64Array; readonly gradient: Float64Array } => {
  const information = new Float64Array(SIZE * SIZE);
  const gradient = new Float64Array(SIZE);
  const x = new Float64Array(SIZE).fill(1);
  for (let n = 0; n < rows.length; n += 1) {
    const row = rows[n] as number;
    for (let i = 1; i < SIZE; i += 1) x[i] = values[row * FEATURES + i - 1] as number;
    const score = scoreOfRow(values, row, coefficients) + (offsets[row] as number);
    const log = clamp(score, SCORE_MIN, SCORE_MAX);
    const weight = weights[row] as number;
    const expected = weight * Math.exp((2 - TWEEDIE_POWER) * log);
    const observed = weight * (targets[row] as number) * Math.exp((1 - TWEEDIE_POWER) * log);
    for (let i = 0; i < SIZE; i += 1) {
      const xi = x[i] as number;
      gradient[i] = (gradient[i] as number) + (observed - expected) * xi;
      const share = expected * xi;
      const at = i * SIZE;
      for (let j = 0; j <= i; j += 1) {
        information[at + j] = (information[at + j] as number) + share * (x[j] as number);
      }
    }
  }
  return { information, gradient };
};

/** Fits intercept and coefficients. O(steps * rows * features²). */
export const fitLogLinear = (
  table: LinearTable,
  { rows, ridge, start }: LinearOptions,
): readonly number[] => {
  let coefficients = start;
  const penalty = ridge * rows.reduce((sum, row) => sum + (table.weights[row] ?? 0), 0);
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const { information, gradient } = scoreEquations(table, rows, coefficients);
    const left = new Matrix(SIZE, SIZE);
    for (let i = 0; i < SIZE; i += 1) {
      for (let j = 0; j <= i; j += 1) {
        left.set(i, j, information[i * SIZE + j] ?? 0);
        left.set(j, i, information[i * SIZE + j] ?? 0);
      }
      // A feature that never differs must not make the matrix singular.
      left.set(i, i, left.get(i, i) + (i === 0 ? 0 : penalty) + Number.EPSILON);
    }
    const right = coefficients.map(
      (value, i) => (gradient[i] ?? 0) - (i === 0 ? 0 : penalty * value),
    );
    const moves = solve(left, Matrix.columnVector(right))
      .to1DArray()
      .map((move) => clamp(move, -STEP_MAX, STEP_MAX));
    coefficients = coefficients.map((value, i) => value + (moves[i] ?? 0));
    if (moves.every((move) => Math.abs(move) < TOLERANCE)) break;
  }
  return coefficients.map(rounded);
};

/** The model of a table's scale with given intercept and coefficients. */
export const toLogLinear = (
  scale: FeatureScale,
  [intercept = 0, ...coefficients]: readonly number[],
): LogLinear => ({ ...scale, intercept, coefficients });
