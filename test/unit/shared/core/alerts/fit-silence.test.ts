/** How many false alarms about silences are afforded, and to whom. */
import { describe, expect, it } from '@jest/globals';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import {
  fitSilenceTest,
  yearsOf,
  type Gap,
} from '../../../../../shared/core/alerts/fit-silence.js';
import {
  calibratedSilence,
  extendedSilence,
  overdueLimit,
  silenceScore,
  supposedLosses,
  type Rhythm,
} from '../../../../../shared/core/alerts/rhythm-tests.js';
import { MS_PER_DAY } from '../../../../../shared/core/features/vector.js';
import { builtinRulebook } from '../../../../../shared/core/rulebook/rulebook.js';

const rules = builtinRulebook.alerts;
const HEALTHY = 2_400;
const rhythmOf = (orderMinor: number, days = 30): Rhythm => ({
  gapMs: days * MS_PER_DAY,
  weeklyMinor: (orderMinor * 7) / days,
  orderMinor,
});
const LARGE = 90_000;
const SMALL = 10_000;

const gap = (score: number, orderMinor: number, of: Partial<Gap> = {}): Gap => ({
  score,
  rhythm: rhythmOf(orderMinor),
  lostMinor: orderMinor * 3,
  hasEnded: true,
  wentOn: true,
  ...of,
});

/** Two years of a hundred customers who order monthly, all as their rhythm says, half of them for much. */
const healthy = Array.from({ length: HEALTHY }, (_, i) =>
  gap(normalQuantile((i + 0.5) / HEALTHY, 0, 1), i % 2 === 0 ? LARGE : SMALL),
);
const lost = (count: number): readonly Gap[] =>
  Array.from({ length: count }, () => gap(-9, LARGE, { hasEnded: false, wentOn: null }));
const fit = (gaps: readonly Gap[], lostMinMinor: number = rules.shortfallMinMinor.customer) =>
  fitSilenceTest(gaps, { rules, lostMinMinor, customerYears: yearsOf(gaps) });
type Fitted = ReturnType<typeof fit>;

const limitOf = (test: Fitted, rhythm: Rhythm): number =>
  overdueLimit(rhythm, { rules, test, scopes: 1 });
/** Alarms that a test would have raised in gaps. */
const alarmsOf = (test: Fitted, gaps: readonly Gap[]): readonly Gap[] =>
  gaps.filter(
    ({ score, rhythm, lostMinor }) =>
      score <= silenceScore(limitOf(test, rhythm)) && lostMinor >= rules.shortfallMinMinor.customer,
  );

describe('the false alarms about silences that are afforded', () => {
  it('never end, however few customers were lost', () => {
    const test = fit(healthy);
    expect(test.falseAlarmsPerYear).toBeCloseTo(rules.overdueFalseAlarmsPerYear / 4, 6);
    expect(alarmsOf(test, lost(3))).toHaveLength(3);
  });

  it('grow with those who stay away, until two of three alarms would be false', () => {
    const few = fit([...healthy, ...lost(3)]);
    const more = fit([...healthy, ...lost(8)]);
    expect(more.falseAlarmsPerYear).toBeGreaterThan(few.falseAlarmsPerYear);
    for (const [test, count] of [[few, 3] as const, [more, 8] as const]) {
      const wrong = alarmsOf(test, healthy).length;
      expect(wrong).toBeGreaterThan(count);
      expect(wrong).toBeLessThanOrEqual(2 * count);
    }
  });

  it('are as many a year as the rulebook says, counted where the money is enough', () => {
    const gaps = [...healthy, ...lost(400)];
    const wrong = alarmsOf(fit(gaps), healthy).length;
    const afforded = rules.overdueFalseAlarmsPerYear * yearsOf(gaps);
    expect(wrong).toBeLessThanOrEqual(afforded);
    expect(wrong).toBeGreaterThan(0.8 * afforded);
  });

  it('count who comes back and buys less than before, which is what overestimated rhythms do', () => {
    const back = lost(12).map((one) => ({ ...one, hasEnded: true, wentOn: false }));
    expect(fit([...healthy, ...back]).falseAlarmsPerYear).toBe(fit(healthy).falseAlarmsPerYear);
  });
});

describe('the scopes lost for good in a year', () => {
  it('are what the rulebook supposes while few were watched, and then what was seen', () => {
    const years = yearsOf(healthy);
    const supposed = supposedLosses(rules.overdueFalseAlarmsPerYear);
    expect(fit(healthy).lostPerYear).toBeCloseTo(1 / (years + 1 / supposed), 6);
    const gaps = [...healthy, ...lost(60)];
    expect(fit(gaps).lostPerYear * yearsOf(gaps)).toBeGreaterThan(50);
    expect(fit(gaps).lostPerYear * yearsOf(gaps)).toBeLessThan(61);
  });

  it('leave out as many silences as chance makes so long', () => {
    // One in fifty of the customers watched is just now silent as long as two in a hundred gaps are.
    const open = Array.from({ length: 500 }, (_, i) =>
      gap(normalQuantile((i + 0.5) / 500, 0, 1), LARGE, { hasEnded: false, wentOn: null }),
    );
    const gaps = [...healthy, ...open];
    expect(fit(gaps).lostPerYear * yearsOf(gaps)).toBeLessThan(1.5);
  });
});

describe('the tail beyond what was learned', () => {
  const test = fit(healthy);
  it('goes on with its formula and never rises', () => {
    const tails = [1e-2, 1e-3, 1e-4, 1e-6, 1e-9, 0].map((nominal) =>
      extendedSilence(test, nominal),
    );
    expect(tails[0]).toBe(calibratedSilence(test, 1e-2));
    expect(tails).toEqual([...tails].sort((a, b) => b - a));
    expect(tails.at(-2)).toBeLessThan(1e-7);
  });
});

describe('the limit of a silence', () => {
  const test = fit([...healthy, ...lost(8)]);

  it('affords false alarms in proportion to the money of an order', () => {
    const mean = rhythmOf(test.meanOrderMinor);
    expect(mean.orderMinor).toBeGreaterThan(SMALL);
    expect(mean.orderMinor).toBeLessThan(LARGE);
    expect(limitOf(test, rhythmOf(LARGE))).toBeGreaterThan(limitOf(test, mean));
    expect(limitOf(test, mean)).toBeGreaterThan(limitOf(test, rhythmOf(SMALL)));
    expect(limitOf(test, rhythmOf(0))).toBe(0);
  });

  it('is stricter for gaps that are more of them a year', () => {
    expect(limitOf(test, rhythmOf(SMALL, 7))).toBeLessThan(limitOf(test, rhythmOf(SMALL, 30)));
  });

  it('takes all orders for alike in an artefact that knows no money', () => {
    const before = { ...test, meanOrderMinor: 0 };
    expect(limitOf(before, rhythmOf(LARGE))).toBe(limitOf(before, rhythmOf(SMALL)));
  });
});
