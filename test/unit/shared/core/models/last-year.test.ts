/** Last year's effect comes back in the same weeks only, and only what is more than chance. */
import { describe, expect, it } from '@jest/globals';
import { lastYearScore, shrinkEffects } from '../../../../../shared/core/models/last-year.js';
import { START_MS, WEEK_MS } from '../../../../support/events.js';

/** Windows every two weeks of a year; what started in the tenth and twelfth week sold a fifth more. */
const YEAR = Array.from({ length: 26 }, (_, i) => ({
  originMs: START_MS + 2 * i * WEEK_MS,
  log: i === 5 || i === 6 ? 0.2 : 0,
}));
const lastYear = {
  originsMs: YEAR.map(({ originMs }) => originMs),
  logs: YEAR.map(({ log }) => log),
};
const at = (week: number): number => lastYearScore(lastYear, START_MS + (52 + week) * WEEK_MS);

describe("last year's effect", () => {
  it('counts a year later, fading within four weeks', () => {
    expect(at(11)).toBeCloseTo(0.15, 6);
    expect(at(10)).toBeCloseTo(0.15, 6);
    expect(at(14)).toBeCloseTo(0.05, 6);
    expect(at(20)).toBe(0);
  });

  it('is none where no window started a year ago', () => {
    expect(at(-30)).toBe(0);
    expect(at(80)).toBe(0);
    expect(lastYearScore({ originsMs: [], logs: [] }, START_MS)).toBe(0);
  });

  it('is shrunk by half where it is certain, to nothing where it is chance', () => {
    const logs = [0.3, -0.3, 0.3, -0.3];
    expect(shrinkEffects({ logs, errors: [0, 0, 0, 0] })[0]).toBeCloseTo(0.15, 6);
    expect(shrinkEffects({ logs, errors: [0.3, 0.3, 0.3, 0.3] })[0]).toBeCloseTo(0, 6);
    const [sure = 0, unsure = 0] = shrinkEffects({ logs, errors: [0.05, 0.2, 0.2, 0.05] });
    expect(sure).toBeGreaterThan(-unsure);
    expect(shrinkEffects({ logs: [0, 0], errors: [0, 0] })).toEqual([0, 0]);
  });
});
