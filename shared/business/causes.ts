/**
 * Planted causes: what goes wrong with a customer, when it begins, and what it does to its orders. They
 * are the truth that alerts and their likely causes are measured against.
 */
import type { Random } from './random.js';

export const PLANTED_CAUSES = [
  'none',
  'never_offered',
  'territory_unstaffed',
  'competitor_loss',
  'price_or_returns',
  'insolvency_like',
  'churned',
] as const;
export type PlantedCause = (typeof PLANTED_CAUSES)[number];

export type Planted = {
  readonly cause: PlantedCause;
  /** Day of the business on which it begins. */
  readonly onsetDay: number;
  /** Index of the product group it is about, -1 for all. */
  readonly group: number;
};

export type PlantingRules = {
  /** Share of the customers that something happens to. */
  readonly share: number;
  /** Onsets lie between these days of the business. */
  readonly fromDay: number;
  readonly toDay: number;
};

const ALL_GROUPS = -1;
const SINGLE = [
  'never_offered',
  'competitor_loss',
  'price_or_returns',
  'insolvency_like',
  'churned',
] as const;

/** Draws what happens to a customer; an unstaffed territory is planted for all its customers. */
export const plantCause = (
  random: Random,
  { share, fromDay, toDay }: PlantingRules,
  groups: number,
): Planted => {
  const onsetDay = fromDay + random.below(Math.max(1, toDay - fromDay));
  const group = random.below(groups);
  if (!random.chance(share)) return { cause: 'none', onsetDay, group: ALL_GROUPS };
  const cause = random.pick(SINGLE);
  const isOfGroup = cause === 'competitor_loss' || cause === 'never_offered';
  return { cause, onsetDay, group: isOfGroup ? group : ALL_GROUPS };
};

/** Demand left of a group at a day, as a share of what it would have been. */
export const demandLeft = (
  { cause, onsetDay, group }: Planted,
  day: number,
  of: number,
): number => {
  if (cause === 'never_offered') return group === of ? 0 : 1;
  if (cause === 'none' || day < onsetDay) return 1;
  const weeks = (day - onsetDay) / 7;
  switch (cause) {
    case 'territory_unstaffed':
      return Math.max(0.45, 1 - 0.07 * weeks);
    case 'competitor_loss':
      return group === of ? 0 : 1;
    case 'price_or_returns':
      return Math.max(0.5, 1 - 0.05 * weeks);
    case 'insolvency_like':
      return 0;
    case 'churned':
      return Math.max(0, 1 - 0.09 * weeks);
  }
};
