/**
 * When a customer is to be looked at next by a tick: the earliest moment at which time alone changes
 * something. So silence costs what is due, and nobody is scanned.
 */
import type { LedgerView } from '../alerts/ledger-view.js';
import { expiresAtMs } from '../alerts/review-alerts.js';
import { isOpen } from '../alerts/lifecycle.js';
import { nextOverdueAtMs } from '../alerts/overdue.js';
import type { CustomerState } from '../customer/state.js';
import { MS_PER_DAY } from '../features/vector.js';
import { proposalTimes } from '../opportunities/order-proposal.js';
import { compileRulebook } from '../rulebook/compiled.js';
import type { DecisionContext } from './context.js';

/** Returns the next interesting moment, always after the as-of time. */
export const nextDueAtMs = (
  customer: CustomerState,
  context: DecisionContext,
  view: LedgerView,
): number => {
  const { standing } = customer;
  const { asOfMs, rulebook } = context;
  const { dwellMs } = compileRulebook(rulebook);
  let next = asOfMs + rulebook.recheckDays * MS_PER_DAY;
  const consider = (atMs: number | null | undefined): void => {
    if (atMs !== null && atMs !== undefined && atMs > asOfMs && atMs < next) next = atMs;
  };
  consider(standing.window?.toMs);
  consider(standing.override?.expiresAtMs);
  consider(standing.segmentSinceMs + dwellMs);
  consider(nextOverdueAtMs(customer, context));
  const proposal = proposalTimes(customer, context);
  consider(proposal?.fromMs);
  consider(proposal?.untilMs);
  for (const alert of standing.alerts) {
    consider(alert.snoozedUntilMs);
    if (isOpen(alert)) consider(expiresAtMs({ customer, context, view }, alert) + 1);
  }
  return Math.ceil(next);
};
