/**
 * The feature vector of a customer: sufficient statistics, each updated in O(1) per document, as one
 * array of doubles. Documents are folded in canonical order, so the vector is a pure function of the
 * current documents. Sums that fade with time are stored as of the last document and decayed on read.
 */

/** Raise with every change of layout; readers fill features that an old vector lacks with 0. */
export const VECTOR_VERSION = 1;

export const MS_PER_DAY = 86_400_000;
export const MS_PER_WEEK = 7 * MS_PER_DAY;
/** A month is a twelfth of 365.25 days, so that months are equally long and need no calendar. */
export const MS_PER_MONTH = 2_629_800_000;
const TILES = 13;
/** Months of revenue that a vector remembers, the running one included. */
export const MONTHS_KEPT = TILES;
export const MONTHS_PER_YEAR = 12;

/** Index of each feature. A purchase is a UTC day with a positive sale. */
export const V = {
  firstOrderedAtMs: 0,
  lastOrderedAtMs: 1,
  /** Days with a purchase: BTYD frequency x plus one. */
  orderDays: 2,
  /** Net revenue: sales minus returns, reporting minor units. */
  lifetimeMinor: 3,
  salesMinor: 4,
  returnsMinor: 5,
  /** Sales on the day of the first purchase, which Gamma-Gamma leaves out. */
  firstDayMinor: 6,
  gapSquaredDays: 7,
  gapLogSum: 8,
  /** Net revenue decayed with half-lives of 3, 12 and 40 weeks, as of decayedAtMs. */
  decayed3Minor: 9,
  decayed12Minor: 10,
  decayed40Minor: 11,
  /** Purchase days decayed with half-lives of 12 and 40 weeks, as of decayedAtMs. */
  decayed12Days: 12,
  decayed40Days: 13,
  decayedAtMs: 14,
  documents: 15,
  returnDocuments: 16,
  /** Month of the newest tile, counted from 1970, and the net revenue of the last 13 months. */
  tileMonth: 17,
  tiles: 18,
} as const;

export const VECTOR_LENGTH = V.tiles + TILES;

/** Half-lives of the three fading sums, in weeks. */
export const HALF_LIVES_WEEKS = { short: 3, middle: 12, long: 40 } as const;
const RATE_MIDDLE = -Math.LN2 / (HALF_LIVES_WEEKS.middle * MS_PER_WEEK);
const RATE_LONG = -Math.LN2 / (HALF_LIVES_WEEKS.long * MS_PER_WEEK);

/** A fraction stored and removed keeps V8 from choosing integer elements for a fresh array. */
const TEMPLATE: readonly number[] = Array.from({ length: VECTOR_LENGTH }, () => 0.5);

/** Returns the vector of a customer without documents: all zero. */
export const createVector = (): number[] => TEMPLATE.slice().fill(0);

export type DocumentTotals = {
  readonly orderedAtMs: number;
  /** Net amount of the document, reporting minor units; negative on returns. */
  readonly netMinor: number;
  readonly isReturn: boolean;
};

/** Folds a document into the vector in place; documents come in canonical order. */
export const foldDocument = (vector: number[], document: DocumentTotals): void => {
  const { orderedAtMs, netMinor, isReturn } = document;
  decayTo(vector, orderedAtMs);
  vector[V.lifetimeMinor] = at(vector, V.lifetimeMinor) + netMinor;
  vector[V.decayed3Minor] = at(vector, V.decayed3Minor) + netMinor;
  vector[V.decayed12Minor] = at(vector, V.decayed12Minor) + netMinor;
  vector[V.decayed40Minor] = at(vector, V.decayed40Minor) + netMinor;
  vector[V.documents] = at(vector, V.documents) + 1;
  addToTile(vector, orderedAtMs, netMinor);
  if (isReturn) {
    vector[V.returnsMinor] = at(vector, V.returnsMinor) - netMinor;
    vector[V.returnDocuments] = at(vector, V.returnDocuments) + 1;
  } else if (netMinor > 0) {
    foldPurchase(vector, orderedAtMs, netMinor);
  }
};

