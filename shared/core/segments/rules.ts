/** The part of the rulebook that turns the three dimensions into segment and flags. */
import type { Dimensions, Segment } from '../contract.generated.js';

/** Segments from the best to the last; the last needs no condition, so every customer has one. */
export const SEGMENT_LADDER = ['KA', 'A', 'B', 'C', 'D'] as const satisfies readonly Segment[];

export const DIMENSION_NAMES = [
  'potentialMinor',
  'trailingYearMinor',
  'shareOfWallet',
  'buyingBehaviour',
  'probabilityAlive',
] as const satisfies readonly (keyof Dimensions)[];
export type DimensionName = (typeof DIMENSION_NAMES)[number];

/** All conditions hold: each dimension is at or above its minimum. */
export type SegmentConditions = readonly {
  readonly dimension: DimensionName;
  readonly atLeast: number;
}[];

export type SegmentLevel = {
  readonly segment: Segment;
  /** Alternatives: the segment fits when one of them holds. */
  readonly anyOf: readonly SegmentConditions[];
};

export type SegmentRules = {
  /** One level per segment but the last, the best first. */
  readonly levels: readonly SegmentLevel[];
  /**
   * Half width of the hysteresis band as a share of each threshold: entering a better segment takes
   * (1 + band) of it, staying takes (1 - band).
   */
  readonly hysteresisBand: number;
  /** Least time between two changes of a customer's segment, profile or flags. */
  readonly dwellDays: number;
  /** Least margin with which another profile must be nearer before it replaces the present one. */
  readonly profileMarginMin: number;
  readonly flags: {
    /** High potential, low revenue. */
    readonly potentialCustomer: {
      readonly potentialAtLeastMinor: number;
      readonly shareOfWalletAtMost: number;
    };
    /** Small in revenue and potential: remote care. */
    readonly smallCustomer: {
      readonly trailingYearAtMostMinor: number;
      readonly potentialAtMostMinor: number;
    };
  };
};

export type BehaviourRules = {
  /** Weights of being active, of the trend and of the profile; they sum to 1. */
  readonly baseWeight: number;
  readonly trendWeight: number;
  readonly profileWeight: number;
  /** Value of each profile of the model, by its index, 0 to 1. */
  readonly profileScores: readonly number[];
};
