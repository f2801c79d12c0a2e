/**
 * Builds every strategy plan of a rulebook once, as a table by segment, profile and flag, so that the
 * hot path looks one up without building anything.
 */
import type { Segment, TreatmentPlan } from '../contract.generated.js';
import { rankOf } from '../segments/ladder.js';
import { SEGMENT_LADDER } from '../segments/rules.js';
import { FLAGS, THEMES, type BasePlan, type Flag, type PlanChange } from './rules.js';
import type { TreatmentRules } from './rules.js';

/** Plans in the order segment, profile, flag. */
export type PlanTable = {
  readonly profileCount: number;
  readonly plans: readonly TreatmentPlan[];
};

const change = (plan: TreatmentPlan, by: PlanChange): TreatmentPlan => ({
  planId: plan.planId,
  name: by.name === '' ? plan.name : `${plan.name}, ${by.name}`,
  visitsPerYear: plan.visitsPerYear * by.visitsFactor,
  measures: plan.measures.map(({ theme, measure }) => ({
    theme,
    measure: THEMES.reduce(
      (found, name) => (name === theme ? (by.measures[name] ?? found) : found),
      measure,
    ),
  })),
});

const basePlan = (base: BasePlan, planId: string): TreatmentPlan => ({
  planId,
  name: base.name,
  visitsPerYear: base.visitsPerYear,
  measures: THEMES.map((theme) => ({ theme, measure: base.measures[theme] })),
});

/** Visits are planned in half visits: one every other year is the least that is more than none. */
const roundVisits = (plan: TreatmentPlan): TreatmentPlan => ({
  ...plan,
  visitsPerYear: Math.round(plan.visitsPerYear * 2) / 2,
});

/** Builds the table; throws a RangeError when a segment has no base plan (see validateRulebook). */
export const buildPlans = (rules: TreatmentRules): PlanTable => {
  const plans = SEGMENT_LADDER.flatMap((segment) => {
    const base = rules.segments.find((plan) => plan.segment === segment);
    if (base === undefined) throw new RangeError(`segment ${segment} has no plan`);
    return rules.profiles.flatMap((profile) =>
      FLAGS.map((flag) => roundVisits(buildPlan(rules, { base, profile, flag }))),
    );
  });
  return { profileCount: rules.profiles.length, plans };
};

type PlanParts = {
  readonly base: TreatmentRules['segments'][number];
  readonly profile: TreatmentRules['profiles'][number];
  readonly flag: (typeof FLAGS)[number];
};

/** The segment's plan, changed for the profile, then the flag, then this very combination. */
const buildPlan = (rules: TreatmentRules, { base, profile, flag }: PlanParts): TreatmentPlan => {
  const { segment } = base;
  const changes = [
    profile,
    ...rules.flags.filter((byFlag) => byFlag.flag === flag),
    ...rules.combinations.filter(
      (single) =>
        single.segment === segment && single.profile === profile.profile && single.flag === flag,
    ),
  ];
  return changes.reduce<TreatmentPlan>(
    (plan, by) => change(plan, by),
    basePlan(base, `${segment}-${profile.profile}-${flag}`),
  );
};

/**
 * The flag that counts for the plan: a potential customer is treated as such even when small, and a
 * customer whom a person put above C is not left to remote care.
 */
export const flagOf = (segment: Segment, isPotential: boolean, isSmall: boolean): Flag =>
  isPotential ? 'potential' : isSmall && rankOf(segment) >= SMALL_FROM_RANK ? 'small' : 'none';

const SMALL_FROM_RANK = SEGMENT_LADDER.indexOf('C');

/** Looks up a plan. A profile beyond the rulebook's takes the rulebook's last. No allocation. */
export const planFor = (
  { profileCount, plans }: PlanTable,
  segment: Segment,
  profile: number,
  flag: Flag,
): TreatmentPlan => {
  const column = Math.min(Math.max(0, profile), profileCount - 1);
  const index = (rankOf(segment) * profileCount + column) * FLAGS.length + FLAGS.indexOf(flag);
  const plan = plans[index];
  if (plan === undefined) throw new RangeError(`no plan for ${segment}`);
  return plan;
};
