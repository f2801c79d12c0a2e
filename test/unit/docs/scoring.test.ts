/** What docs/scoring.md tells sales is what the built-in rulebook says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtinRulebook } from '../../../shared/core/rulebook/rulebook.js';

const text = readFileSync(join(__dirname, '../../../docs/scoring.md'), 'utf8');
const { segments, treatments, alerts, opportunities, behaviour } = builtinRulebook;
const money = (minor: number): string => (minor / 100).toLocaleString('en-US');

describe('docs/scoring.md', () => {
  it('shows every measure of every base plan', () => {
    for (const { measures } of treatments.segments) {
      for (const measure of Object.values(measures)) expect(text).toContain(measure);
    }
  });

  it('names every threshold of the segments', () => {
    for (const { segment, anyOf } of segments.levels) {
      const row = text.split('\n').find((line) => line.startsWith(`| ${segment} `)) ?? '';
      for (const { dimension, atLeast } of anyOf.flat()) {
        const shown = dimension.endsWith('Minor')
          ? money(atLeast)
          : dimension === 'shareOfWallet'
            ? `${String(atLeast * 100)} %`
            : String(atLeast);
        expect(row).toContain(shown);
      }
    }
  });

  it('names the bounds of bands, flags, alerts and opportunities', () => {
    const { potentialCustomer, smallCustomer } = segments.flags;
    for (const shown of [
      `passed by ${String(segments.hysteresisBand * 100)} %`,
      `for ${String(segments.dwellDays)} days`,
      `potential of ${money(potentialCustomer.potentialAtLeastMinor)} or more`,
      `at most ${money(smallCustomer.trailingYearAtMostMinor)} in twelve months`,
      `${money(alerts.shortfallMinMinor.customer)} (customer)`,
      `${money(alerts.shortfallMinMinor.product_group)} (product group)`,
      `${money(alerts.shortfallMinMinor.product)} (product)`,
      `at most ${String(alerts.overdueProbabilityMax * 100)} %`,
      `after ${String(alerts.lifeDays)} days`,
      `quiet for ${String(alerts.cooldownDays)} days`,
      `${String(alerts.windowWeeksMin)} to ${String(alerts.windowWeeksMin + alerts.windowWeeks)} weeks`,
      `${String(opportunities.winnableShare * 100)} % of it is taken to be winnable`,
      `From ${money(opportunities.crossSellMinMinor)} a year`,
      `trend (${String(behaviour.trendWeight * 100)} %)`,
    ]) {
      expect(text).toContain(shown);
    }
    for (const { severity, fromMinor } of alerts.severities.slice(1)) {
      expect(text).toMatch(new RegExp(`${money(fromMinor)} ${severity}`));
    }
  });
});
