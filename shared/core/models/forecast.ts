/**
 * The forecast of a customer: the experts' level times what a log-linear model and boosted trees learned of
 * customers of its kind, times season (without them: the mean of stack and ratio model), with interval, split
 * coherently over product groups: the groups' integers and what is held back for groups never bought before
 * add up to the total's.
 */
import { groupWeight, GROUP_STRIDE } from '../features/groups.js';
import { trailingYearMinor, V } from '../features/vector.js';
import { CORRECTION_ALONE } from './artefact.js';
import type { Blend, HorizonModel, ModelArtefact } from './artefact.js';
import { ratioOfScore, treeScore, type BoostedTrees } from './boosted-trees.js';
import { askExperts, type ExpertOpinion } from './experts.js';
import { activityClass, interval80, medianMinor, ratiosFor } from './intervals.js';
import { lastYearScore, type LastYear } from './last-year.js';
import { logLinearScore, type LogLinear } from './log-linear.js';
import { marketScore } from './market-state.js';
import { newShare } from './new-shares.js';
import { RATIO_FEATURES, ratioFeatures, RETURN_RATE_AT } from './ratio-features.js';
import { RATIO_ACTIVE, ratioColumns } from './ratio-model.js';
import { seasonFactor } from './season.js';

export type GroupForecast = PartForecast & { readonly groupId: number };

/** Expectation of a part of the whole. */
export type PartForecast = {
  readonly expectedOrders: number;
  readonly expectedMinor: number;
  /** As often exceeded as not; medians of parts do not add up to that of the whole. */
  readonly medianMinor: number;
  readonly lower80Minor: number;
  readonly upper80Minor: number;
};

export type CustomerForecast = PartForecast & {
  readonly groups: readonly GroupForecast[];
  /** What falls on groups never bought before; null where nothing is held back for them. */
  readonly newGroups: PartForecast | null;
};

export type ForecastInput = {
  readonly vector: readonly number[];
  readonly groups: readonly number[];
  readonly asOfMs: number;
  readonly horizonDays: number;
  readonly model: ModelArtefact;
};

/** Name that stands for all groups never bought before, where groups are listed by name. */
export const NEW_GROUPS = '(new)';
const DAYS_PER_WEEK = 7;
const DAYS_PER_YEAR = 365.25;
/** The ratio model corrects the level by at most this factor either way. */
const RATIO_MAX = 4;
/** Single groups scatter more than their sum: their interval is widened by this share. */
const GROUP_WIDENING = 1.3;

/** The horizon model nearest to a horizon, by ratio. */
export const horizonModelFor = (model: ModelArtefact, horizonDays: number): HorizonModel => {
  let nearest = model.horizons[0];
  for (const candidate of model.horizons) {
    const distance = Math.abs(Math.log(candidate.horizonDays / horizonDays));
    if (nearest === undefined || distance < Math.abs(Math.log(nearest.horizonDays / horizonDays))) {
      nearest = candidate;
    }
  }
  if (nearest === undefined) throw new RangeError('the model has no horizon');
  return nearest;
};

/** The largest document that is taken: what a model gone wrong expects beyond it could not be written. */
const EXPECTED_MINOR_MAX = 1e13;

/** Weighted sum of the experts, before season. */
export const stackedMinor = (opinion: ExpertOpinion, weights: readonly number[]): number => {
  let sum = 0;
  for (let i = 0; i < opinion.revenueMinor.length; i += 1) {
    sum += (opinion.revenueMinor[i] ?? 0) * (weights[i] ?? 0);
  }
  return sum;
};

/** The ratio model's factor on the level. */
export const ratioFactor = (active: readonly number[], coefficients: readonly number[]): number => {
  let factor = 1;
  for (const column of active) factor += coefficients[column] ?? 0;
  return Math.min(RATIO_MAX, Math.max(0, factor));
};

/**
 * The level before season that the trees correct, minor units. The floor counts only for the share of
 * its purchases that a customer kept; of whom nothing is expected, nothing stays expected.
 */
