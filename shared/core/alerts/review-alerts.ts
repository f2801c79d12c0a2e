/**
 * Steps the alerts of a customer at a tick: ends what is over, tests what is open against the documents
 * as they are now, compares a period that has closed, looks for silence, and raises what is new. A scope
 * has one alert at a time, whatever kind found it out, and none while people closed one lately.
 */
import type { AlertStatus } from '../contract.generated.js';
import type { CustomerState, ExpectationWindow, OpenAlert } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { findGroup, G } from '../features/groups.js';
import { MS_PER_DAY, V } from '../features/vector.js';
import { findBehind } from './behind-forecast.js';
import { emitAlert, probabilityOf } from './emit-alert.js';
import { shortfallOf, toAlert, type Finding } from './finding.js';
import {
  actualMinor,
  viewLedger,
  WHOLE_CUSTOMER,
  type LedgerView,
  type Scope,
} from './ledger-view.js';
import { ALERTS_MAX, isOpen, isQuiet, isSameScope, silentSinceMs } from './lifecycle.js';
import { customerSilence, findOverdue, groupSilence, type Silence } from './overdue.js';
import { findTrailing } from './trailing.js';
import { lookBack, openWindow } from './window.js';

/** Tail probability above which a corrected shortfall is no longer one: the lower bound of 80 %. */
const STILL_BEHIND_MAX = 0.1;

type Review = {
  readonly customer: CustomerState;
  readonly context: DecisionContext;
  readonly view: LedgerView;
};

/** What a review found about an alert: kept as it is, kept with news, or over. */
type Verdict =
  | { readonly kind: 'kept'; readonly alert: OpenAlert }
  | { readonly kind: 'news'; readonly alert: OpenAlert }
  | { readonly kind: 'over'; readonly alert: OpenAlert; readonly status: 'withdrawn' | 'expired' }
  | { readonly kind: 'forgotten' };

/** Reviews alerts and steps the comparison period; returns the one that closed, if any. */
export const reviewAlerts = (
  customer: CustomerState,
  context: DecisionContext,
  view: LedgerView,
): ExpectationWindow | null => {
  const review = { customer, context, view };
  const { standing } = customer;
  const overdue = findOverdue(customer, { context, view });
  standing.alerts = standing.alerts.flatMap((alert) => settle(review, alert, overdue));
  const recalled = lookBack(customer, context);
  standing.window = recalled?.running ?? standing.window;
  const { window } = standing;
  const isClosed = window !== null && context.asOfMs >= window.toMs;
  const closed = isClosed ? window : (recalled?.closed ?? null);
  const behind = closed === null ? [] : findBehind(closed, customer, { view, context });
  const trailing = lookUpToNow(review, [...behind, ...overdue]);
  for (const finding of [...trailing, ...behind, ...overdue]) raise(review, finding);
  if (window === null || isClosed) standing.window = openWindow(customer, context);
  return closed;
};

/** Whole customers, where nothing was found of this one yet and nothing is known. */
const lookUpToNow = (
  { customer, context, view }: Review,
  found: readonly Finding[],
): readonly Finding[] => {
  const isWhole = ({ level }: Pick<OpenAlert, 'level'>): boolean => level === 'customer';
  if (found.some(isWhole) || customer.standing.alerts.some(isWhole)) return [];
  const trailing = findTrailing(customer, { view, context });
  return trailing === null ? [] : [trailing];
};

const raise = ({ customer, context, view }: Review, finding: Finding): void => {
  const { standing } = customer;
  if (standing.alerts.some((known) => isCovered(finding, known))) return;
  if (standing.alerts.length >= ALERTS_MAX) {
    const expired = standing.alerts.findIndex(({ status }) => status === 'expired');
    if (expired < 0) return;
    standing.alerts.splice(expired, 1);
  }
  const scope = finding.scopeId === -1 ? '' : context.names.nameOf(finding.scopeId);
  const alert = toAlert(customer.customerId, scope, finding);
  standing.alerts.push(alert);
  emitAlert(customer, context, { alert, status: 'raised', view });
};

/** An alert covers its own scope; one of the whole customer that is still open covers everything. */
const isCovered = (finding: Finding, known: OpenAlert): boolean =>
  isSameScope(finding, known) || (known.level === 'customer' && isOpen(known));

/** Carries out a verdict: emits what others must know and returns what is kept. */
const settle = (review: Review, before: OpenAlert, overdue: readonly Finding[]): OpenAlert[] => {
  const verdict = judge(review, before, overdue);
  const { customer, context, view } = review;
  switch (verdict.kind) {
    case 'forgotten':
      return [];
    case 'kept':
      return [verdict.alert];
    case 'news':
      emitAlert(customer, context, { alert: verdict.alert, status: 'updated', view });
      return [verdict.alert];
    default: {
      const alert: OpenAlert = { ...verdict.alert, status: verdict.status, snoozedUntilMs: null };
      emitAlert(customer, context, { alert, status: verdict.status, view });
      return verdict.status === 'expired' && isSameSilence(review, alert) ? [alert] : [];
    }
  }
};

