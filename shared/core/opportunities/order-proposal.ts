/**
 * Order proposal: shortly before the next order is expected by the own rhythm, what it will probably
 * hold: the products due by then, in the usual quantity at the usual price. It goes when the order
 * comes, or when the silence has become an alert.
 */
import { businessId } from '../alerts/finding.js';
import type { LedgerView, ProductUse } from '../alerts/ledger-view.js';
import { customerSilence } from '../alerts/overdue.js';
import { meanGapMs } from '../alerts/rhythm-tests.js';
import type { ProposedProduct } from '../contract.generated.js';
import type { CustomerState } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { isoDay } from '../decide/dates.js';
import { MS_PER_DAY, V } from '../features/vector.js';
import { expectedNextOrderAtMs } from '../models/rhythm.js';
import type { Chance } from './chance.js';

const YEAR_MS = 365 * MS_PER_DAY;
/** A product is due when this share of its own mean gap has passed by the expected order. */
const DUE_SHARE = 0.7;

/** When the proposal for the next order is to go out, and until when it stands; null without one. */
export const proposalTimes = (
  customer: CustomerState,
  context: DecisionContext,
): { readonly fromMs: number; readonly dueAtMs: number; readonly untilMs: number } | null => {
  const { proposalGapDaysMin, proposalLeadDays } = context.rulebook.opportunities;
  const gapMs = meanGapMs(customer.vector);
  const dueAtMs = expectedNextOrderAtMs(customer.vector);
  const silence = customerSilence(customer, context);
  if (gapMs === null || dueAtMs === null || silence === null) return null;
  if (gapMs < proposalGapDaysMin * MS_PER_DAY) return null;
  return {
    fromMs: dueAtMs - proposalLeadDays * MS_PER_DAY,
    dueAtMs,
    untilMs: Math.max(dueAtMs, silence.overdueAtMs),
  };
};

/** Returns the proposal that stands now, if any. */
export const findProposal = (
  customer: CustomerState,
  context: DecisionContext,
  view: LedgerView,
): readonly Chance[] => {
  const { asOfMs } = context;
  const times = proposalTimes(customer, context);
  if (times === null || asOfMs < times.fromMs || asOfMs >= times.untilMs) return [];
  const products = productsDueBy(times.dueAtMs, context, view);
  if (products.length === 0) return [];
  const lastMs = customer.vector[V.lastOrderedAtMs] ?? 0;
  return [
    {
      opportunityId: businessId(customer.customerId, 'order_proposal', '', '', isoDay(lastMs)),
      kind: 'order_proposal',
      groupId: -1,
      skuId: -1,
      potentialMinor: products.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
      dueAtMs: times.dueAtMs,
      products,
      reason:
        `By its own rhythm the customer orders again around ${isoDay(times.dueAtMs)}, ` +
        `after ${isoDay(lastMs)}.`,
    },
  ];
};

const productsDueBy = (
  dueAtMs: number,
  { asOfMs, names, rulebook }: DecisionContext,
  view: LedgerView,
): readonly ProposedProduct[] => {
  const { proposalPurchasesMin, proposalProductsMax } = rulebook.opportunities;
  const period = { fromMs: asOfMs - YEAR_MS, toMs: asOfMs + 1 };
  return [...view.productUses(period).values()]
    .filter((use) => use.purchases >= proposalPurchasesMin && isDue(use, dueAtMs))
    .filter(({ netMinor, quantityMilli }) => netMinor > 0 && quantityMilli > 0)
    .sort((a, b) => b.netMinor - a.netMinor || a.skuId - b.skuId)
    .slice(0, proposalProductsMax)
    .map(({ skuId, groupId, netMinor, quantityMilli, purchases }) => {
      const quantity = usualQuantity(quantityMilli, purchases);
      return {
        sku: names.nameOf(skuId),
        productGroup: names.nameOf(groupId),
        quantity,
        amountMinor: Math.round((netMinor / quantityMilli) * quantity * 1000),
      };
    });
};

const isDue = ({ firstOrderedAtMs, lastOrderedAtMs, purchases }: ProductUse, dueAtMs: number) => {
  const gapMs = (lastOrderedAtMs - firstOrderedAtMs) / Math.max(1, purchases - 1);
  return dueAtMs - lastOrderedAtMs >= DUE_SHARE * gapMs;
};

/** Mean quantity of a purchase: whole where a whole unit or more is usual, else in thousandths. */
const usualQuantity = (quantityMilli: number, purchases: number): number => {
  const mean = quantityMilli / 1000 / Math.max(1, purchases);
  return mean >= 1 ? Math.round(mean) : Math.max(1, Math.round(mean * 1000)) / 1000;
};
