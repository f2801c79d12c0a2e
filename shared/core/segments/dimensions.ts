/**
 * The three dimensions of a customer as of a time: potential, share of wallet, buying behaviour. Runs
 * for every order, so it writes into a given object and allocates nothing.
 */
import type { Dimensions } from '../contract.generated.js';
import type { CustomerState } from '../customer/state.js';
import { clamp } from '../decide/clamp.js';
import { trailingYearMinor, V, weeklyRevenueMinor } from '../features/vector.js';
import { activityProbability } from '../models/activity.js';
import type { ModelArtefact } from '../models/artefact.js';
import { machinePotentialMinor, type PotentialTable } from '../potential/machine-potential.js';
import { peerPotentialMinor } from '../potential/peer-potential.js';
import type { PotentialRules } from '../potential/rules.js';
import { shareOfWallet } from '../potential/share-of-wallet.js';
import type { BehaviourRules } from './rules.js';

export type MutableDimensions = { -readonly [K in keyof Dimensions]: Dimensions[K] };

/** Returns dimensions that are all zero, to be filled again and again. */
export const createDimensions = (): MutableDimensions => ({
  potentialMinor: 0,
  trailingYearMinor: 0,
  shareOfWallet: 0,
  buyingBehaviour: 0,
  probabilityAlive: 0,
});

export type DimensionInputs = {
  readonly asOfMs: number;
  readonly model: ModelArtefact;
  readonly potential: PotentialRules;
  readonly potentialTable: PotentialTable;
  readonly behaviour: BehaviourRules;
};

/**
 * Score of the recent trend, 0 to 1: 0.5 when the last quarter buys like the last year, 1 at twice
 * that, 0 at half of it or less.
 */
export const trendScore = (vector: readonly number[], asOfMs: number): number => {
  const recent = weeklyRevenueMinor(vector, asOfMs, 'middle');
  const usual = weeklyRevenueMinor(vector, asOfMs, 'long');
  if (usual <= 0 || recent <= 0) return 0;
  return clamp(0.5 + 0.5 * Math.log2(recent / usual), 0, 1);
};

/** A first purchase has no trend. */
const ORDER_DAYS_WITH_TREND = 2;
const NEUTRAL = 0.5;

/** Buying behaviour, 0 (gone) to 1 (thriving): P(alive) times a mix of trend and profile. */
export const buyingBehaviour = (
  { vector, standing }: CustomerState,
  alive: number,
  { asOfMs, behaviour }: DimensionInputs,
): number => {
  const trend =
    (vector[V.orderDays] ?? 0) < ORDER_DAYS_WITH_TREND ? NEUTRAL : trendScore(vector, asOfMs);
  const profile = behaviour.profileScores[standing.profile] ?? NEUTRAL;
  const mix =
    behaviour.baseWeight + behaviour.trendWeight * trend + behaviour.profileWeight * profile;
  return clamp(alive * mix, 0, 1);
};

/** Fills `into` with the customer's dimensions. Amounts are whole minor units, at least 0. */
export const measureDimensions = (
  customer: CustomerState,
  inputs: DimensionInputs,
  into: MutableDimensions,
): void => {
  const { vector, machines } = customer;
  const { asOfMs, model, potential, potentialTable } = inputs;
  const trailingMinor = Math.max(0, trailingYearMinor(vector, asOfMs));
  const fromMachines =
    machines.length === 0 ? 0 : machinePotentialMinor(machines, potentialTable, asOfMs);
  const estimate =
    fromMachines > 0
      ? fromMachines
      : peerPotentialMinor(vector, { trailingMinor, rules: potential, model });
  const alive = clamp(activityProbability(vector, { asOfMs, model }), 0, 1);
  into.trailingYearMinor = trailingMinor;
  into.potentialMinor = Math.max(trailingMinor, estimate);
  into.shareOfWallet = shareOfWallet(trailingMinor, into.potentialMinor);
  into.probabilityAlive = alive;
  into.buyingBehaviour = buyingBehaviour(customer, alive, inputs);
};
