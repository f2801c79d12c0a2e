/**
 * How likely an alert is chance and no trouble at all. Chance alone raises one so often a year; scopes are lost
 * so often a year: what is seen is the one or the other in proportion (Bayes, with a loss taken to show for
 * certain). So the longer a silence lasts beyond its alarm, the less it is chance.
 */
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import type { CustomerState, OpenAlert } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { findGroup, GROUP_STRIDE } from '../features/groups.js';
import { MS_PER_WEEK } from '../features/vector.js';
import { silenceProbability } from '../models/rhythm.js';
import { runOf, runProbability, type GroupRun } from './group-runs.js';
import type { LedgerView } from './ledger-view.js';
import {
  customerRhythm,
  extendedSilence,
  groupRhythm,
  lostPerYear,
  MS_PER_YEAR,
  type Rhythm,
} from './rhythm-tests.js';

type Of = { readonly customer: CustomerState; readonly context: DecisionContext };

export type Improbable = Of & {
  readonly alert: OpenAlert;
  readonly view: LedgerView;
  /** Tail probability of what the alert is about. */
  readonly probability: number;
};

/**
 * Times a year that weeks up to now fall as low by chance, looked at all the time. Low stretches come in
 * clumps: p z^2 a length, for sums of a moving window (Aldous 1989, Poisson clumping).
 */
const shortfallsPerYear = ({ fromMs, toMs }: OpenAlert, probability: number): number => {
  const z = normalQuantile(Math.min(0.5, Math.max(Number.MIN_VALUE, probability)), 0, 1);
  return (probability * Math.max(1, z * z) * MS_PER_YEAR) / Math.max(MS_PER_WEEK, toMs - fromMs);
};

/** How often a customer, or one of its groups, is lost for good in a year. */
const lossesOf = ({ customer, context }: Of, level: OpenAlert['level']): number => {
  const { silence } = context.model.alerts;
  return lostPerYear({
    rules: context.rulebook.alerts,
    test: level === 'customer' ? silence.customer : silence.product_group,
    scopes: level === 'customer' ? 1 : customer.groups.length / GROUP_STRIDE,
  });
};

/** Odds that a silence of a rhythm is chance and no loss. */
const silenceOdds = (rhythm: Rhythm | null, probability: number, losses: number): number =>
  rhythm === null
    ? Number.POSITIVE_INFINITY
    : (probability * MS_PER_YEAR) / Math.max(1, rhythm.gapMs) / losses;

/** Odds that order days without a group are chance and no loss of it. */
export const groupChanceOdds = (of: Of, groupId: number, run: GroupRun): number => {
  const { customer, context } = of;
  const start = findGroup(customer.groups, groupId);
  if (start < 0) return Number.POSITIVE_INFINITY;
  const rhythm = groupRhythm(customer.groups, start, context.rulebook.alerts);
  const test = context.model.alerts.silence.product_group;
  const probability = extendedSilence(test, runProbability(run));
  return silenceOdds(rhythm, probability, lossesOf(of, 'product_group'));
};

const customerChanceOdds = (of: Of): number => {
  const { vector } = of.customer;
  const { asOfMs, model } = of.context;
  const nominal = silenceProbability({ vector, asOfMs });
  const probability = extendedSilence(model.alerts.silence.customer, nominal);
  return silenceOdds(customerRhythm(vector), probability, lossesOf(of, 'customer'));
};

/** Odds that an alert is chance and no loss, as far as its improbability says. */
export const chanceOdds = (asked: Improbable): number => {
  const { alert, view, probability } = asked;
  const { kind, level, scopeId } = alert;
  if (kind === 'behind_forecast') {
    return shortfallsPerYear(alert, probability) / lossesOf(asked, level);
  }
  if (level === 'customer') return customerChanceOdds(asked);
  const run = runOf(view.orderDays(), scopeId);
  return run === null ? Number.POSITIVE_INFINITY : groupChanceOdds(asked, scopeId, run);
};
