/**
 * The rulebook: every threshold, table and plan by which a business scores its customers, as plain data
 * with a version. It is immutable: a change is a new version, validated (validate.ts), published and
 * activated by a record in the log, and every output names the version in force.
 */
import type { AlertRules } from '../alerts/rules.js';
import type { OpportunityRules } from '../opportunities/rules.js';
import type { PotentialRules } from '../potential/rules.js';
import type { BehaviourRules, SegmentRules } from '../segments/rules.js';
import type { TreatmentRules } from '../treatments/rules.js';
import { builtinAlerts, builtinOpportunities } from './builtin-alerts.js';
import { builtinPotential } from './builtin-potential.js';
import { builtinBehaviour, builtinSegments } from './builtin-segments.js';
import { builtinTreatments } from './builtin-treatments.js';

export type Rulebook = {
  readonly version: string;
  /** ISO 4217 code into which all amounts are converted. */
  readonly reportingCurrency: string;
  /** Horizons of the forecasts on the card, days. */
  readonly forecastHorizonsDays: readonly number[];
  /** A customer is looked at again after so long at the latest: silence changes its dimensions. */
  readonly recheckDays: number;
  readonly potential: PotentialRules;
  readonly behaviour: BehaviourRules;
  readonly segments: SegmentRules;
  readonly treatments: TreatmentRules;
  readonly alerts: AlertRules;
  readonly opportunities: OpportunityRules;
};

/** The rulebook in force before any other is activated: an industrial after-sales business, in EUR. */
export const builtinRulebook: Rulebook = {
  version: 'builtin-1',
  reportingCurrency: 'EUR',
  forecastHorizonsDays: [28, 91, 365],
  recheckDays: 28,
  potential: builtinPotential,
  behaviour: builtinBehaviour,
  segments: builtinSegments,
  treatments: builtinTreatments,
  alerts: builtinAlerts,
  opportunities: builtinOpportunities,
};