export const treeLevelMinor = (
  { levelMinor }: ExpertOpinion,
  values: readonly number[],
  floorMinor: number,
): number =>
  levelMinor <= 0 ? 0 : Math.max(levelMinor, floorMinor * (1 - (values[RETURN_RATE_AT] ?? 0)));

/** The factor on the level that customers of this kind had. */
const correctionFactor = (
  trees: BoostedTrees,
  linear: LogLinear | undefined,
  values: readonly number[],
): number => {
  const smooth = linear === undefined ? 0 : logLinearScore(linear, values);
  return ratioOfScore(smooth + treeScore(trees, values));
};

/** The parts of a horizon that say what is expected. */
export type MeanModel = Pick<
  HorizonModel,
  'expertWeights' | 'ratioCoefficients' | 'trees' | 'linear' | 'blend' | 'levelFloorMinor'
>;

/** Correction alone where it was fitted; without it stack and ratio model in equal parts, or what there is. */
const blendOf = ({ trees, blend, ratioCoefficients }: MeanModel): Blend => {
  if (trees !== null) return blend ?? CORRECTION_ALONE;
  return ratioCoefficients.length === 0 ? [0, 1, 0] : [0, 0.5, 0.5];
};

/** What the models say before rounding, minor units. */
export const meanMinor = (
  model: MeanModel,
  {
    opinion,
    season,
    active,
    values,
  }: {
    readonly opinion: ExpertOpinion;
    readonly season: number;
    readonly active: readonly number[];
    readonly values: readonly number[];
  },
): number => {
  const { trees, linear, levelFloorMinor = 0, expertWeights, ratioCoefficients } = model;
  const [corrected, stacked, ratio] = blendOf(model);
  let sum = 0;
  if (trees !== null && corrected > 0) {
    const levelMinor = treeLevelMinor(opinion, values, levelFloorMinor);
    sum += corrected * levelMinor * correctionFactor(trees, linear, values);
  }
  if (stacked > 0) sum += stacked * stackedMinor(opinion, expertWeights);
  if (ratio > 0) sum += ratio * opinion.levelMinor * ratioFactor(active, ratioCoefficients);
  return sum * season;
};

const NONE: readonly number[] = [];

const lastYearFactor = (lastYear: LastYear | undefined, asOfMs: number): number =>
  lastYear === undefined ? 1 : Math.exp(lastYearScore(lastYear, asOfMs));

/** What the time brings to all customers alike: season, and what the market lately was above or below it. */
const timeFactor = ({
  asOfMs,
  horizonDays,
  model,
}: Omit<ForecastInput, 'vector' | 'groups'>): number => {
  const { season, marketState, fittedAsOfMs } = model;
  const factor = seasonFactor(season, { asOfMs, horizonWeeks: horizonDays / DAYS_PER_WEEK });
  return marketState === undefined
    ? factor
    : factor * Math.exp(marketScore(marketState, { fittedAsOfMs, asOfMs, horizonDays }));
};

/**
 * Expected revenue of the horizon as a real number of minor units. A horizon that was not trained takes the
 * factor of the nearest trained one: its trees are asked at its own length, and its money is scaled.
 */
const meanForecast = (
  { vector, asOfMs, horizonDays, model }: ForecastInput,
  opinion: ExpertOpinion,
): number => {
  const horizon = horizonModelFor(model, horizonDays);
  const season = timeFactor({ asOfMs, horizonDays, model });
  const asksRatio = blendOf(horizon)[2] > 0;
  const active = asksRatio ? ratioColumns(vector, asOfMs, new Array<number>(RATIO_ACTIVE)) : NONE;
  if (horizon.trees === null) {
    return meanMinor(horizon, { opinion, season, active, values: NONE });
  }
  const trained =
    horizon.horizonDays === horizonDays
      ? opinion
      : askExperts(vector, { asOfMs, horizonWeeks: horizon.horizonDays / DAYS_PER_WEEK, model });
  const at = { asOfMs, horizonDays: horizon.horizonDays, opinion: trained };
  const levelFloorMinor = (horizon.levelFloorMinor ?? 0) * (horizonDays / horizon.horizonDays);
  return meanMinor(
    { ...horizon, levelFloorMinor },
    {
      opinion,
      season: season * lastYearFactor(horizon.lastYear, asOfMs),
      active,
      values: ratioFeatures(vector, at, new Array<number>(RATIO_FEATURES.length)),
    },
  );
};

