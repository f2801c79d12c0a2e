/**
 * The rows that a horizon learns from: every customer at every rolling origin whose window has closed, with
 * what the experts said then, its features and what it bought.
 */
import { MS_PER_DAY, MS_PER_WEEK } from '../features/vector.js';
import { askExperts, type ExpertModel, type ExpertOpinion } from './experts.js';
import { foldOf } from './folds.js';
import { visitSnapshots, type CustomerHistory } from './history.js';
import { activityClass } from './intervals.js';
import type { RunJobs } from './jobs.js';
import { ratioFeatures } from './ratio-features.js';
import { RATIO_ACTIVE, ratioColumns } from './ratio-model.js';
import { seasonFactor } from './season.js';

const ORIGIN_STEP_MS = 14 * MS_PER_DAY;
const ORIGINS_MAX = 26;
/** History before the first origin: below it no rhythm is known. */
const WARM_UP_MIN_MS = 6 * MS_PER_WEEK;
/**
 * At the start of a file every customer looks new and the experts say too little; what comes then is far above
 * it, and no sign of a season. Half of what the file holds is left out for it, half a year at most.
 */
const WARM_UP_MAX_MS = 26 * MS_PER_WEEK;
const WARM_UP_SHARE = 0.5;
const DISCOUNT_HALF_LIFE_MS = 39 * MS_PER_WEEK;
/** Rows learned from at most per horizon: beyond it origins lie farther apart. */
const ROWS_MAX = 100_000;

/** One customer at one closed origin. */
export type TrainingRow = {
  /** Place of the customer among the histories. */
  readonly customer: number;
  /** Its fold (folds.ts). */
  readonly fold: number;
  readonly originMs: number;
  /** Ratio features (ratio-features.ts). */
  readonly values: readonly number[];
  readonly opinion: ExpertOpinion;
  readonly season: number;
  readonly actualMinor: number;
  readonly active: readonly number[];
  readonly activity: number;
  /** Old windows count less, so that a shock moves the weights within weeks. */
  readonly discount: number;
};

export type HorizonFitInput = {
  readonly histories: readonly CustomerHistory[];
  readonly asOfMs: number;
  readonly firstMs: number;
  readonly horizonDays: number;
  readonly experts: ExpertModel;
  readonly season: readonly number[];
  /** How independent parts of the fit are run; one after the other where it is not given. */
  readonly runJobs?: RunJobs | undefined;
};

/** Origins with closed windows, ascending. */
export const originsOf = ({
  asOfMs,
  firstMs,
  horizonDays,
}: Pick<HorizonFitInput, 'asOfMs' | 'firstMs' | 'horizonDays'>): number[] => {
  const origins: number[] = [];
  let origin = asOfMs - horizonDays * MS_PER_DAY;
  const warmUpMs = Math.min(WARM_UP_MAX_MS, WARM_UP_SHARE * (origin - firstMs));
  while (origin >= firstMs + Math.max(WARM_UP_MIN_MS, warmUpMs) && origins.length < ORIGINS_MAX) {
    origins.unshift(origin);
    origin -= ORIGIN_STEP_MS;
  }
  return origins;
};

/** Rows of all customers at the given origins. */
export const rowsAt = (
  { histories, asOfMs, horizonDays, experts, season }: Omit<HorizonFitInput, 'firstMs' | 'runJobs'>,
  originsMs: readonly number[],
): TrainingRow[] => {
  const horizonWeeks = horizonDays / 7;
  const rows: TrainingRow[] = [];
  const options = { originsMs, horizonMs: horizonDays * MS_PER_DAY };
  for (const [customer, history] of histories.entries()) {
    const fold = foldOf(history.customerId);
    visitSnapshots(history, options, (snapshot) => {
      const { vector, actualMinor, asOfMs: originMs } = snapshot;
      const at = { asOfMs: originMs, horizonWeeks };
      const opinion = askExperts(vector, { ...at, model: experts });
      rows.push({
        customer,
        fold,
        originMs,
        opinion,
        values: ratioFeatures(vector, { asOfMs: originMs, horizonDays, opinion }, []),
        season: seasonFactor(season, at),
        actualMinor,
        active: ratioColumns(vector, originMs, new Array<number>(RATIO_ACTIVE)),
        activity: activityClass(vector, originMs),
        discount: 2 ** (-(asOfMs - originMs) / DISCOUNT_HALF_LIFE_MS),
      });
    });
  }
  return rows;
};

/** The rows that a horizon learns from. */
export const gatherRows = (input: HorizonFitInput): TrainingRow[] => {
  const origins = originsOf(input);
  const every = Math.ceil((input.histories.length * origins.length) / ROWS_MAX);
  return rowsAt(
    input,
    origins.filter((_, i) => (origins.length - 1 - i) % every === 0),
  );
};
