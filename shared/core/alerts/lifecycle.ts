/**
 * The lifecycle of an alert. Open: raised, updated, acknowledged, pursuing, snoozed. Closed by people:
 * dismissed, won, lost; these are remembered until their cooldown ends, so that the same scope is not
 * raised again at once. Withdrawn and expired alerts are forgotten.
 */
import type { AlertFeedbackStatus } from '../contract.generated.js';
import type { OpenAlert } from '../customer/state.js';

/** Alerts a customer carries at most, the ones in cooldown included; no more are raised beyond it. */
export const ALERTS_MAX = 32;

const CLOSED: ReadonlySet<string> = new Set(['dismissed', 'won', 'lost']);

/** True while somebody should still look at it. */
export const isOpen = (alert: OpenAlert): boolean => !CLOSED.has(alert.status);

/** The alerts that are still to be looked at. */
export const openAlertsOf = (alerts: readonly OpenAlert[]): readonly OpenAlert[] =>
  alerts.filter(isOpen);

/** True for a status that ends an alert by a person's word. */
export const isClosing = (status: AlertFeedbackStatus): boolean => CLOSED.has(status);

/** What an alert is about, apart from its period. */
export type AlertScope = Pick<OpenAlert, 'level' | 'kind' | 'scopeId'>;

/** Two alerts are about the same when level and scope agree, whatever kind found it out. */
export const isSameScope = (a: Omit<AlertScope, 'kind'>, b: Omit<AlertScope, 'kind'>): boolean =>
  a.level === b.level && a.scopeId === b.scopeId;

/** True when the alert is snoozed and the time has not come. */
export const isQuiet = ({ status, snoozedUntilMs }: OpenAlert, asOfMs: number): boolean =>
  status === 'snoozed' && snoozedUntilMs !== null && snoozedUntilMs > asOfMs;
