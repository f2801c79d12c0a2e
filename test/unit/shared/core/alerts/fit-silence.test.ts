/** How many false alarms about silences are afforded. */
import { describe, expect, it } from '@jest/globals';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { fitSilenceTest, type Gap } from '../../../../../shared/core/alerts/fit-silence.js';
import { overdueLimit, silenceScore } from '../../../../../shared/core/alerts/rhythm-tests.js';
import { MS_PER_DAY } from '../../../../../shared/core/features/vector.js';
import { FALSE_DISCOVERY_RATE } from '../../../../../shared/core/models/tail-table.js';
import { builtinRulebook } from '../../../../../shared/core/rulebook/rulebook.js';

const rules = builtinRulebook.alerts;
const CUSTOMERS = 100;
const HEALTHY = 2_400;
const meanGapMs = 30 * MS_PER_DAY;

/** Two years of a hundred customers who order monthly, all as their rhythm says. */
const healthy = Array.from({ length: HEALTHY }, (_, i): Gap => {
  const score = normalQuantile((i + 0.5) / HEALTHY, 0, 1);
  return { score, meanGapMs, scopes: 1, wentOn: true };
});
const lost = (count: number): readonly Gap[] =>
  Array.from({ length: count }, (): Gap => ({ score: -9, meanGapMs, scopes: 1, wentOn: false }));
const fit = (gaps: readonly Gap[]) => fitSilenceTest(gaps, { rules, customers: CUSTOMERS });

describe('the budget of false alarms about silences', () => {
  it('is a fifth of one a quarter in the whole portfolio where nobody is lost', () => {
    expect(fit(healthy).falseAlarmsPerYear * CUSTOMERS).toBeCloseTo(4 * FALSE_DISCOVERY_RATE, 1);
  });

  it('grows with what is found, so far that the stated share of the alarms is false', () => {
    for (const count of [20, 60]) {
      const gaps = [...healthy, ...lost(count)];
      const test = fit(gaps);
      const limit = silenceScore(overdueLimit(meanGapMs, { rules, test, scopes: 1 }));
      const alarms = gaps.filter(({ score }) => score <= limit).length;
      const wrong = healthy.filter(({ score }) => score <= limit).length;
      expect(alarms).toBe(count + wrong);
      expect(wrong / alarms).toBeLessThanOrEqual(FALSE_DISCOVERY_RATE + 0.02);
      expect(wrong / alarms).toBeGreaterThan(FALSE_DISCOVERY_RATE / 3);
    }
  });

  it('is never above that of the rulebook', () => {
    const { falseAlarmsPerYear } = fit([...healthy, ...lost(2_000)]);
    expect(falseAlarmsPerYear).toBe(rules.overdueFalseAlarmsPerYear);
  });
});
