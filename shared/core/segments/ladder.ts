/**
 * The segment that the dimensions ask for, given the present one: levels are tried from the best
 * down, the first that fits wins and the last needs nothing. So exactly one segment comes out for any
 * input, NaN included (no comparison with NaN holds, which leads to the last).
 */
import type { Dimensions, Segment } from '../contract.generated.js';
import { SEGMENT_LADDER, type SegmentConditions, type SegmentRules } from './rules.js';

/** Place on the ladder, 0 for the best. */
export const rankOf = (segment: Segment): number => SEGMENT_LADDER.indexOf(segment);

/** The last segment of the ladder, which takes everybody. */
const LAST: Segment = 'D';

const holds = (conditions: SegmentConditions, dimensions: Dimensions, factor: number): boolean => {
  for (const { dimension, atLeast } of conditions) {
    if (!(dimensions[dimension] >= atLeast * factor)) return false;
  }
  return true;
};

/** Factor on the thresholds of a level: none for a new customer, lower to stay, higher to rise. */
const bandFactor = (segment: Segment, current: Segment | null, band: number): number => {
  if (current === null) return 1;
  return rankOf(current) <= rankOf(segment) ? 1 - band : 1 + band;
};

/** Decides the segment; `current` is null for a customer without one. No allocation. */
export const segmentFor = (
  dimensions: Dimensions,
  current: Segment | null,
  rules: SegmentRules,
): Segment => {
  for (const level of rules.levels) {
    const factor = bandFactor(level.segment, current, rules.hysteresisBand);
    for (const conditions of level.anyOf) {
      if (holds(conditions, dimensions, factor)) return level.segment;
    }
  }
  return LAST;
};
