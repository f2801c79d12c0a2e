/**
 * Validates a rulebook before it can be put in force: shape, ranges, and what must agree between its
 * parts, so that every customer has exactly one segment and every combination a plan. All problems are
 * told at once, each as a sentence with the place it is about.
 */
import { SEGMENT_LADDER } from '../segments/rules.js';
import { FLAGS } from '../treatments/rules.js';
import type { Rulebook } from './rulebook.js';
import { rulebookSchema } from './schema.js';

export type Validation =
  | { readonly kind: 'valid'; readonly rulebook: Rulebook }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

/** Sums of weights may miss one by rounding. */
const WEIGHT_TOLERANCE = 1e-6;

/** Checks data that claims to be a rulebook. */
export const validateRulebook = (data: unknown): Validation => {
  const parsed = rulebookSchema.safeParse(data);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.length === 0 ? 'the rulebook' : inWords(path)}: ${message}.`,
    );
    return { kind: 'invalid', problems };
  }
  const rulebook: Rulebook = parsed.data as Rulebook;
  const problems = [
    ...segmentProblems(rulebook),
    ...behaviourProblems(rulebook),
    ...planProblems(rulebook),
    ...potentialProblems(rulebook),
    ...alertProblems(rulebook),
  ];
  return problems.length === 0 ? { kind: 'valid', rulebook } : { kind: 'invalid', problems };
};

const inWords = (path: readonly PropertyKey[]): string =>
  path.map((part) => (typeof part === 'number' ? `[${String(part)}]` : String(part))).join('.');

/** Names of a list in their order, for a comparison. */
const sequence = (names: readonly string[]): string => names.join(', ');

const duplicatesOf = (names: readonly string[]): readonly string[] => [
  ...new Set(names.filter((name, i) => names.indexOf(name) !== i)),
];

const once = (place: string, names: readonly string[]): readonly string[] =>
  duplicatesOf(names).map((name) => `${place}: ${name} is there more than once.`);

/** True when each number is above the one before it. */
const isAscending = (numbers: readonly number[]): boolean =>
  numbers.every((number, i) => i === 0 || number > (numbers[i - 1] ?? 0));

const segmentProblems = ({ segments }: Rulebook): readonly string[] => {
  const wanted = sequence(SEGMENT_LADDER.slice(0, -1));
  const found = sequence(segments.levels.map(({ segment }) => segment));
  return found === wanted
    ? []
    : [
        `segments.levels: there must be one level each for ${wanted}, in this order; the last ` +
          `segment takes everybody else. Found: ${found === '' ? 'none' : found}.`,
      ];
};

const behaviourProblems = ({ behaviour, treatments }: Rulebook): readonly string[] => {
  const { baseWeight, trendWeight, profileWeight, profileScores } = behaviour;
  const sum = baseWeight + trendWeight + profileWeight;
  const problems: string[] = [];
  if (Math.abs(sum - 1) > WEIGHT_TOLERANCE) {
    problems.push(`behaviour: the three weights must sum to 1; they sum to ${String(sum)}.`);
  }
  if (profileScores.length !== treatments.profiles.length) {
    problems.push(
      `behaviour.profileScores: there are ${String(profileScores.length)} scores for ` +
        `${String(treatments.profiles.length)} profiles in treatments.profiles.`,
    );
  }
  return problems;
};

const planProblems = ({ treatments }: Rulebook): readonly string[] => {
  const { segments, profiles, flags, combinations } = treatments;
  const names = profiles.map(({ profile }) => profile);
  const missing = SEGMENT_LADDER.filter((name) => !segments.some((plan) => plan.segment === name));
  const unplanned = FLAGS.filter((name) => !flags.some(({ flag }) => flag === name));
  return [
    ...missing.map((name) => `treatments.segments: segment ${name} has no plan.`),
    ...unplanned.map((name) => `treatments.flags: flag ${name} has no entry.`),
    ...once(
      'treatments.segments',
      segments.map(({ segment }) => segment),
    ),
    ...once('treatments.profiles', names),
    ...once(
      'treatments.flags',
      flags.map(({ flag }) => flag),
    ),
    ...once(
      'treatments.combinations',
      combinations.map(({ segment, profile, flag }) => `${segment}-${profile}-${flag}`),
    ),
    ...combinations
      .filter(({ profile }) => !names.includes(profile))
      .map(({ profile }) => `treatments.combinations: there is no profile ${profile}.`),
  ];
};

const potentialProblems = ({ potential }: Rulebook): readonly string[] => {
  const problems: string[] = [];
  const ages = potential.ageFactors.map(({ ageYears }) => ageYears);
  if (ages[0] !== 0) problems.push('potential.ageFactors: the first age must be 0.');
  if (!isAscending(ages)) problems.push('potential.ageFactors: the ages must ascend.');
  if (!isAscending(potential.withoutMachines.byOrderDay.map(({ fromMinor }) => fromMinor))) {
    problems.push('potential.withoutMachines.byOrderDay: the amounts must ascend.');
  }
  return [
    ...problems,
    ...once(
      'potential.machines',
      potential.machines.map(({ machineType }) => machineType),
    ),
  ];
};

const alertProblems = ({ alerts, forecastHorizonsDays }: Rulebook): readonly string[] => {
  const problems: string[] = [];
  if (alerts.windowWeeksMin > alerts.windowWeeks) {
    problems.push('alerts.windowWeeksMin: a period cannot be longer than alerts.windowWeeks.');
  }
  const from = alerts.severities.map(({ fromMinor }) => fromMinor);
  if (!isAscending(from)) problems.push('alerts.severities: the amounts must ascend.');
  if (from[0] !== 0) problems.push('alerts.severities: the first amount must be 0.');
  return [
    ...problems,
    ...once(
      'alerts.severities',
      alerts.severities.map(({ severity }) => severity),
    ),
    ...once('forecastHorizonsDays', forecastHorizonsDays.map(String)),
  ];
};
