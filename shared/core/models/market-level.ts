/**
 * Whether all customers together buy less than they did: purchases of the last four weeks over those
 * expected, relative to the same ratio of the twelve weeks before. A purchase counts by its size against the
 * customer's own usual one, at most twice: orders that get smaller are a fall too, but a few large ones must
 * not make the total swing by more than a market falls. The weeks before are the yardstick, since a forecast
 * that was too low for half a year would hide a fall.
 */
import { MS_PER_WEEK, V } from '../features/vector.js';
import { askExperts, type ExpertModel } from './experts.js';
import { visitSnapshots, type CustomerHistory, type Snapshot } from './history.js';
import { ratioOfSums, type Counted } from './ratio-of-sums.js';
import { seasonFactor } from './season.js';

const WINDOW_WEEKS = 4;
const WINDOW_MS = WINDOW_WEEKS * MS_PER_WEEK;
/** Windows before the last one that it is compared with. */
const WINDOWS_BEFORE = 3;
/** Standard errors by which the level must differ from 1 before the whole market counts as moved. */
const MARKET_SURE = 2;

/** A purchase counts at most as so many usual ones. */
const SIZE_MAX = 2;

/**
 * Level of the last window relative to those before it, 1 = unchanged; 1 too where the difference is no
 * more than what the customers' own ups and downs make of it (the delta method for a ratio of two).
 */
export const levelOf = (
  last: readonly Counted[],
  before: readonly (readonly Counted[])[],
): number => {
  const now = ratioOfSums(last);
  const earlier = before.flatMap((counted) => ratioOfSums(counted) ?? []);
  if (now === null || earlier.length === 0) return 1;
  const usual = earlier.reduce((sum, { value }) => sum + value, 0) / earlier.length;
  if (usual <= 0) return 1;
  const level = now.value / usual;
  const usualVariance =
    earlier.reduce((sum, { variance }) => sum + variance, 0) / earlier.length ** 2;
  const error = Math.sqrt(now.variance + level * level * usualVariance) / usual;
  return Math.abs(1 - level) <= MARKET_SURE * error ? 1 : level;
};

/** Purchases of a window in the customer's usual size. */
const usualPurchases = ({ vector, actualMinor, actualOrderDays }: Snapshot): number => {
  const usualMinor = (vector[V.salesMinor] ?? 0) / Math.max(1, vector[V.orderDays] ?? 0);
  if (usualMinor <= 0) return actualOrderDays;
  return Math.min(SIZE_MAX * actualOrderDays, Math.max(0, actualMinor) / usualMinor);
};

export type MarketInput = {
  readonly histories: readonly CustomerHistory[];
  readonly asOfMs: number;
  /** Experts fitted on nothing of the last window. */
  readonly experts: ExpertModel;
  readonly season: readonly number[];
};

/** The level of the market as of a time. */
export const marketLevel = ({ histories, asOfMs, experts, season }: MarketInput): number => {
  const windows = Array.from({ length: WINDOWS_BEFORE + 1 }, (_, i) => {
    const asked = {
      asOfMs: asOfMs - (WINDOWS_BEFORE + 1 - i) * WINDOW_MS,
      horizonWeeks: WINDOW_WEEKS,
    };
    return { asked, factor: seasonFactor(season, asked), counted: [] as Counted[] };
  });
  const originsMs = windows.map(({ asked }) => asked.asOfMs);
  for (const history of histories) {
    visitSnapshots(history, { originsMs, horizonMs: WINDOW_MS }, (snapshot) => {
      const window = windows.find(({ asked }) => asked.asOfMs === snapshot.asOfMs);
      if (window === undefined) return;
      const { orderDays } = askExperts(snapshot.vector, { ...window.asked, model: experts });
      const expected = orderDays * window.factor;
      window.counted.push({ expected, actual: usualPurchases(snapshot) });
    });
  }
  const counted = windows.map((window) => window.counted);
  return levelOf(counted.at(-1) ?? [], counted.slice(0, -1));
};
