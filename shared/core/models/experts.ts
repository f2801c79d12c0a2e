/**
 * The experts of the forecast: eight simple predictors of a customer's net revenue per week, each
 * right for another kind of customer. Steady replenishers want exponential smoothing, sporadic buyers
 * buy-till-you-die models; weights.ts learns who is to be believed.
 */
import {
  customerAgeWeeks,
  returnRate,
  V,
  weeklyOrderDays,
  weeklyRevenueMinor,
} from '../features/vector.js';
import type { ModelArtefact } from './artefact.js';
import { bgNbdExpectedPurchases } from './bg-nbd.js';
import { btydOf } from './btyd-data.js';
import { gammaGammaExpectedValue } from './gamma-gamma.js';
import { mbgNbdExpectedPurchases, mbgNbdProbabilityAlive } from './mbg-nbd.js';

/** Names in the order of the predictions. */
export const EXPERTS = [
  'ewma-3',
  'ewma-12',
  'ewma-40',
  'tsb',
  'lifetime-mean',
  'nbd-gg',
  'bg-nbd-gg',
  'mbg-nbd-gg',
] as const;

export type ExpertModel = Pick<ModelArtefact, 'bgNbd' | 'mbgNbd' | 'gammaGamma'>;

/** What the experts say of a customer; revenue in minor units over the whole horizon. */
export type ExpertOpinion = {
  readonly revenueMinor: readonly number[];
  /** Expected purchase days over the horizon, by MBG/NBD and by smoothing, averaged. */
  readonly orderDays: number;
  /** The experts' robust middle: what the ratio model corrects. */
  readonly levelMinor: number;
};

const NOTHING: ExpertOpinion = {
  revenueMinor: EXPERTS.map(() => 0),
  orderDays: 0,
  levelMinor: 0,
};

/** Purchases that shrink a customer's own return rate toward none. */
const RETURN_PRIOR = 5;
const AGE_WEEKS_MIN = 4;

/**
 * Share of future sales that is expected to be kept. A few returns of few purchases say little and are
 * shrunk toward none; who sent nearly everything back is expected to keep nearly nothing.
 */
const keptShare = (rate: number, orderDays: number): number =>
  1 - rate * Math.max(rate, orderDays / (orderDays + RETURN_PRIOR));

/** Asks all experts for the horizon after a time, before season. */
export const askExperts = (
  vector: readonly number[],
  {
    asOfMs,
    horizonWeeks,
    model,
  }: { readonly asOfMs: number; readonly horizonWeeks: number; readonly model: ExpertModel },
): ExpertOpinion => {
  const btyd = btydOf(vector, asOfMs);
  if (btyd === null) return NOTHING;
  const { x, tx, T } = btyd;
  const orderDays = x + 1;
  const sales = vector[V.salesMinor] ?? 0;
  const repeatSales = sales - (vector[V.firstDayMinor] ?? 0);
  const keep = keptShare(returnRate(vector), orderDays);
  // Gamma-Gamma leaves the first purchase out; a one-time buyer has nothing else to tell of.
  const spend =
    x > 0
      ? gammaGammaExpectedValue(model.gammaGamma, { x, m: repeatSales / x })
      : gammaGammaExpectedValue(model.gammaGamma, { x: 1, m: sales });
  const valueMinor = Math.max(0, spend * keep);
  const age = Math.max(AGE_WEEKS_MIN, customerAgeWeeks(vector, asOfMs));
  const weekly = {
    short: Math.max(0, weeklyRevenueMinor(vector, asOfMs, 'short')),
    middle: Math.max(0, weeklyRevenueMinor(vector, asOfMs, 'middle')),
    long: Math.max(0, weeklyRevenueMinor(vector, asOfMs, 'long')),
  };
  const meanValueMinor = Math.max(0, (vector[V.lifetimeMinor] ?? 0) / orderDays);
  const tsb = weeklyOrderDays(vector, asOfMs, 'middle') * meanValueMinor;
  const { r, alpha } = model.mbgNbd;
  const nbd = ((r + x) / (alpha + T)) * horizonWeeks;
  const bg = bgNbdExpectedPurchases(model.bgNbd, { x, tx, T, t: horizonWeeks });
  const mbg = mbgNbdExpectedPurchases(model.mbgNbd, { x, tx, T, t: horizonWeeks });
  const alive = mbgNbdProbabilityAlive(model.mbgNbd, { x, tx, T });
  const lifetime = Math.max(0, (vector[V.lifetimeMinor] ?? 0) / age) * alive;
  const revenueMinor = [
    weekly.short * horizonWeeks,
    weekly.middle * horizonWeeks,
    weekly.long * horizonWeeks,
    tsb * horizonWeeks,
    lifetime * horizonWeeks,
    nbd * valueMinor,
    bg * valueMinor,
    mbg * valueMinor,
  ];
  const smoothed = weeklyOrderDays(vector, asOfMs, 'long') * horizonWeeks;
  return {
    revenueMinor,
    orderDays: (mbg + smoothed) / 2,
    levelMinor:
      ((revenueMinor[1] ?? 0) +
        (revenueMinor[2] ?? 0) +
        (revenueMinor[6] ?? 0) +
        (revenueMinor[7] ?? 0)) /
      4,
  };
};
