/**
 * Tail probabilities of a score by what the score was for customers with whom nothing was wrong. A score is
 * a standard normal quantile by some formula, but only its order matters: the table says how often a healthy
 * customer scores as low. P(score <= s) is (healthy scores at or below s + 1) / (healthy scores + 1), never 0
 * and on a healthy customer at most as often below p as p says (conformal p-value: Bates, Candes, Lei,
 * Romano, Sesia 2023, Testing for outliers with conformal p-values).
 */
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';

/** A score's distribution among healthy cases; `rows` 0 means not learned: the nominal formula holds. */
export type TailTable = {
  /** The score at each of TAIL_PROBABILITIES; ascending, empty when not learned. */
  readonly scores: readonly number[];
  readonly rows: number;
};

export const TAIL_PROBABILITIES = [
  0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1,
] as const;
/** Below this many healthy cases nothing is learned. */
export const TAIL_ROWS_MIN = 200;
/** A formula that was never held against anybody is not believed beyond this. */
export const NOMINAL_MIN = 0.0005;

/** Share of false alerts that is accepted among all. */
export const FALSE_DISCOVERY_RATE = 0.2;

export const NOT_LEARNED: TailTable = { scores: [], rows: 0 };

/** Ranks below which a quantile rests on too few cases to be read off alone. */
const RANK_MIN = 10;
/** Probability down to which cases are plenty, from which the tail's slope is taken. */
const BODY = 0.25;
/** How much farther than the cases go their tail is drawn on. */
const DRAWN_ON = 10;

/**
 * Learns the table from scores of healthy cases. Below the tenth-lowest case the tail goes on along the
 * line of the normal probability plot, or lower where cases lie lower.
 */
export const fitTailTable = (healthy: readonly number[]): TailTable => {
  const rows = healthy.length;
  if (rows < TAIL_ROWS_MIN) return NOT_LEARNED;
  const sorted = [...healthy].sort((a, b) => a - b);
  const atRank = (rank: number): number => sorted[Math.min(rows, Math.max(1, rank)) - 1] ?? 0;
  const from = RANK_MIN / (rows + 1);
  const fromZ = normalQuantile(from, 0, 1);
  const bodyScore = atRank(Math.ceil(BODY * (rows + 1)));
  const slope = Math.max(0, (bodyScore - atRank(RANK_MIN)) / (normalQuantile(BODY, 0, 1) - fromZ));
  const scores = TAIL_PROBABILITIES.map((p) => {
    // One case counts as lower than all: p * (rows + 1) cases at or below, the asked one included.
    const seen = atRank(Math.floor(p * (rows + 1)) - 1);
    if (p >= from) return seen;
    return Math.min(seen, atRank(RANK_MIN) + slope * (normalQuantile(p, 0, 1) - fromZ));
  });
  return { scores, rows };
};

/** The least probability that so many cases can bear out. */
const leastProbability = ({ rows }: TailTable): number =>
  Math.max(TAIL_PROBABILITIES[0], 1 / (DRAWN_ON * (rows + 1)));

/** P(score <= the given one) of a healthy case; `nominal` is what the formula says where none was learned. */
export const tailOfScore = (table: TailTable, score: number, nominal: number): number => {
  const { scores } = table;
  if (scores.length === 0) return Math.min(1, Math.max(NOMINAL_MIN, nominal));
  let at = scores.length - 1;
  while (at >= 0 && (scores[at] ?? 0) > score) at -= 1;
  if (at < 0) return leastProbability(table);
  const low = TAIL_PROBABILITIES[at] ?? 1;
  const high = TAIL_PROBABILITIES[at + 1] ?? 1;
  const from = scores[at] ?? 0;
  const span = (scores[at + 1] ?? from) - from;
  const part = span > 0 ? (score - from) / span : 0;
  return Math.max(leastProbability(table), low * Math.pow(high / low, part));
};

/**
 * The score at which the tail probability is reached: the inverse. Beyond what was learned it goes on as a
 * standard normal one.
 */
export const scoreAtTail = (table: TailTable, probability: number): number => {
  const { scores } = table;
  const z = normalQuantile(probability, 0, 1);
  if (scores.length === 0) return z;
  const least = leastProbability(table);
  const p = Math.min(1, Math.max(least, probability));
  let at = 0;
  while (at + 1 < TAIL_PROBABILITIES.length && (TAIL_PROBABILITIES[at + 1] ?? 1) <= p) at += 1;
  const low = TAIL_PROBABILITIES[at] ?? 1;
  const high = TAIL_PROBABILITIES[at + 1] ?? 1;
  const from = scores[at] ?? 0;
  const part = high > low ? Math.log(p / low) / Math.log(high / low) : 0;
  const score = from + ((scores[at + 1] ?? from) - from) * part;
  return probability < p ? score + z - normalQuantile(p, 0, 1) : score;
};
