/**
 * The season of a portfolio: an index by week of the year, shrunk toward 1, and its factor for a
 * horizon relative to the weeks that the experts' levels were measured in.
 */
import { MS_PER_WEEK } from '../features/vector.js';

const WEEKS_PER_YEAR = 53;
const MS_PER_YEAR = 31_557_600_000;
/** Years of history below which no season can be told from chance. */
const WEEKS_MIN = 104;
/** Each observed year counts against one year without season. */
const PRIOR_YEARS = 1;
const HALF_WINDOW_WEEKS = 26;
/** Weeks whose level the smoothing experts remember: the 12-week half-life's mean age. */
const REFERENCE_WEEKS = 17;

/** Week of the year of a time, 0 to 52, in years of 365.25 days. */
export const weekOfYear = (atMs: number): number =>
  Math.min(WEEKS_PER_YEAR - 1, Math.floor((atMs % MS_PER_YEAR) / MS_PER_WEEK));

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Estimates the index from weekly portfolio revenue, oldest first; all 1 for short histories. */
export const fitSeason = (weekly: readonly number[], firstWeekMs: number): readonly number[] => {
  const index = Array.from({ length: WEEKS_PER_YEAR }, () => 1);
  if (weekly.length < WEEKS_MIN) return index;
  const ratios: number[][] = index.map(() => []);
  for (let i = HALF_WINDOW_WEEKS; i + HALF_WINDOW_WEEKS < weekly.length; i += 1) {
    const level = mean(weekly.slice(i - HALF_WINDOW_WEEKS, i + HALF_WINDOW_WEEKS + 1));
    const smooth = mean(weekly.slice(i - 1, i + 2));
    if (level > 0) ratios[weekOfYear(firstWeekMs + i * MS_PER_WEEK)]?.push(smooth / level);
  }
  const shrunk = ratios.map((years) =>
    years.length === 0
      ? 1
      : (years.reduce((a, b) => a + b, 0) + PRIOR_YEARS) / (years.length + PRIOR_YEARS),
  );
  const level = mean(shrunk);
  return shrunk.map((ratio) => ratio / level);
};

/** Factors of one season as of one time, by horizon: a tick asks the same for every due customer. */
const lately: {
  season: readonly number[];
  asOfMs: number;
  readonly factors: Map<number, number>;
} = { season: [], asOfMs: Number.NaN, factors: new Map() };

/** Factor by which revenue of the horizon differs from the reference weeks before it. */
export const seasonFactor = (
  season: readonly number[],
  at: { readonly asOfMs: number; readonly horizonWeeks: number },
): number => {
  if (lately.season !== season || lately.asOfMs !== at.asOfMs) {
    lately.season = season;
    lately.asOfMs = at.asOfMs;
    lately.factors.clear();
  }
  const known = lately.factors.get(at.horizonWeeks);
  if (known !== undefined) return known;
  const factor = computeFactor(season, at);
  lately.factors.set(at.horizonWeeks, factor);
  return factor;
};

const computeFactor = (
  season: readonly number[],
  { asOfMs, horizonWeeks }: { readonly asOfMs: number; readonly horizonWeeks: number },
): number => {
  const at = (weeks: number): number => season[weekOfYear(asOfMs + weeks * MS_PER_WEEK)] ?? 1;
  let ahead = 0;
  const steps = Math.max(1, Math.round(horizonWeeks));
  for (let i = 0; i < steps; i += 1) ahead += at(((i + 0.5) * horizonWeeks) / steps);
  let behind = 0;
  for (let i = 0; i < REFERENCE_WEEKS; i += 1) behind += at(-i - 0.5);
  return ahead / steps / Math.max(0.1, behind / REFERENCE_WEEKS);
};
