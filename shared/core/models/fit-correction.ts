/**
 * Learns what corrects the experts' level: ratio = actual / (level * season), by a log-linear model and boosted
 * trees on what it leaves. Each origin has an effect of its own beside them, so that a good month of the whole
 * portfolio is not mistaken for something about the customers who happened to be young or large in it.
 *
 * Customers are dealt into folds, and each member of the ensemble learns from all folds but one
 * (cross-fitting). The forecast is the members' geometric mean: single giants and the draws of the trees
 * decide less. What a member says of the fold it did not see settles everything that must not be learned from
 * seen customers: the ridge, the number of trees, the portfolio's total and the intervals.
 */
import {
  firstTrees,
  fitBoostedTrees,
  leafScore,
  meanOfTrees,
  ratioOfScore,
  type BoostedTrees,
} from './boosted-trees.js';
import {
  effectsOf,
  tableOf,
  withoutFold,
  type CorrectionRow,
  type CorrectionTable,
  type OriginEffects,
} from './correction-table.js';
import { FOLDS } from './folds.js';
import { inTurn, type Job, type RunJobs } from './jobs.js';
import { lastYearOf, type LastYear } from './last-year.js';
import {
  fitLogLinear,
  NO_COEFFICIENTS,
  scoreOfRow,
  toLogLinear,
  type LogLinear,
} from './log-linear.js';
import { RATIO_FEATURES } from './ratio-features.js';
import { ratioOfSums } from './ratio-of-sums.js';
import { ratioLoss } from './tweedie.js';

/** Below this many rows the correction would learn chance. */
const ROWS_MIN = 1_000;
const OPTIONS = {
  depth: 2,
  learningRate: 0.1,
  leafRowsMin: 150,
  leafPrior: 50,
  rowShare: 0.6,
  featureShare: 0.6,
} as const;
const SEED = 4;
/** Numbers of trees of a member to choose from, ascending. */
const TREE_COUNTS = [0, 12, 25, 50, 75, 100, 125, 150] as const;
/** Penalties of the log-linear model to choose from; null for trees alone. */
const RIDGES = [null, 0.05] as const;
/** What is enough to choose a penalty by. */
const TRIAL_FOLDS = 2;
const TRIAL_TREES = 75;
/** Beyond what was clipped a total is corrected by this factor at most either way: more is another year. */
const MONEY_FACTOR_MAX = 1.25;

/** A table and the logarithm of its origins' effect at every row. */
type Learned = { readonly table: CorrectionTable; readonly offsets: Float64Array };

/** What was learned from all folds but one, and how it does on that one. */
type Member = {
  readonly coefficients: readonly number[];
  readonly trees: BoostedTrees;
  /** Scores of the fold's rows, by number of trees. */
  readonly scores: readonly Float64Array[];
  readonly losses: readonly number[];
};

/** Loss of rows with these scores, without the origins' effects. */
const lossOf = (
  { targets, weights }: CorrectionTable,
  rows: Int32Array,
  scores: Float64Array,
): number => {
  let loss = 0;
  for (const [place, row] of rows.entries()) {
    const expected = ratioOfScore(scores[place] ?? 0);
    loss += (weights[row] ?? 0) * ratioLoss(expected, targets[row] ?? 0);
  }
  return loss;
};

/** Trees from some rows, on what the log-linear model leaves. */
const fitTrees = (
  { table, offsets }: Learned,
  { rows, coefficients }: { readonly rows: Int32Array; readonly coefficients: readonly number[] },
  options: { readonly trees: number; readonly seed: number },
): BoostedTrees => {
  const at = (column: Float64Array): Float64Array =>
    Float64Array.from(rows, (row) => column[row] ?? 0);
  return fitBoostedTrees(
    {
      rows: rows.length,
      bins: table.bins.map((column) => Uint8Array.from(rows, (row) => column[row] ?? 0)),
      bounds: table.bounds,
      targets: at(table.targets),
      weights: at(table.weights),
      offsets: Float64Array.from(
        rows,
        (row) => (offsets[row] ?? 0) + scoreOfRow(table.standardised, row, coefficients),
      ),
    },
    { ...OPTIONS, ...options },
  );
};

type MemberOptions = {
  readonly fold: number;
  readonly ridge: number | null;
  /** Trees to fit. */
  readonly most: number;
};

const fitMember = (learned: Learned, { fold, ridge, most }: MemberOptions): Member => {
  const { table, offsets } = learned;
  const rows = withoutFold(table, fold);
  const coefficients =
    ridge === null
      ? NO_COEFFICIENTS
      : fitLogLinear({ ...table, offsets }, { rows, ridge, start: NO_COEFFICIENTS });
  const trees = fitTrees(learned, { rows, coefficients }, { trees: most, seed: SEED + fold });
  const held = table.folds[fold] ?? new Int32Array();
  const score = Float64Array.from(
    held,
    (row) => trees.base + scoreOfRow(table.standardised, row, coefficients),
  );
  const values = new Array<number>(RATIO_FEATURES.length);
  let from = 0;
  const scores = TREE_COUNTS.filter((count) => count <= most).map((to) => {
    for (const [place, row] of held.entries()) {
      const start = row * values.length;
      for (let i = 0; i < values.length; i += 1) values[i] = table.values[start + i] as number;
      score[place] = (score[place] ?? 0) + leafScore(trees, values, { from, to });
    }
    from = to;
    return score.slice();
  });
  const losses = scores.map((some) => lossOf(table, held, some));
  return { coefficients, trees, scores, losses };
};

export const memberJob: Job<Learned, MemberOptions, Member> = {
  name: 'correction-member',
  run: fitMember,
};

