/**
 * The lifecycle of an alert. Open: raised, updated, acknowledged, pursuing, snoozed. Closed by people:
 * dismissed, won, lost; these are remembered until their cooldown ends, so that the same scope is not
 * raised again at once. Nobody learns from one silence twice: what expired is remembered until the scope is
 * bought again, and so is a silence that was dismissed or lost. Withdrawn alerts are forgotten.
 */
import type { AlertFeedbackStatus } from '../contract.generated.js';
import type { OpenAlert } from '../customer/state.js';

/** Alerts a customer carries at most, the ones in cooldown included; no more are raised beyond it. */
export const ALERTS_MAX = 32;

const CLOSED: ReadonlySet<string> = new Set(['dismissed', 'won', 'lost']);

/** True while somebody should still look at it. */
export const isOpen = ({ status }: OpenAlert): boolean =>
  status !== 'expired' && !CLOSED.has(status);

/**
 * Until when nothing may have been bought for the scope to be as silent as it was; null where its silence may
 * be raised again. Who was won and buys nothing is news, and so is who falls silent after a period was closed.
 */
export const silentSinceMs = ({ kind, status, fromMs, toMs }: OpenAlert): number | null => {
  if (kind === 'overdue') return status === 'won' ? null : fromMs;
  return status === 'expired' ? toMs : null;
};

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
