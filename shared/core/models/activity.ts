/**
 * Whether a customer still buys: the probability of at least one order within the next half-year. A
 * logistic regression over what buy-till-you-die models say and over the silence measured by the own
 * rhythm, learned on closed windows. P(alive) alone will not do: where the likelihood prefers no dropout
 * (a gift shop's does) it is 1 for everybody, also for one-time buyers silent for a year.
 *
 * Columns: 1 · logit q · ln p · ln(1 + s) without a rhythm · ln n, with q the probability of a purchase
 * within the horizon by MBG/NBD (P(alive) times 1 - ((alpha + T)/(alpha + T + h))^(r + x), the NBD's chance
 * of none in h), p the tail probability of the silence, s weeks since the last order, n order days.
 */
import { Matrix, solve } from 'ml-matrix';
import { MS_PER_DAY, MS_PER_WEEK, timeSinceLastPurchaseMs, V } from '../features/vector.js';
import type { ActivityModel, ModelArtefact } from './artefact.js';
import { visitSnapshots, type CustomerHistory } from './history.js';
import { hasRhythm, silenceProbability } from './rhythm.js';

/** Horizon within which a customer who still buys orders, in weeks. */
export const ACTIVITY_WEEKS = 26;
const WEEKS_MIN = 8;
const COLUMNS = 5;
/** Longer silence or fewer orders never speak for a customer: signs the coefficients must have. */
const SIGNS = [0, 1, 1, -1, 1] as const;
const LOGIT_MAX = 12;
const LOG_SILENCE_MIN = -12;

type Buyer = {
  readonly vector: readonly number[];
  readonly asOfMs: number;
  readonly mbgNbd: ModelArtefact['mbgNbd'];
  readonly weeks: number;
};

/** P(at least one purchase within the horizon), MBG/NBD; hot path, allocates nothing. */
const purchaseProbability = ({ vector, asOfMs, mbgNbd, weeks }: Buyer): number => {
  const { r, alpha, a, b } = mbgNbd;
  const x = (vector[V.orderDays] ?? 0) - 1;
  const firstMs = vector[V.firstOrderedAtMs] ?? 0;
  const tx = ((vector[V.lastOrderedAtMs] ?? 0) - firstMs) / MS_PER_WEEK;
  const T = Math.max(tx, (asOfMs - firstMs) / MS_PER_WEEK);
  const alive = 1 / (1 + (a / (b + x)) * Math.exp((r + x) * Math.log((alpha + T) / (alpha + tx))));
  return alive * -Math.expm1((r + x) * Math.log((alpha + T) / (alpha + T + weeks)));
};

const logit = (p: number): number =>
  Math.min(LOGIT_MAX, Math.max(-LOGIT_MAX, Math.log(p / (1 - p))));

const logSilence = (vector: readonly number[], asOfMs: number): number =>
  asOfMs <= (vector[V.lastOrderedAtMs] ?? 0)
    ? 0
    : Math.max(LOG_SILENCE_MIN, Math.log(silenceProbability({ vector, asOfMs })));

const logitOf = (coefficients: readonly number[], buyer: Buyer): number => {
  const { vector, asOfMs } = buyer;
  const [c0 = 0, c1 = 0, c2 = 0, c3 = 0, c4 = 0] = coefficients;
  const silentWeeks = hasRhythm(vector) ? 0 : timeSinceLastPurchaseMs(vector, asOfMs) / MS_PER_WEEK;
  return (
    c0 +
    c1 * logit(purchaseProbability(buyer)) +
    (c2 === 0 ? 0 : c2 * logSilence(vector, asOfMs)) +
    c3 * Math.log1p(silentWeeks) +
    c4 * Math.log(vector[V.orderDays] ?? 1)
  );
};

/** Probability that a customer still buys, 0 to 1; 0 without a purchase. Hot path: no allocation. */
export const activityProbability = (
  vector: readonly number[],
  { asOfMs, model }: { readonly asOfMs: number; readonly model: ModelArtefact },
): number => {
  if ((vector[V.orderDays] ?? 0) === 0) return 0;
  const { coefficients, weeks } = model.activity;
  buyer.vector = vector;
  buyer.asOfMs = asOfMs;
  buyer.mbgNbd = model.mbgNbd;
  buyer.weeks = weeks;
  return 1 / (1 + Math.exp(-logitOf(coefficients, buyer)));
};
const buyer: { -readonly [K in keyof Buyer]: Buyer[K] } = {
  vector: [],
  asOfMs: 0,
  mbgNbd: { r: 1, alpha: 1, a: 1, b: 1 },
  weeks: ACTIVITY_WEEKS,
};

type Row = { readonly columns: readonly number[]; readonly hasBought: boolean };

