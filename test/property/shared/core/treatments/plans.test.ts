import { builtinTreatments } from '../../../../../shared/core/rulebook/builtin-treatments.js';
import { SEGMENT_LADDER } from '../../../../../shared/core/segments/rules.js';
import { buildPlans, flagOf, planFor } from '../../../../../shared/core/treatments/plans.js';
import { FLAGS, THEMES } from '../../../../../shared/core/treatments/rules.js';

const table = buildPlans(builtinTreatments);
const combinations = SEGMENT_LADDER.flatMap((segment) =>
  builtinTreatments.profiles.flatMap(({ profile }, index) =>
    FLAGS.map((flag) => ({ segment, profile, index, flag })),
  ),
);

describe('strategy plans', () => {
  it.each(combinations)(
    '$segment, $profile, $flag: one measure for each of the seven themes',
    ({ segment, profile, index, flag }) => {
      const plan = planFor(table, segment, index, flag);
      expect(plan.planId).toBe(`${segment}-${profile}-${flag}`);
      expect(plan.measures.map(({ theme }) => theme)).toEqual([...THEMES]);
      for (const { measure } of plan.measures) expect(measure).toMatch(/^[A-Z].{10,}\.$/s);
      expect(plan.visitsPerYear).toBeGreaterThanOrEqual(0);
      expect(plan.visitsPerYear * 2).toBe(Math.round(plan.visitsPerYear * 2));
    },
  );

  it('are found for every profile, also for one that the rulebook does not know', () => {
    for (const profile of [-1, 4, 99]) {
      expect(planFor(table, 'A', profile, 'none').measures).toHaveLength(7);
    }
  });

  it('send nobody to visit a small customer, unless a person put it above C', () => {
    expect(planFor(table, 'C', 0, flagOf('C', false, true)).visitsPerYear).toBe(0);
    expect(planFor(table, 'A', 0, flagOf('A', false, true)).visitsPerYear).toBeGreaterThan(0);
  });

  it('treat a potential customer as one even when it is small', () => {
    expect(flagOf('D', true, true)).toBe('potential');
  });
});
