/**
 * Silence that is too long for the own rhythm: of the customer, found out by time alone; of a product group,
 * found out by orders that come without it. A silent customer covers its groups. An alert is raised for a
 * limited time after the silence became improbable: who is gone for years is not news.
 */
import type { CustomerState, Expectation } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { findGroup, G, GROUP_STRIDE } from '../features/groups.js';
import { MS_PER_DAY, MS_PER_WEEK, V } from '../features/vector.js';
import { silentFromMs } from '../models/rhythm.js';
import { marketFactor } from './behind-forecast.js';
import { shortfallOf, type Finding } from './finding.js';
import { improbableSinceMs } from './group-runs.js';
import type { LedgerView } from './ledger-view.js';
import {
  customerRhythm,
  groupRhythm,
  meanGapMs,
  overdueLimit,
  type SilenceRules,
} from './rhythm-tests.js';

/** When a silence began, from when on it is improbable, and what is usually bought in a week of it. */
export type Silence = {
  readonly lastMs: number;
  readonly overdueAtMs: number;
  readonly weeklyMinor: number;
};

/** The silence of the whole customer; null without a rhythm. */
export const customerSilence = (
  { vector }: CustomerState,
  { model, rulebook }: DecisionContext,
): Silence | null => {
  const rhythm = customerRhythm(vector);
  if (rhythm === null) return null;
  const test = model.alerts.silence.customer;
  const limit = overdueLimit(rhythm, { rules: rulebook.alerts, test, scopes: 1 });
  const overdueAtMs = silentFromMs(vector, limit);
  if (overdueAtMs === null) return null;
  const { weeklyMinor } = rhythm;
  return { lastMs: vector[V.lastOrderedAtMs] ?? 0, overdueAtMs, weeklyMinor };
};

const groupRules = (
  { groups }: CustomerState,
  { model, rulebook }: DecisionContext,
): SilenceRules => ({
  rules: rulebook.alerts,
  test: model.alerts.silence.product_group,
  scopes: groups.length / GROUP_STRIDE,
});

export type OverdueFacts = { readonly context: DecisionContext; readonly view: LedgerView };

/** The silence of one product group while the customer buys on; null where it is not improbable. */
export const groupSilence = (
  customer: CustomerState,
  groupId: number,
  { context, view }: OverdueFacts,
): Silence | null => {
  const { groups } = customer;
  const start = findGroup(groups, groupId);
  const rhythm = start < 0 ? null : groupRhythm(groups, start, context.rulebook.alerts);
  if (rhythm === null) return null;
  const probability = overdueLimit(rhythm, groupRules(customer, context));
  const overdueAtMs = improbableSinceMs(view.orderDays(), { groupId, probability });
  if (overdueAtMs === null) return null;
  const { weeklyMinor } = rhythm;
  return { lastMs: groups[start + G.lastOrderedAtMs] ?? 0, overdueAtMs, weeklyMinor };
};

/** Purchases of a group that must be missing before its documents are looked at: P(none) of 1.5 is 22 %. */
const MISSING_MIN = 1.5;

/** Whether a group may be silent, by the counts at hand: rough, and much less strict than the test. */
const mayBeSilent = ({ vector, groups }: CustomerState, start: number): boolean => {
  const sinceMs = (vector[V.lastOrderedAtMs] ?? 0) - (groups[start + G.lastOrderedAtMs] ?? 0);
  const gapMs = meanGapMs(vector);
  if (sinceMs < MS_PER_DAY || gapMs === null || gapMs <= 0) return false;
  const share = (groups[start + G.purchases] ?? 0) / Math.max(1, vector[V.orderDays] ?? 0);
  return (sinceMs / gapMs) * Math.min(1, share) >= MISSING_MIN;
};

/**
 * The moment after the as-of time from which the customer's silence is improbable and worth the money, or
 * Infinity.
 */
export const nextOverdueAtMs = (customer: CustomerState, context: DecisionContext): number => {
  const silence = customerSilence(customer, context);
  const weeklyMinor = (silence?.weeklyMinor ?? 0) * marketFactor(context);
  if (silence === null || weeklyMinor <= 0) return Number.POSITIVE_INFINITY;
  const { shortfallMinMinor } = context.rulebook.alerts;
  const worthAtMs = silence.lastMs + (shortfallMinMinor.customer / weeklyMinor) * MS_PER_WEEK;
  const atMs = Math.max(silence.overdueAtMs, worthAtMs);
  return atMs > context.asOfMs ? atMs : Number.POSITIVE_INFINITY;
};

/** Returns the silences that are too long now and worth the money. */
export const findOverdue = (
  customer: CustomerState,
  { context, view }: OverdueFacts,
): readonly Finding[] => {
  const { groups } = customer;
  const silence = customerSilence(customer, context);
  if (silence !== null && isFresh(silence, context)) {
    const whole = toFinding(customer, context, { scopeId: -1, ...silence });
    return isWorth(whole, context) ? [whole] : [];
  }
  const found: Finding[] = [];
  for (let start = 0; start < groups.length; start += GROUP_STRIDE) {
    if (!mayBeSilent(customer, start)) continue;
    const scopeId = groups[start + G.groupId] ?? 0;
    const ofGroup = groupSilence(customer, scopeId, { context, view });
    if (ofGroup === null || !isFresh(ofGroup, context)) continue;
    const finding = toFinding(customer, context, { scopeId, ...ofGroup });
    if (isWorth(finding, context)) found.push(finding);
  }
  return found.sort((a, b) => shortfallOf(b) - shortfallOf(a) || a.scopeId - b.scopeId);
};

const isFresh = ({ overdueAtMs }: Silence, { asOfMs, rulebook }: DecisionContext): boolean =>
  overdueAtMs <= asOfMs && asOfMs <= overdueAtMs + rulebook.alerts.lifeDays * MS_PER_DAY;

const isWorth = (finding: Finding, { rulebook }: DecisionContext): boolean =>
  shortfallOf(finding) >= rulebook.alerts.shortfallMinMinor[finding.level];

/** What would have been bought in the silence at the usual pace, lowered when the market falls. */
const toFinding = (
  { standing }: CustomerState,
  context: DecisionContext,
  { scopeId, lastMs, weeklyMinor }: Silence & { readonly scopeId: number },
): Finding => {
  const silentWeeks = Math.max(0, context.asOfMs - lastMs) / MS_PER_WEEK;
  const usualMinor = Math.max(0, weeklyMinor) * silentWeeks * marketFactor(context);
  return {
    level: scopeId === -1 ? 'customer' : 'product_group',
    kind: 'overdue',
    scopeId,
    fromMs: lastMs,
    toMs: context.asOfMs,
    expected: withInterval(Math.round(usualMinor), standing.window?.total ?? null),
    actualMinor: 0,
  };
};

/** The relative interval of the running period's forecast, for want of one of the silence. */
const withInterval = (expectedMinor: number, like: Expectation | null): Expectation => {
  const scale = like === null || like.expectedMinor <= 0 ? 0 : expectedMinor / like.expectedMinor;
  return {
    expectedMinor,
    lower80Minor: Math.min(expectedMinor, Math.round((like?.lower80Minor ?? 0) * scale)),
    upper80Minor: Math.max(expectedMinor, Math.round((like?.upper80Minor ?? 0) * scale)),
  };
};