const at = (vector: readonly number[], index: number): number => vector[index] ?? 0;

const decayTo = (vector: number[], atMs: number): void => {
  const elapsedMs = atMs - at(vector, V.decayedAtMs);
  if (elapsedMs === 0) return;
  vector[V.decayedAtMs] = atMs;
  if (at(vector, V.documents) === 0) return;
  const middle = Math.exp(RATE_MIDDLE * elapsedMs);
  const long = Math.exp(RATE_LONG * elapsedMs);
  // Half-lives of 3 and 12 weeks: the one decay is the other to the fourth power.
  const short = middle * middle * middle * middle;
  vector[V.decayed3Minor] = at(vector, V.decayed3Minor) * short;
  vector[V.decayed12Minor] = at(vector, V.decayed12Minor) * middle;
  vector[V.decayed40Minor] = at(vector, V.decayed40Minor) * long;
  vector[V.decayed12Days] = at(vector, V.decayed12Days) * middle;
  vector[V.decayed40Days] = at(vector, V.decayed40Days) * long;
};

const foldPurchase = (vector: number[], orderedAtMs: number, netMinor: number): void => {
  vector[V.salesMinor] = at(vector, V.salesMinor) + netMinor;
  const orderDays = at(vector, V.orderDays);
  const day = Math.floor(orderedAtMs / MS_PER_DAY);
  if (orderDays === 0) {
    vector[V.firstOrderedAtMs] = orderedAtMs;
  } else {
    const lastDay = Math.floor(at(vector, V.lastOrderedAtMs) / MS_PER_DAY);
    if (day === lastDay) {
      vector[V.lastOrderedAtMs] = orderedAtMs;
      if (orderDays === 1) vector[V.firstDayMinor] = at(vector, V.firstDayMinor) + netMinor;
      return;
    }
    const gapDays = day - lastDay;
    vector[V.gapSquaredDays] = at(vector, V.gapSquaredDays) + gapDays * gapDays;
    vector[V.gapLogSum] = at(vector, V.gapLogSum) + Math.log(gapDays);
  }
  if (orderDays === 0) vector[V.firstDayMinor] = netMinor;
  vector[V.lastOrderedAtMs] = orderedAtMs;
  vector[V.orderDays] = orderDays + 1;
  vector[V.decayed12Days] = at(vector, V.decayed12Days) + 1;
  vector[V.decayed40Days] = at(vector, V.decayed40Days) + 1;
};

/** Tiles are a ring: month m lies at m modulo 13. Months in between are emptied. */
const addToTile = (vector: number[], orderedAtMs: number, netMinor: number): void => {
  const month = Math.floor(orderedAtMs / MS_PER_MONTH);
  const newest = at(vector, V.tileMonth);
  if (month > newest) {
    const from = Math.max(newest + 1, month - TILES + 1);
    for (let m = from; m <= month; m += 1) vector[V.tiles + (m % TILES)] = 0;
    vector[V.tileMonth] = month;
  }
  const index = V.tiles + (month % TILES);
  vector[index] = at(vector, index) + netMinor;
};

/** Net revenue of the twelve months before a time, from monthly tiles, in minor units. */
export const trailingYearMinor = (vector: readonly number[], asOfMs: number): number => {
  const position = asOfMs / MS_PER_MONTH;
  const month = Math.floor(position);
  const newest = at(vector, V.tileMonth);
  const first = Math.max(month - TILES + 2, newest - TILES + 1);
  // One remainder for all: this runs for every order, and a remainder of doubles is slow.
  let tile = first % TILES;
  let sum = 0;
  for (let m = first; m <= newest; m += 1) {
    sum += at(vector, V.tiles + tile);
    tile = tile + 1 === TILES ? 0 : tile + 1;
  }
  const oldest = month - TILES + 1;
  if (oldest > newest - TILES && oldest <= newest) {
    sum += at(vector, V.tiles + (oldest % TILES)) * (1 - (position - month));
  }
  return Math.round(sum);
};

