/**
 * Compares the chances that the rules see now with those reported, and reports the difference: raised,
 * updated when the money moved enough, withdrawn when the reason is gone.
 */
import type { OpportunityStatus } from '../contract.generated.js';
import type { LedgerView } from '../alerts/ledger-view.js';
import type { CustomerState, ExpectationWindow, OpenOpportunity } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { outputParts } from '../decide/output-parts.js';
import type { Chance } from './chance.js';
import { findCrossSell } from './cross-sell.js';
import { findProposal } from './order-proposal.js';
import { findUpSell } from './up-sell.js';

export type OpportunityFacts = {
  readonly view: LedgerView;
  /** The period that closed at this tick; null when none did. */
  readonly closedWindow: ExpectationWindow | null;
};

/** Steps the opportunities of a customer. */
export const reviewOpportunities = (
  customer: CustomerState,
  context: DecisionContext,
  { view, closedWindow }: OpportunityFacts,
): void => {
  const { standing } = customer;
  const found = [
    ...findCrossSell(customer, context, view),
    ...findProposal(customer, context, view),
    ...(closedWindow === null ? [] : findUpSell(customer, context, { window: closedWindow, view })),
  ];
  const known = new Map(standing.opportunities.map((open) => [open.opportunityId, open]));
  const kept: OpenOpportunity[] = [];
  for (const open of standing.opportunities) {
    // Up-sells are about a closed period: they stand until the next one closes.
    if (open.kind === 'up_sell' && closedWindow === null) kept.push(open);
    else if (!found.some((chance) => chance.opportunityId === open.opportunityId)) {
      emitChance(customer, context, { chance: withdrawn(open), status: 'withdrawn' });
    }
  }
  for (const chance of found) {
    const open = known.get(chance.opportunityId);
    if (open === undefined) {
      emitChance(customer, context, { chance, status: 'raised' });
      kept.push(toOpen(chance));
    } else if (isNews(open, chance, context)) {
      emitChance(customer, context, { chance, status: 'updated' });
      kept.push(toOpen(chance));
    } else {
      kept.push(open);
    }
  }
  standing.opportunities = kept;
};

/** Withdraws everything, for a customer who is scored no more. */
export const withdrawOpportunities = (customer: CustomerState, context: DecisionContext): void => {
  for (const open of customer.standing.opportunities) {
    emitChance(customer, context, { chance: withdrawn(open), status: 'withdrawn' });
  }
  customer.standing.opportunities = [];
};

const toOpen = ({
  opportunityId,
  kind,
  groupId,
  skuId,
  potentialMinor,
}: Chance): OpenOpportunity => ({ opportunityId, kind, groupId, skuId, potentialMinor });

const isNews = (
  { potentialMinor }: OpenOpportunity,
  chance: Chance,
  { rulebook }: DecisionContext,
): boolean =>
  Math.abs(chance.potentialMinor - potentialMinor) >=
  rulebook.opportunities.updateShare * Math.max(1, potentialMinor);

const WITHDRAWN_REASONS = {
  cross_sell: 'Bought or offered in the meantime, or no longer worth an offer.',
  up_sell: 'A newer period has closed and says otherwise.',
  order_proposal: 'The order came, or the rhythm it rests on no longer holds.',
} as const;

const withdrawn = (open: OpenOpportunity): Chance => ({
  ...open,
  dueAtMs: null,
  products: [],
  reason: WITHDRAWN_REASONS[open.kind],
});

const emitChance = (
  customer: CustomerState,
  context: DecisionContext,
  { chance, status }: { readonly chance: Chance; readonly status: OpportunityStatus },
): void => {
  const { groupId, skuId, opportunityId, kind, potentialMinor, dueAtMs, products, reason } = chance;
  const { names } = context;
  context.emit({
    kind: 'sales-opportunity',
    record: {
      ...outputParts(customer, context),
      opportunityId,
      kind,
      status,
      productGroup: groupId === -1 ? '' : names.nameOf(groupId),
      sku: skuId === -1 ? null : names.nameOf(skuId),
      potentialMinor,
      dueAtMs,
      products,
      reason,
    },
  });
};
