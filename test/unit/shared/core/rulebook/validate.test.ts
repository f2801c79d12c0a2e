import { builtinRulebook, type Rulebook } from '../../../../../shared/core/rulebook/rulebook.js';
import { validateRulebook } from '../../../../../shared/core/rulebook/validate.js';

const problemsOf = (data: unknown): readonly string[] => {
  const validation = validateRulebook(data);
  return validation.kind === 'valid' ? [] : validation.problems;
};
const changed = (over: object): unknown => ({ ...builtinRulebook, ...over });
const { segments, treatments, behaviour, potential, alerts } = builtinRulebook;

describe('validateRulebook', () => {
  it('accepts the built-in rulebook, also after a trip through JSON, and gives it back', () => {
    expect(validateRulebook(JSON.parse(JSON.stringify(builtinRulebook)))).toEqual({
      kind: 'valid',
      rulebook: builtinRulebook,
    });
  });

  it('tells all problems at once, each with its place', () => {
    const problems = problemsOf(
      changed({ version: '', recheckDays: 0, reportingCurrency: 'EURO', forecastHorizonsDays: [] }),
    );
    expect(problems).toHaveLength(4);
    for (const place of ['version', 'recheckDays', 'reportingCurrency', 'forecastHorizonsDays']) {
      expect(problems.some((problem) => problem.startsWith(`${place}: `))).toBe(true);
    }
  });

  it('tells several problems between the parts at once', () => {
    const broken: Rulebook = {
      ...builtinRulebook,
      segments: { ...segments, levels: segments.levels.slice(1) },
      behaviour: { ...behaviour, baseWeight: 0.6, profileScores: [1] },
    };
    expect(problemsOf(broken)).toHaveLength(3);
  });

  it.each([
    ['is nothing', null, /the rulebook/],
    ['has a field that nobody knows', changed({ recheckday: 3 }), /recheckday/],
    ['lacks a level', changed({ segments: { ...segments, levels: [] } }), /KA, A, B, C/],
    [
      'has its levels in another order',
      changed({ segments: { ...segments, levels: [...segments.levels].reverse() } }),
      /in this order/,
    ],
    [
      'has a plan too few',
      changed({ treatments: { ...treatments, segments: treatments.segments.slice(1) } }),
      /segment KA has no plan/,
    ],
    [
      'has two plans for a segment',
      changed({
        treatments: {
          ...treatments,
          segments: [...treatments.segments, treatments.segments[0]],
        },
      }),
      /KA is there more than once/,
    ],
    [
      'lacks a measure for one of the seven themes',
      changed({
        treatments: {
          ...treatments,
          segments: treatments.segments.map((plan) => ({
            ...plan,
            measures: { ...plan.measures, digital: undefined },
          })),
        },
      }),
      /measures\.digital/,
    ],
    [
      'lacks a flag',
      changed({ treatments: { ...treatments, flags: treatments.flags.slice(0, 2) } }),
      /flag small has no entry/,
    ],
    [
      'changes a combination with an unknown profile',
      changed({
        treatments: {
          ...treatments,
          combinations: treatments.combinations.map((one) => ({ ...one, profile: 'ghost' })),
        },
      }),
      /no profile ghost/,
    ],
    [
      'has ages that do not ascend',
      changed({ potential: { ...potential, ageFactors: [...potential.ageFactors].reverse() } }),
      /ages must ascend/,
    ],
    [
      'has severities that do not ascend',
      changed({ alerts: { ...alerts, severities: [...alerts.severities].reverse() } }),
      /severities/,
    ],
    [
      'compares over longer than a period',
      changed({ alerts: { ...alerts, windowWeeksMin: 50 } }),
      /windowWeeksMin/,
    ],
    [
      'has a money bound that is not a number',
      changed({ alerts: { ...alerts, lifeDays: Number.NaN } }),
      /lifeDays/,
    ],
  ])('refuses a rulebook that %s', (_what, data, problem) => {
    expect(problemsOf(data).join('\n')).toMatch(problem);
  });
});