/** Forecasts a customer's net revenue of the horizon after a time. */
export const forecastCustomer = (input: ForecastInput): CustomerForecast => {
  const { vector, asOfMs, horizonDays, model } = input;
  const horizonWeeks = horizonDays / DAYS_PER_WEEK;
  const opinion = askExperts(vector, { asOfMs, horizonWeeks, model });
  const horizon = horizonModelFor(model, horizonDays);
  const expectedMinor = Math.min(
    EXPECTED_MINOR_MAX,
    Math.round(Math.max(0, meanForecast(input, opinion))),
  );
  const expectedOrders = Math.max(0, opinion.orderDays * horizon.orderFactor);
  const trainedMinor = expectedMinor * (horizon.horizonDays / horizonDays);
  const ratios = ratiosFor(horizon.intervals, trainedMinor, activityClass(vector, asOfMs));
  const bounds = interval80(ratios, expectedMinor);
  const parts = splitByGroup(input, {
    expectedMinor,
    expectedOrders,
    ratios,
    newGroups: newShare(horizon.newShares?.groups, vector[V.orderDays] ?? 0),
  });
  const median = medianMinor(ratios, expectedMinor);
  return { expectedOrders, expectedMinor, medianMinor: median, ...bounds, ...parts };
};

/**
 * Splits a total by the groups' fading revenue, after a share for groups never bought; largest remainders make
 * the integers add up.
 */
const splitByGroup = (
  { groups, asOfMs }: ForecastInput,
  {
    expectedMinor,
    expectedOrders,
    ratios,
    newGroups,
  }: {
    readonly expectedMinor: number;
    readonly expectedOrders: number;
    readonly ratios: readonly number[];
    readonly newGroups: number;
  },
): Pick<CustomerForecast, 'groups' | 'newGroups'> => {
  const weights: number[] = [];
  let total = 0;
  for (let start = 0; start < groups.length; start += GROUP_STRIDE) {
    const weight = groupWeight(groups, start, asOfMs);
    weights.push(weight);
    total += weight;
  }
  if (weights.length === 0) return { groups: [], newGroups: null };
  const known = 1 - newGroups;
  const shares = weights.map((weight) => known * (total > 0 ? weight / total : 1 / weights.length));
  const all = newGroups > 0 ? [...shares, newGroups] : shares;
  const wide = ratios.map((ratio) => Math.max(0, 1 + (ratio - 1) * GROUP_WIDENING));
  const parts = apportion(expectedMinor, all).map((amount, i) => ({
    expectedOrders: expectedOrders * (all[i] ?? 0),
    expectedMinor: amount,
    medianMinor: medianMinor(wide, amount),
    ...interval80(wide, amount),
  }));
  return {
    groups: parts
      .slice(0, weights.length)
      .map((part, i) => ({ groupId: groups[i * GROUP_STRIDE] ?? 0, ...part })),
    newGroups: parts[weights.length] ?? null,
  };
};

/** Apportions an integer by shares that sum to 1, by largest remainder; ties by position. */
export const apportion = (total: number, shares: readonly number[]): number[] => {
  const exact = shares.map((share) => share * total);
  const floors = exact.map(Math.floor);
  let rest = total - floors.reduce((sum, value) => sum + value, 0);
  const byRemainder = exact
    .map((value, i) => ({ i, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  for (let k = 0; rest > 0; k += 1, rest -= 1) {
    const { i } = byRemainder[k % byRemainder.length] ?? { i: 0 };
    floors[i] = (floors[i] ?? 0) + 1;
  }
  return floors;
};

/** The naive baseline: the trailing year's revenue, spread evenly. */
export const naiveForecastMinor = ({
  vector,
  asOfMs,
  horizonDays,
}: Pick<ForecastInput, 'vector' | 'asOfMs' | 'horizonDays'>): number =>
  Math.round(Math.max(0, trailingYearMinor(vector, asOfMs)) * (horizonDays / DAYS_PER_YEAR));
