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

/** Bounds after outcomes, each of a customer of its own or dealt out to a number of customers. */
const boundsOf = (actuals: readonly number[], customers = actuals.length) => {
  const rows: RatioRow[] = actuals.map((actualMinor, i) => ({
    customer: i % customers,
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
    // A hundred and one customers: the tenth of those to come is at 9.2 of a hundred seen.
    expect(lower80Minor).toBe(184);
    expect(median).toBe(1_000);
    // 10 % lie below the lower bound, so that the upper one has 10 % above it.
    expect(upper80Minor).toBeCloseTo(1_800, -2);
  });

  it('is wider where few customers were seen, however often', () => {
    const actuals = Array.from({ length: 990 }, (_, i) => 10 + i * 2);
    const many = boundsOf(actuals);
    const few = boundsOf(actuals, 9);
    expect(many.lower80Minor).toBeCloseTo(208, -1);
    expect(many.upper80Minor).toBeCloseTo(1_790, -1);
    // The least and the greatest of nine hold a tenth with eight tenths.
    expect(few.lower80Minor).toBeLessThan(20);
    expect(few.upper80Minor).toBeGreaterThan(1_980);
    expect(few.medianMinor).toBe(many.medianMinor);
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
