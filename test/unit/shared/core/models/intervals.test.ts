import { describe, expect, it } from '@jest/globals';
import {
  fitIntervals,
  interval80,
  medianMinor,
  ratiosFor,
  type RatioRow,
} from '../../../../../shared/core/models/intervals.js';

const SPORADIC = 2;
const EXPECTED_MINOR = 1_000;

const boundsOf = (actuals: readonly number[]) => {
  const rows: RatioRow[] = actuals.map((actualMinor) => ({
    forecastMinor: EXPECTED_MINOR,
    actualMinor,
    activity: SPORADIC,
  }));
  const ratios = ratiosFor(fitIntervals(rows), EXPECTED_MINOR, SPORADIC);
  return {
    ...interval80(ratios, EXPECTED_MINOR),
    medianMinor: medianMinor(ratios, EXPECTED_MINOR),
  };
};

describe('an 80 % interval', () => {
  it('lies where four of five outcomes lay', () => {
    const {
      lower80Minor,
      medianMinor: median,
      upper80Minor,
    } = boundsOf(Array.from({ length: 101 }, (_, i) => i * 20));
    expect(lower80Minor).toBe(200);
    expect(median).toBe(1_000);
    // 10 % lie below the lower bound, so that the upper one has 10 % above it.
    expect(upper80Minor).toBeCloseTo(1_800, -2);
  });

  it('holds the forecast where nearly nobody buys anything', () => {
    const bounds = boundsOf(Array.from({ length: 100 }, (_, i) => (i < 95 ? 0 : 20_000)));
    expect(bounds).toEqual({ lower80Minor: 0, medianMinor: 0, upper80Minor: EXPECTED_MINOR });
  });

  it('holds the forecast where all bought more than it', () => {
    const bounds = boundsOf(Array.from({ length: 100 }, (_, i) => 2_000 + i));
    expect(bounds.lower80Minor).toBe(EXPECTED_MINOR);
    expect(bounds.upper80Minor).toBeGreaterThan(2_000);
  });
});
