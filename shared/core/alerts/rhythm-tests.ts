/**
 * Silence as a signal: how unlikely a silence must be before it counts as overdue, for the customer and for
 * single product groups (group-runs.ts). Every gap is a new chance of a false alarm, so the limit is set by
 * false alarms per year: who orders weekly must be silent for relatively longer than who orders twice a year.
 * How often healthy customers are silent so long is learned from gaps that ended (fit-silence.ts).
 */
import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { MS_PER_DAY, V } from '../features/vector.js';
import type { SilenceTest } from '../models/artefact.js';
import { scoreAtTail, tailOfScore } from '../models/tail-table.js';
import type { AlertRules } from './rules.js';

/** An average year. */
export const MS_PER_YEAR = 365.25 * MS_PER_DAY;
/** However unlikely long silences are among healthy customers, a likely one is no signal. */
const LIMIT_MAX = 0.2;
const SCORE_MAX = 20;

/** A year of a customer whose scopes share one budget of false alarms: each has this much for one. */
export const sharedYearMs = (scopes: number): number => Math.max(1, scopes) * MS_PER_YEAR;

/** What decides how improbable a silence must be. */
export type SilenceRules = {
  readonly rules: AlertRules;
  readonly test: SilenceTest;
  /** Scopes of the customer that share the budget of false alarms. */
  readonly scopes: number;
};

/**
 * Limit for gaps of this mean length, as the nominal probability of the rhythm: what a healthy customer
 * stays below as rarely as wanted, whatever the formula says.
 */
export const overdueLimit = (meanGapMs: number, { rules, test, scopes }: SilenceRules): number => {
  const perYear = Math.min(rules.overdueFalseAlarmsPerYear, test.falseAlarmsPerYear);
  const perGap = (perYear * meanGapMs) / sharedYearMs(scopes);
  const wanted = Math.min(rules.overdueProbabilityMax, perGap);
  if (test.rows === 0) return wanted;
  return Math.min(LIMIT_MAX, normalCdf(scoreAtTail(test, wanted), 0, 1));
};

/** Tail probability of a silence among healthy customers. */
export const calibratedSilence = (test: SilenceTest, nominal: number): number =>
  tailOfScore(test, silenceScore(nominal), nominal);

/** Score of a silence: the normal quantile of its nominal probability, bounded. */
export const silenceScore = (nominal: number): number =>
  nominal >= 1 ? SCORE_MAX : Math.max(-SCORE_MAX, normalQuantile(nominal, 0, 1));

/** Mean gap between the days of purchase; null with fewer than two. */
export const meanGapMs = (vector: readonly number[]): number | null => {
  const gaps = (vector[V.orderDays] ?? 0) - 1;
  if (gaps < 1) return null;
  return ((vector[V.lastOrderedAtMs] ?? 0) - (vector[V.firstOrderedAtMs] ?? 0)) / gaps;
};
