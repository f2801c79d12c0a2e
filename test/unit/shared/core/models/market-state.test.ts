/** The state of the market is carried on as far as its past shows that such deviations last. */
import { describe, expect, it } from '@jest/globals';
import { fitMarketState, marketScore } from '../../../../../shared/core/models/market-state.js';
import { DAY_MS, START_MS } from '../../../../support/events.js';

const scoreOf = (
  logs: readonly number[],
  { error = 0.05, daysLater = 0, horizonDays = 28 } = {},
): number =>
  marketScore(fitMarketState({ logs, errors: logs.map(() => error) }), {
    fittedAsOfMs: START_MS,
    asOfMs: START_MS + daysLater * DAY_MS,
    horizonDays,
  });

/** A year of fortnights that were as expected, and then these. */
const after = (...lately: readonly number[]): readonly number[] => [
  ...Array.from({ length: 26 - lately.length }, () => 0),
  ...lately,
];
/** Fortnights that go up and down by a tenth without memory. */
const RESTLESS = Array.from({ length: 26 }, (_, i) => [0.1, -0.1, -0.1, 0.1, 0.1][i % 5] ?? 0);

describe('state of the market', () => {
  it('carries on a fall that has lasted', () => {
    const score = scoreOf(after(-0.5, -0.5, -0.5, -0.5));
    expect(score).toBeLessThan(-0.3);
    expect(score).toBeGreaterThan(-0.5);
  });

  it('knows after two fortnights of a fall, and less after one', () => {
    const [one, two, four] = [1, 2, 4].map((n) =>
      scoreOf(after(...Array.from({ length: n }, () => -0.5))),
    ) as [number, number, number];
    expect(one).toBeLessThan(-0.04);
    expect(two).toBeLessThan(one);
    expect(four).toBeLessThan(two);
  });

  it('forgets what is over', () => {
    const over = after(-0.5, -0.5, -0.5, -0.5, 0, 0, 0);
    expect(Math.abs(scoreOf(over))).toBeLessThan(0.02);
  });

  it('carries less on of a single fortnight where such come and go', () => {
    const whims = RESTLESS.map((log, i) => (i % 6 === 0 ? 0.4 : log));
    const score = scoreOf([...whims.slice(1), 0.45]);
    expect(score).toBeLessThan(0.1);
  });

  it('carries next to nothing on where fortnights say nothing of the next ones', () => {
    expect(Math.abs(scoreOf(RESTLESS))).toBeLessThan(0.02);
    expect(Math.abs(scoreOf([...RESTLESS.slice(1), -0.2]))).toBeLessThan(0.04);
  });

  it('takes what its standard error explains for chance', () => {
    const fall = after(-0.2, -0.2);
    expect(Math.abs(scoreOf(fall, { error: 0.4 }))).toBeLessThan(0.03);
    expect(scoreOf(fall, { error: 0.02 })).toBeLessThan(-0.08);
  });

  it('fades with time after the fit and with the length of what is forecast', () => {
    const fall = after(-0.5, -0.4, -0.45, -0.35);
    const near = scoreOf(fall);
    expect(scoreOf(fall, { daysLater: 28 })).toBeGreaterThan(near);
    expect(scoreOf(fall, { horizonDays: 365 })).toBeGreaterThan(near);
    expect(scoreOf(fall, { horizonDays: 7 })).toBeLessThan(near);
  });

  it('says nothing of windows before the fit, nor without any window', () => {
    expect(scoreOf(after(-0.5, -0.5), { daysLater: -1 })).toBe(0);
    expect(scoreOf([])).toBe(0);
  });

  it('stays finite for windows in which nothing was bought', () => {
    const score = scoreOf(after(-1.6, -1.6, -1.6), { error: 0 });
    expect(Number.isFinite(score)).toBe(true);
    expect(score).toBeLessThan(-0.5);
  });
});
