/**
 * Looks at a due customer as of a tick: segment, profile and plan, the comparison period, alerts,
 * opportunities, the card, and when to look again. What only time can show is found out here.
 */
import { viewLedger } from '../alerts/ledger-view.js';
import { reviewAlerts } from '../alerts/review-alerts.js';
import type { CustomerState } from '../customer/state.js';
import { reviewOpportunities } from '../opportunities/review-opportunities.js';
import { emitCard } from './card.js';
import { classify, dimensionsNow, type ClassifyOptions } from './classify.js';
import type { DecisionContext } from './context.js';
import { nextDueAtMs } from './next-due.js';

const OPTIONS: ClassifyOptions = { mayChangeProfile: true, isForced: false };

/** Scores a due customer; `standing.dueAtMs` lies after the as-of time afterwards. */
export const decideOnTick = (customer: CustomerState, context: DecisionContext): void => {
  const { standing } = customer;
  if (customer.mergedInto !== null) {
    standing.dueAtMs = -1;
    return;
  }
  classify(customer, context, OPTIONS);
  const view = viewLedger(customer.ledger);
  const closedWindow = reviewAlerts(customer, context, view);
  reviewOpportunities(customer, context, { view, closedWindow });
  emitCard(customer, context, dimensionsNow);
  standing.dueAtMs = nextDueAtMs(customer, context, view);
};
