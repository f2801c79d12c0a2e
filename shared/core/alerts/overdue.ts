/**
 * Silence that is too long for the own rhythm, of the customer or of a product group: found out by time
 * alone, in the middle of a period. A silent customer covers its groups. An alert is raised for a limited
 * time after the silence became improbable: who is gone for years is not news.
 */
import type { CustomerState, Expectation } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { findGroup, G, GROUP_STRIDE, groupWeeklyMinor } from '../features/groups.js';
import { MS_PER_DAY, MS_PER_WEEK, V, weeklyRevenueMinor } from '../features/vector.js';
import { silentFromMs } from '../models/rhythm.js';
import { marketFactor } from './behind-forecast.js';
import { shortfallOf, type Finding } from './finding.js';
import { groupOverdueAtMs, meanGapMs, overdueLimit, type SilenceRules } from './rhythm-tests.js';

/** When a silence began, and from when on it is improbable. */
export type Silence = { readonly lastMs: number; readonly overdueAtMs: number };

/** The silence of the whole customer; null without a rhythm. */
export const customerSilence = (
  { vector }: CustomerState,
  { model, rulebook }: DecisionContext,
): Silence | null => {
  const gapMs = meanGapMs(vector);
  if (gapMs === null || gapMs <= 0) return null;
  const test = model.alerts.silence.customer;
  const limit = overdueLimit(gapMs, { rules: rulebook.alerts, test, scopes: 1 });
  const overdueAtMs = silentFromMs(vector, limit);
  return overdueAtMs === null ? null : { lastMs: vector[V.lastOrderedAtMs] ?? 0, overdueAtMs };
};

const groupRules = (
  { groups }: CustomerState,
  { model, rulebook }: DecisionContext,
): SilenceRules => ({
  rules: rulebook.alerts,
  test: model.alerts.silence.product_group,
  scopes: groups.length / GROUP_STRIDE,
});

/** The silence of one product group; null without a rhythm. */
export const groupSilence = (
  customer: CustomerState,
  groupId: number,
  context: DecisionContext,
): Silence | null => {
  const { groups } = customer;
  const start = findGroup(groups, groupId);
  const overdueAtMs =
    start < 0 ? null : groupOverdueAtMs(groups, start, groupRules(customer, context));
  return overdueAtMs === null
    ? null
    : { lastMs: groups[start + G.lastOrderedAtMs] ?? 0, overdueAtMs };
};

/** The first moment after the as-of time at which a silence becomes improbable, or Infinity. */
export const nextOverdueAtMs = (customer: CustomerState, context: DecisionContext): number => {
  const { asOfMs } = context;
  const { groups } = customer;
  const rules = groupRules(customer, context);
  let next = later(customerSilence(customer, context)?.overdueAtMs ?? 0, asOfMs);
  for (let start = 0; start < groups.length; start += GROUP_STRIDE) {
    next = Math.min(next, later(groupOverdueAtMs(groups, start, rules) ?? 0, asOfMs));
  }
  return next;
};

const later = (atMs: number, asOfMs: number): number =>
  atMs > asOfMs ? atMs : Number.POSITIVE_INFINITY;

/** Returns the silences that are too long now and worth the money. */
export const findOverdue = (
  customer: CustomerState,
  context: DecisionContext,
): readonly Finding[] => {
  const { vector, groups } = customer;
  if (isFresh(customerSilence(customer, context)?.overdueAtMs ?? null, context)) {
    const lastMs = vector[V.lastOrderedAtMs] ?? 0;
    const middleMs = lastMs + (meanGapMs(vector) ?? 0) / 2;
    const weeklyMinor = weeklyRevenueMinor(vector, middleMs, 'long');
    const whole = toFinding(customer, context, { scopeId: -1, lastMs, weeklyMinor });
    return isWorth(whole, context) ? [whole] : [];
  }
  const rules = groupRules(customer, context);
  const found: Finding[] = [];
  for (let start = 0; start < groups.length; start += GROUP_STRIDE) {
    if (!isFresh(groupOverdueAtMs(groups, start, rules), context)) continue;
    const finding = toFinding(customer, context, {
      scopeId: groups[start + G.groupId] ?? 0,
      lastMs: groups[start + G.lastOrderedAtMs] ?? 0,
      weeklyMinor: groupWeeklyMinor(groups, start),
    });
    if (isWorth(finding, context)) found.push(finding);
  }
  return found.sort((a, b) => shortfallOf(b) - shortfallOf(a) || a.scopeId - b.scopeId);
};

const isFresh = (overdueAtMs: number | null, { asOfMs, rulebook }: DecisionContext): boolean =>
  overdueAtMs !== null &&
  overdueAtMs <= asOfMs &&
  asOfMs <= overdueAtMs + rulebook.alerts.lifeDays * MS_PER_DAY;

const isWorth = (finding: Finding, { rulebook }: DecisionContext): boolean =>
  shortfallOf(finding) >= rulebook.alerts.shortfallMinMinor[finding.level];

/** What would have been bought in the silence at the usual pace, lowered when the market falls. */
const toFinding = (
  { standing }: CustomerState,
  context: DecisionContext,
  {
    scopeId,
    lastMs,
    weeklyMinor,
  }: { readonly scopeId: number; readonly lastMs: number; readonly weeklyMinor: number },
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