/** Losses of members by number of trees, added up. */
const lossesByCount = (members: readonly Member[]): readonly number[] =>
  (members[0]?.losses ?? []).map((_, i) =>
    members.reduce((sum, { losses }) => sum + (losses[i] ?? 0), 0),
  );

/** The penalty that loses least on customers not seen, with the trees that go with it. */
const chooseRidge = (learned: Learned, runJobs: RunJobs): number | null => {
  const trials = RIDGES.flatMap((ridge) =>
    Array.from({ length: TRIAL_FOLDS }, (_, fold) => ({ fold, ridge, most: TRIAL_TREES })),
  );
  const members = runJobs(memberJob, learned, trials);
  const losses = RIDGES.map((_, i) =>
    Math.min(...lossesByCount(members.slice(i * TRIAL_FOLDS, (i + 1) * TRIAL_FOLDS))),
  );
  return RIDGES[losses.indexOf(Math.min(...losses))] ?? null;
};

/**
 * Money that came over what is left of it where ratios are clipped (correction-table.ts): rare buyers buy far
 * more than their level when they do. Drawn toward 1 as far as a few customers made it so (positive part: James
 * and Stein 1961).
 */
const clipFactor = ({
  customerOf,
  discounts,
  actuals,
  levels,
  targets,
}: Pick<
  CorrectionTable,
  'customerOf' | 'discounts' | 'actuals' | 'levels' | 'targets'
>): number => {
  const byCustomer = new Map<number, { actual: number; expected: number }>();
  for (const [row, customer] of customerOf.entries()) {
    const discount = discounts[row] ?? 0;
    const own = byCustomer.get(customer) ?? { actual: 0, expected: 0 };
    byCustomer.set(customer, own);
    own.actual += discount * (actuals[row] ?? 0);
    own.expected += discount * (levels[row] ?? 0) * (targets[row] ?? 0);
  }
  const ratio = ratioOfSums([...byCustomer.values()]);
  if (ratio === null) return 1;
  const { value: factor, variance } = ratio;
  const sure = Math.max(0, 1 - variance / Math.max(Number.EPSILON, (factor - 1) ** 2));
  return Math.max(1, 1 + sure * (factor - 1));
};

/**
 * Factor by which the forecasts of closed windows, each in its time, fall short of the money that came, old
 * ones counting less, of customers not seen: rows weigh by less than their money, so their total is not that of
 * the portfolio. What clipping took away is given back, the rest within bounds.
 */
const moneyFactor = ({ table, offsets }: Learned, scores: readonly Float64Array[]): number => {
  const { discounts, actuals, levels, folds } = table;
  let actual = 0;
  let expected = 0;
  for (const [fold, rows] of folds.entries()) {
    for (const [place, row] of rows.entries()) {
      const discount = discounts[row] ?? 0;
      const score = (scores[fold]?.[place] ?? 0) + (offsets[row] ?? 0);
      actual += discount * (actuals[row] ?? 0);
      expected += discount * (levels[row] ?? 0) * ratioOfScore(score);
    }
  }
  const clipped = clipFactor(table);
  const rest = actual / expected / clipped || 1;
  return clipped * Math.min(MONEY_FACTOR_MAX, Math.max(1 / MONEY_FACTOR_MAX, rest));
};

/** What corrects the level; without the log-linear model where trees alone lost less. */
export type Correction = {
  readonly linear?: LogLinear;
  readonly trees: BoostedTrees;
  readonly lastYear: LastYear;
};

/** The mean of all members, and per fold of customers the member that learned from the others. */
export type FittedCorrection = { readonly mean: Correction; readonly held: readonly Correction[] };

/** Rows that have a level as columns; null where there are too few. */
const tableOfEnough = (all: readonly CorrectionRow[]): CorrectionTable | null => {
  const rows = all.filter((row) => row.levelMinor > 0);
  return rows.length < ROWS_MIN ? null : tableOf(rows);
};

/** What each origin's windows were above or below expectation; null where there are too few rows. */
export const originEffects = (rows: readonly CorrectionRow[]): OriginEffects | null => {
  const table = tableOfEnough(rows);
  return table === null ? null : effectsOf(table);
};

/** Fits the correction; null where there are too few rows. Rows without a level are left out. */
export const fitCorrection = (
  rows: readonly CorrectionRow[],
  runJobs: RunJobs = inTurn,
): FittedCorrection | null => {
  const table = tableOfEnough(rows);
  if (table === null) return null;
  const effects = effectsOf(table);
  const offsets = Float64Array.from(table.originOf, (origin) => effects.logs[origin] ?? 0);
  const learned = { table, offsets };
  const ridge = chooseRidge(learned, runJobs);
  const most = Math.max(...TREE_COUNTS);
  const members = runJobs(
    memberJob,
    learned,
    table.folds.map((_, fold) => ({ fold, ridge, most })),
  );
  const losses = lossesByCount(members);
  const best = losses.indexOf(Math.min(...losses));
  const scores = members.map((member) => member.scores[best] ?? new Float64Array());
  const factor = moneyFactor(learned, scores);
  const lastYear = lastYearOf(effects);
  const correct = (coefficients: readonly number[], trees: BoostedTrees): Correction => ({
    trees,
    lastYear,
    ...(ridge !== null && { linear: toLogLinear(table.scale, coefficients) }),
  });
  const held = members.map(({ coefficients, trees }) => {
    const few = firstTrees(trees, TREE_COUNTS[best] ?? 0);
    return correct(coefficients, { ...few, base: few.base + Math.log(factor) });
  });
  const coefficients = NO_COEFFICIENTS.map(
    (_, i) => members.reduce((sum, member) => sum + (member.coefficients[i] ?? 0), 0) / FOLDS,
  );
  return { mean: correct(coefficients, meanOfTrees(held.map(({ trees }) => trees))), held };
};