const UNIT = Array.from({ length: COLUMNS }, (_, i) =>
  Array.from({ length: COLUMNS }, (__, j) => (i === j ? 1 : 0)),
);
const columnsOf = (asked: Buyer): readonly number[] => UNIT.map((unit) => logitOf(unit, asked));

const ROUNDS_MAX = 25;
const CONVERGED = 1e-8;
const RIDGE = 1;

type Newton = {
  readonly beta: readonly number[];
  readonly kept: readonly number[];
  readonly hessian: Matrix;
  readonly gradient: Matrix;
};

const addRow = ({ columns, hasBought }: Row, { beta, kept, hessian, gradient }: Newton): void => {
  let eta = 0;
  for (const i of kept) eta += (beta[i] ?? 0) * (columns[i] ?? 0);
  const p = 1 / (1 + Math.exp(-eta));
  for (const [k, i] of kept.entries()) {
    const xi = columns[i] ?? 0;
    gradient.set(k, 0, gradient.get(k, 0) + xi * ((hasBought ? 1 : 0) - p));
    for (const [l, j] of kept.entries()) {
      hessian.set(k, l, hessian.get(k, l) + xi * (columns[j] ?? 0) * p * (1 - p));
    }
  }
};

/** Newton steps of the penalised likelihood towards `prior`, over the columns that are kept. */
const fitLogistic = (
  rows: readonly Row[],
  { prior, kept }: { readonly prior: readonly number[]; readonly kept: readonly number[] },
): number[] => {
  const beta = prior.map((value, i) => (kept.includes(i) ? value : 0));
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const hessian = Matrix.eye(kept.length).mul(RIDGE);
    const gradient = Matrix.columnVector(
      kept.map((i) => RIDGE * ((prior[i] ?? 0) - (beta[i] ?? 0))),
    );
    for (const row of rows) addRow(row, { beta, kept, hessian, gradient });
    const step = solve(hessian, gradient).getColumn(0);
    for (const [k, i] of kept.entries()) beta[i] = (beta[i] ?? 0) + (step[k] ?? 0);
    if (Math.max(...step.map(Math.abs)) < CONVERGED) break;
  }
  return beta;
};

/** Rows below which the prior stays. */
const ROWS_MIN = 200;
const ORIGINS_MAX = 4;
const ORIGIN_STEP_WEEKS = 13;

/**
 * Learns the coefficients on windows that have closed, as long as the history allows; the prior where
 * it is too short. A column whose sign comes out against sense is left out and the rest fitted again.
 */
export const fitActivity = (
  histories: readonly CustomerHistory[],
  {
    asOfMs,
    firstMs,
    mbgNbd,
    prior,
  }: {
    readonly asOfMs: number;
    readonly firstMs: number;
    readonly mbgNbd: ModelArtefact['mbgNbd'];
    readonly prior: ActivityModel;
  },
): ActivityModel => {
  const historyWeeks = (asOfMs - firstMs) / MS_PER_WEEK;
  const weeks = Math.min(ACTIVITY_WEEKS, Math.floor(historyWeeks / 3));
  if (weeks < WEEKS_MIN) return prior;
  const originsMs: number[] = [];
  for (let i = 0; i < ORIGINS_MAX; i += 1) {
    const originMs = asOfMs - (weeks + i * ORIGIN_STEP_WEEKS) * MS_PER_WEEK;
    if (originMs >= firstMs + weeks * MS_PER_WEEK) originsMs.unshift(originMs);
  }
  const rows: Row[] = [];
  for (const history of histories) {
    visitSnapshots(history, { originsMs, horizonMs: weeks * MS_PER_WEEK }, (snapshot) => {
      const columns = columnsOf({ ...snapshot, mbgNbd, weeks });
      rows.push({ columns, hasBought: hasSale(history, snapshot.asOfMs, weeks) });
    });
  }
  const bought = rows.filter(({ hasBought }) => hasBought).length;
  if (rows.length < ROWS_MIN || bought === 0 || bought === rows.length) return prior;
  let kept = Array.from({ length: COLUMNS }, (_, i) => i);
  for (;;) {
    const coefficients = fitLogistic(rows, { prior: prior.coefficients, kept });
    const wrong = kept.find((i) => (coefficients[i] ?? 0) * (SIGNS[i] ?? 0) < 0);
    if (wrong === undefined) return { coefficients, weeks };
    kept = kept.filter((i) => i !== wrong);
  }
};

const hasSale = ({ documents }: CustomerHistory, fromMs: number, weeks: number): boolean => {
  const toMs = fromMs + weeks * 7 * MS_PER_DAY;
  return documents.some(
    ({ orderedAtMs, isReturn, lines }) =>
      !isReturn && lines.length > 0 && orderedAtMs >= fromMs && orderedAtMs < toMs,
  );
};
