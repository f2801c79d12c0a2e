/**
 * Silence as a signal: how unlikely a silence must be before it counts as overdue, for the customer and for
 * single product groups (group-runs.ts). Every gap is a new chance of a false alarm, so the limit is set by
 * false alarms per year: who orders weekly must be silent for relatively longer than who orders twice a year.
 * And by what waiting costs: a mean gap more of silence is an order more that is missed, so false alarms are
 * afforded in proportion to the money of an order. That is the least revenue lost unnoticed for a given number
 * of them: for gaps without memory the alarm comes after gap * ln(1 / p), so that one false alarm more saves
 * the revenue of a year times gap / rate, and that is the same for everybody (the cost of delay against that
 * of false alarms, as in quickest detection: Shiryaev 1963). How often healthy customers are silent so long,
 * and how many false alarms that makes, is learned from gaps (fit-silence.ts).
 */
import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { G, groupWeeklyMinor } from '../features/groups.js';
import { MS_PER_DAY, MS_PER_WEEK, V, weeklyRevenueMinor } from '../features/vector.js';
import type { SilenceTest } from '../models/artefact.js';
import { scoreAtTail, tailOfScore } from '../models/tail-table.js';
import type { AlertRules } from './rules.js';

/** An average year. */
export const MS_PER_YEAR = 365.25 * MS_PER_DAY;
/** However unlikely long silences are among healthy customers, a likely one is no signal. */
const LIMIT_MAX = 0.2;
const SCORE_MAX = 20;

/** What is usual of a scope: the mean gap between its purchases, and what is bought in a week and a gap. */
export type Rhythm = {
  readonly gapMs: number;
  readonly weeklyMinor: number;
  readonly orderMinor: number;
};

/** What decides how improbable a silence must be. */
export type SilenceRules = {
  readonly rules: AlertRules;
  readonly test: SilenceTest;
  /** Scopes of the customer that share the false alarms afforded, where no money of orders was learned. */
  readonly scopes: number;
};

/** Share of the false alarms of a mean order that is afforded in a gap of this rhythm. */
export const shareOfGap = ({ gapMs, orderMinor }: Rhythm, meanOrderMinor: number): number =>
  (gapMs / MS_PER_YEAR) * (meanOrderMinor > 0 ? Math.max(0, orderMinor) / meanOrderMinor : 1);

/**
 * Limit for silences of this rhythm, as the nominal probability of the rhythm: what a healthy customer
 * stays below as rarely as wanted, whatever the formula says.
 */
export const overdueLimit = (rhythm: Rhythm, { rules, test, scopes }: SilenceRules): number => {
  const { falseAlarmsPerYear, meanOrderMinor, rows } = test;
  const perYear =
    meanOrderMinor > 0
      ? falseAlarmsPerYear
      : Math.min(rules.overdueFalseAlarmsPerYear, falseAlarmsPerYear) / Math.max(1, scopes);
  const perGap = perYear * shareOfGap(rhythm, meanOrderMinor);
  const wanted = Math.min(rules.overdueProbabilityMax, perGap);
  if (rows === 0 || wanted <= 0) return wanted;
  return Math.min(LIMIT_MAX, normalCdf(scoreAtTail(test, wanted), 0, 1));
};

/** Share of alarms about silences that may end by themselves: every third call finds who is gone. */
export const FALSE_SHARE = 2 / 3;

/** Losses in a year at which the rulebook's false alarms are just the share of all that is accepted. */
export const supposedLosses = (falseAlarmsPerYear: number): number =>
  (falseAlarmsPerYear * (1 - FALSE_SHARE)) / FALSE_SHARE;

/** How often a scope is lost for good in a year, as learned or as the rulebook supposes. */
export const lostPerYear = ({ rules, test, scopes }: SilenceRules): number =>
  test.lostPerYear > 0
    ? test.lostPerYear
    : supposedLosses(rules.overdueFalseAlarmsPerYear) / Math.max(1, scopes);

/** Tail probability of a silence among healthy customers. */
export const calibratedSilence = (test: SilenceTest, nominal: number): number =>
  tailOfScore(test, silenceScore(nominal), nominal);

/**
 * Tail probability of a silence that goes on falling beyond what healthy customers bear out, as its formula
 * does: a limit is not to rest on that, but the longest silences are the surest.
 */
export const extendedSilence = (test: SilenceTest, nominal: number): number => {
  const tail = calibratedSilence(test, nominal);
  const least = calibratedSilence(test, 0);
  if (tail > least) return tail;
  return least * Math.min(1, nominal / normalCdf(scoreAtTail(test, least), 0, 1));
};

/** Score of a silence: the normal quantile of its nominal probability, bounded. */
export const silenceScore = (nominal: number): number =>
  nominal >= 1 ? SCORE_MAX : Math.max(-SCORE_MAX, normalQuantile(nominal, 0, 1));

/** Mean gap between the days of purchase; null with fewer than two. */
export const meanGapMs = (vector: readonly number[]): number | null => {
  const gaps = (vector[V.orderDays] ?? 0) - 1;
  if (gaps < 1) return null;
  return ((vector[V.lastOrderedAtMs] ?? 0) - (vector[V.firstOrderedAtMs] ?? 0)) / gaps;
};

const rhythmOf = (gapMs: number, weeklyMinor: number): Rhythm => ({
  gapMs,
  weeklyMinor,
  orderMinor: (weeklyMinor * gapMs) / MS_PER_WEEK,
});

/** Usual of the whole customer, as of half a gap behind its last purchase; null with fewer than two. */
export const customerRhythm = (vector: readonly number[]): Rhythm | null => {
  const gapMs = meanGapMs(vector);
  if (gapMs === null || gapMs <= 0) return null;
  const middleMs = (vector[V.lastOrderedAtMs] ?? 0) + gapMs / 2;
  return rhythmOf(gapMs, weeklyRevenueMinor(vector, middleMs, 'long'));
};

/** Usual of the product group at `start`; null where its purchases are too few to have a rhythm. */
export const groupRhythm = (
  groups: readonly number[],
  start: number,
  { groupPurchasesMin }: Pick<AlertRules, 'groupPurchasesMin'>,
): Rhythm | null => {
  const purchases = groups[start + G.purchases] ?? 0;
  const sumMs =
    (groups[start + G.lastOrderedAtMs] ?? 0) - (groups[start + G.firstOrderedAtMs] ?? 0);
  if (purchases < Math.max(2, groupPurchasesMin) || sumMs <= 0) return null;
  return rhythmOf(sumMs / (purchases - 1), groupWeeklyMinor(groups, start));
};
