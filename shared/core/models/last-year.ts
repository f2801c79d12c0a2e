/**
 * What the same weeks of last year were worth beyond what was expected of the customers who were known then:
 * the season as far as one year of closed windows shows it. A portfolio index (season.ts) needs two years, and
 * takes new customers for season; these effects are free of who the customers were.
 */
import { MS_PER_WEEK } from '../features/vector.js';
import type { OriginEffects } from './correction-table.js';

/** Effects of closed windows by their start, ascending. */
export type LastYear = {
  readonly originsMs: readonly number[];
  /** Logarithm of actual over expected, shrunk. */
  readonly logs: readonly number[];
};

/** Whole weeks, so that the days of the week agree. */
const YEAR_MS = 52 * MS_PER_WEEK;
/** Windows that start this far from the same day of last year tell nothing of it; nearer ones in proportion. */
const NEAR_MS = 4 * MS_PER_WEEK;
/** One year seen counts against one year without season. */
const PRIOR_YEARS = 1;

/** Logarithm of the factor that a window starting at a time is expected to have; 0 where none is known. */
export const lastYearScore = ({ originsMs, logs }: LastYear, asOfMs: number): number => {
  let sum = 0;
  let weights = 0;
  for (let i = 0; i < originsMs.length; i += 1) {
    const apartMs = Math.abs((originsMs[i] as number) - (asOfMs - YEAR_MS));
    const weight = Math.max(0, 1 - apartMs / NEAR_MS);
    sum += weight * (logs[i] as number);
    weights += weight;
  }
  return sum / Math.max(1, weights);
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/**
 * Shrinks effects to what is likely to come again: by their own standard errors (random effects, their variance
 * by moments) and because one year is no rule.
 */
export const shrinkEffects = ({
  logs,
  errors,
}: Pick<OriginEffects, 'logs' | 'errors'>): readonly number[] => {
  const noise = mean(errors.map((error) => error * error));
  const signal = Math.max(0, mean(logs.map((log) => log * log)) - noise);
  return logs.map((log, i) => {
    const error = errors[i] ?? 0;
    const share = signal / (signal + error * error || 1);
    return (share * log) / (1 + PRIOR_YEARS);
  });
};

/** What the same weeks of last year tell, from the effects of origins. */
export const lastYearOf = (effects: OriginEffects): LastYear => ({
  originsMs: effects.originsMs,
  logs: shrinkEffects(effects),
});