/** True while nothing was bought of the scope that was silent when its alert ended. */
const isSameSilence = ({ customer }: Review, alert: OpenAlert): boolean => {
  const sinceMs = silentSinceMs(alert);
  const lastMs = lastMsOf(customer, alert);
  return sinceMs !== null && lastMs !== undefined && lastMs <= sinceMs;
};

const judge = (review: Review, before: OpenAlert, overdue: readonly Finding[]): Verdict => {
  const { asOfMs } = review.context;
  if (!isOpen(before)) {
    return (before.snoozedUntilMs ?? 0) > asOfMs || isSameSilence(review, before)
      ? { kind: 'kept', alert: before }
      : { kind: 'forgotten' };
  }
  const measured = measure(review, before, overdue);
  if (measured === null) {
    return { kind: 'over', alert: withActual(review, before), status: 'withdrawn' };
  }
  if (asOfMs > expiresAtMs(review, before)) {
    return { kind: 'over', alert: measured, status: 'expired' };
  }
  if (isQuiet(before, asOfMs)) return { kind: 'kept', alert: { ...measured, ...shown(before) } };
  if (before.status === 'snoozed') {
    return { kind: 'news', alert: { ...measured, status: 'updated', snoozedUntilMs: null } };
  }
  const moved = Math.abs(shortfallOf(measured) - shortfallOf(before));
  const share = review.context.rulebook.alerts.updateShare;
  return moved >= share * Math.max(1, Math.abs(shortfallOf(before)))
    ? { kind: 'news', alert: { ...measured, status: statusAfterNews(before) } }
    : { kind: 'kept', alert: before };
};

/** People's word on an alert outlives news about its money. */
const statusAfterNews = ({ status }: OpenAlert): AlertStatus =>
  status === 'acknowledged' || status === 'pursuing' ? status : 'updated';

/** What was reported last stays the yardstick for the next news. */
const shown = ({ expected, actualMinor: actual, toMs }: OpenAlert) => ({
  expected,
  actualMinor: actual,
  toMs,
});

const scopeOf = ({ level, scopeId }: OpenAlert): Scope =>
  level === 'customer' ? WHOLE_CUSTOMER : { level, scopeId };

const withActual = ({ view }: Review, alert: OpenAlert): OpenAlert => ({
  ...alert,
  actualMinor: actualMinor(view, scopeOf(alert), alert),
});

/** The alert with today's numbers; null when the documents no longer bear it out. */
const measure = (
  review: Review,
  alert: OpenAlert,
  overdue: readonly Finding[],
): OpenAlert | null => {
  if (alert.kind === 'behind_forecast') {
    const now = withActual(review, alert);
    return isStillBehind(review, alert, now) ? now : null;
  }
  const found = overdue.find((other) => isSameScope(other, alert) && other.fromMs === alert.fromMs);
  if (found !== undefined) {
    const { toMs, expected, actualMinor: actual } = found;
    return { ...alert, toMs, expected, actualMinor: actual };
  }
  return isStillSilent(review, alert) ? alert : null;
};

/** Whoever was behind stays so until a correction brings money: then it is tested anew, less strictly. */
const isStillBehind = (
  { customer, context, view }: Review,
  before: OpenAlert,
  now: OpenAlert,
): boolean => {
  if (shortfallOf(now) < context.rulebook.alerts.shortfallMinMinor[now.level]) return false;
  if (now.actualMinor === before.actualMinor) return true;
  return probabilityOf(customer, now, { context, view }) <= STILL_BEHIND_MAX;
};

/**
 * Silent since the alert's last purchase, and still improbably: a limit that the next model sets a little lower
 * does not end an alert, to raise it again days later.
 */
const isStillSilent = ({ customer, context, view }: Review, alert: OpenAlert): boolean =>
  lastMsOf(customer, alert) === alert.fromMs &&
  probabilityOf(customer, alert, { context, view }) <= STILL_BEHIND_MAX;

const lastMsOf = (
  { vector, groups }: CustomerState,
  { level, scopeId }: OpenAlert,
): number | undefined => {
  if (level === 'customer') return vector[V.lastOrderedAtMs];
  const start = findGroup(groups, scopeId);
  return start < 0 ? undefined : groups[start + G.lastOrderedAtMs];
};

const silenceOf = (
  { customer, context, view }: Review,
  { level, scopeId }: OpenAlert,
): Silence | null =>
  level === 'customer'
    ? customerSilence(customer, context)
    : groupSilence(customer, scopeId, { context, view });

/** Withdraws everything, for a customer who is scored no more. */
export const withdrawAlerts = (customer: CustomerState, context: DecisionContext): void => {
  const view = viewLedger(customer.ledger);
  const { standing } = customer;
  for (const alert of standing.alerts) {
    if (isOpen(alert)) emitAlert(customer, context, { alert, status: 'withdrawn', view });
  }
  standing.alerts = [];
};

/** End of an alert without news: so long after its period, or after a silence became improbable. */
export const expiresAtMs = (review: Review, alert: OpenAlert): number => {
  const endMs = alert.kind === 'overdue' ? silenceOf(review, alert)?.overdueAtMs : alert.toMs;
  return (endMs ?? alert.toMs) + review.context.rulebook.alerts.lifeDays * MS_PER_DAY;
};