/**
 * Net revenue of the window that begins a year before a time and is `windowMs` long, from monthly tiles
 * taken as even within a month; minor units. Tiles reach back 13 months, so windows beyond them are 0.
 */
export const sameTimeLastYearMinor = (
  vector: readonly number[],
  asOfMs: number,
  windowMs: number,
): number => {
  const from = asOfMs / MS_PER_MONTH - MONTHS_PER_YEAR;
  const until = Math.min(from + windowMs / MS_PER_MONTH, asOfMs / MS_PER_MONTH);
  const newest = at(vector, V.tileMonth);
  let sum = 0;
  for (let month = Math.floor(from); month < until; month += 1) {
    if (month > newest || month <= newest - TILES) continue;
    const share = Math.min(month + 1, until) - Math.max(month, from);
    sum += at(vector, V.tiles + (month % TILES)) * share;
  }
  return sum;
};

/** Net revenue of a month counted from 1970, in minor units; 0 for months that are not kept. */
export const revenueOfMonthMinor = (vector: readonly number[], month: number): number => {
  const newest = at(vector, V.tileMonth);
  return month > newest || month <= newest - TILES ? 0 : at(vector, V.tiles + (month % TILES));
};

/** Returned share of sales, 0 to 1. */
export const returnRate = (vector: readonly number[]): number => {
  const sales = at(vector, V.salesMinor);
  return sales <= 0 ? 0 : Math.min(1, Math.max(0, at(vector, V.returnsMinor) / sales));
};

/** Weeks from the first purchase to a time; 0 before the first. */
export const customerAgeWeeks = (vector: readonly number[], asOfMs: number): number =>
  at(vector, V.orderDays) === 0
    ? 0
    : Math.max(0, asOfMs - at(vector, V.firstOrderedAtMs)) / MS_PER_WEEK;

/** Milliseconds since the last purchase; Infinity before the first. */
export const timeSinceLastPurchaseMs = (vector: readonly number[], asOfMs: number): number =>
  at(vector, V.orderDays) === 0
    ? Number.POSITIVE_INFINITY
    : Math.max(0, asOfMs - at(vector, V.lastOrderedAtMs));

/** Weekly net revenue by an exponentially weighted mean, corrected for a short history. */
export const weeklyRevenueMinor = (
  vector: readonly number[],
  asOfMs: number,
  halfLife: keyof typeof HALF_LIVES_WEEKS,
): number => {
  const weeks = HALF_LIVES_WEEKS[halfLife];
  const index =
    halfLife === 'short'
      ? V.decayed3Minor
      : halfLife === 'middle'
        ? V.decayed12Minor
        : V.decayed40Minor;
  return weeklyMean(at(vector, index), { vector, asOfMs, halfLifeWeeks: weeks });
};

/** Purchase days per week by an exponentially weighted mean. */
export const weeklyOrderDays = (
  vector: readonly number[],
  asOfMs: number,
  halfLife: 'middle' | 'long',
): number =>
  weeklyMean(at(vector, halfLife === 'middle' ? V.decayed12Days : V.decayed40Days), {
    vector,
    asOfMs,
    halfLifeWeeks: HALF_LIVES_WEEKS[halfLife],
  });

/** History below which a mean is not trusted to be a rate: it is spread over at least this. */
const AGE_WEEKS_MIN = 4;

const weeklyMean = (
  decayedSum: number,
  {
    vector,
    asOfMs,
    halfLifeWeeks,
  }: {
    readonly vector: readonly number[];
    readonly asOfMs: number;
    readonly halfLifeWeeks: number;
  },
): number => {
  const rate = Math.LN2 / halfLifeWeeks;
  const elapsedWeeks = Math.max(0, asOfMs - at(vector, V.decayedAtMs)) / MS_PER_WEEK;
  const ageWeeks = Math.max(AGE_WEEKS_MIN, customerAgeWeeks(vector, asOfMs));
  const sumNow = decayedSum * Math.exp(-rate * elapsedWeeks);
  return (sumNow * rate) / -Math.expm1(-rate * ageWeeks);
};
