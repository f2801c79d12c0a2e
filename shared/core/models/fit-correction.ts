/**
 * Learns the boosted trees that correct the experts' level: ratio = actual / (level * season). Each
 * origin has an effect of its own beside the trees, so that a good month of the whole portfolio is not
 * mistaken for something about the customers who happened to be young or large in it.
 */
import { MS_PER_WEEK } from '../features/vector.js';
import { binColumns, boostedRatio, fitBoostedTrees, type BoostedTrees } from './boosted-trees.js';
import { RATIO_FEATURES } from './ratio-features.js';

export type CorrectionRow = {
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
const EFFECT_ROUNDS = 2;
const EFFECT_MIN = 0.2;
const OPTIONS = {
  depth: 2,
  learningRate: 0.1,
  leafRowsMin: 60,
  leafPrior: 20,
  rowShare: 0.6,
  featureShare: 0.6,
} as const;
const TREES = 100;
/** Enough trees to tell the origins' effects from the customers' features. */
const EFFECT_TREES = 50;

type Table = Omit<Parameters<typeof fitBoostedTrees>[0], 'offsets'> & {
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
  return {
    rows: rows.length,
    ...binColumns(RATIO_FEATURES.map((_, feature) => columnOf(rows, feature))),
    targets: Float64Array.from(rows, ({ actualMinor, levelMinor }) =>
      Math.min(RATIO_CLIP, Math.max(-1, actualMinor / levelMinor)),
    ),
    weights: Float64Array.from(rows, ({ originMs, levelMinor }) => {
      const ageWeeks = (newestMs - originMs) / MS_PER_WEEK;
      return 2 ** (-ageWeeks / DISCOUNT_HALF_LIFE_WEEKS) * (levelMinor / mean) ** LEVEL_EXPONENT;
    }),
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

/** Fits the trees; null where there are too few rows. Rows without a level are left out. */
export const fitCorrection = (all: readonly CorrectionRow[]): BoostedTrees | null => {
  const rows = all.filter((row) => row.levelMinor > 0);
  if (rows.length < ROWS_MIN) return null;
  const table = tableOf(rows);
  let effects = new Float64Array(table.origins);
  const offsets = (): Float64Array =>
    Float64Array.from(table.originOf, (origin) => effects[origin] ?? 0);
  for (let round = 0; round < EFFECT_ROUNDS; round += 1) {
    const rough = fitBoostedTrees(
      { ...table, offsets: offsets() },
      { ...OPTIONS, trees: EFFECT_TREES },
    );
    effects = Float64Array.from(
      effectsOf(table, (row) => boostedRatio(rough, rows[row]?.values ?? [])),
    );
  }
  return fitBoostedTrees({ ...table, offsets: offsets() }, { ...OPTIONS, trees: TREES });
};
