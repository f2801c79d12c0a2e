/**
 * Treatments as data: a base plan per segment, changed by the behaviour profile and by the flags, and
 * for single combinations. Every combination yields a plan with one measure for each theme.
 */
import type { Segment } from '../contract.generated.js';

/** The seven themes of a strategy plan. */
export const THEMES = [
  'sales_intensity',
  'responsibility',
  'channels',
  'offer',
  'prices_terms',
  'service_level',
  'digital',
] as const;
export type Theme = (typeof THEMES)[number];

/** none: neither flag; the flags exclude one another. */
export const FLAGS = ['none', 'potential', 'small'] as const;
export type Flag = (typeof FLAGS)[number];

export type BasePlan = {
  readonly segment: Segment;
  readonly name: string;
  readonly visitsPerYear: number;
  readonly measures: Readonly<Record<Theme, string>>;
};

/** A change to a plan: visits are multiplied, a measure replaces that of its theme. */
export type PlanChange = {
  readonly name: string;
  readonly visitsFactor: number;
  readonly measures: Readonly<Partial<Record<Theme, string>>>;
};

export type TreatmentRules = {
  readonly segments: readonly BasePlan[];
  /** One per profile of the model, in the order of its indices; `profile` names it in plan ids. */
  readonly profiles: readonly (PlanChange & { readonly profile: string })[];
  readonly flags: readonly (PlanChange & { readonly flag: Flag })[];
  /** Changes for single combinations, applied last. */
  readonly combinations: readonly (PlanChange & {
    readonly segment: Segment;
    readonly profile: string;
    readonly flag: Flag;
  })[];
};
