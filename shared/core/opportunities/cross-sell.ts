/**
 * Cross-sell: product groups that the machines need or comparable customers buy and the customer never
 * bought here, and products that customers with the same purchases buy next. What was offered lately is
 * left to its offer.
 */
import type { ProposedProduct } from '../contract.generated.js';
import type { CustomerState } from '../customer/state.js';
import { businessId } from '../alerts/finding.js';
import type { LedgerView } from '../alerts/ledger-view.js';
import type { DecisionContext } from '../decide/context.js';
import { moneyInWords } from '../decide/words.js';
import { G, GROUP_STRIDE } from '../features/groups.js';
import { MS_PER_DAY, trailingYearMinor, V } from '../features/vector.js';
import { recommendProducts, type Recommendation } from '../models/next-products.js';
import { potentialTableOf } from '../potential/calibrated-table.js';
import { machinePotentialByGroup } from '../potential/machine-potential.js';
import type { Chance } from './chance.js';
import { peerEvidence, peerPotential, peersInWords } from './white-space.js';

/** An offer is given so long to become an order before its product is proposed again. */
const OFFER_QUIET_MS = 91 * MS_PER_DAY;
/** Recommendations looked at for one customer; those of groups with a chance of their own join it. */
const RECOMMENDATIONS_MAX = 20;
/** Times a year that a new product is reckoned to be bought at most. */
const PURCHASES_PER_YEAR_MAX = 12;
const DAYS_PER_YEAR = 365.25;

/** Returns the chances, the most money first. */
export const findCrossSell = (
  customer: CustomerState,
  context: DecisionContext,
  view: LedgerView,
): readonly Chance[] => {
  const { crossSellMax } = context.rulebook.opportunities;
  const recommended = recommend(customer, context, view);
  const fromGroups = groupChances(customer, context, recommended);
  const covered = new Set(fromGroups.map(({ groupId }) => groupId));
  const fromProducts = productChances(customer, context, recommended).filter(
    ({ groupId }) => !covered.has(groupId),
  );
  return [...fromGroups, ...fromProducts]
    .sort((a, b) => b.potentialMinor - a.potentialMinor || compareIds(a, b))
    .slice(0, crossSellMax);
};

const compareIds = (a: Chance, b: Chance): number => (a.opportunityId < b.opportunityId ? -1 : 1);

/** Groups never bought here: what the machines need, and what comparable customers buy. */
const groupChances = (
  customer: CustomerState,
  context: DecisionContext,
  recommended: readonly Recommendation[],
): readonly Chance[] => {
  const { customerId, machines, vector } = customer;
  const { asOfMs, names, rulebook, model } = context;
  const { crossSellMinMinor, winnableShare } = rulebook.opportunities;
  const needs = machinePotentialByGroup(machines, potentialTableOf(rulebook, model), asOfMs);
  const peers = peerEvidence(customer, model.peers);
  const trailingMinor = trailingYearMinor(vector, asOfMs);
  const bought = boughtGroups(customer);
  const chances: Chance[] = [];
  for (const group of new Set([...needs.keys(), ...peers.keys()])) {
    const evidence = peers.get(group);
    const needMinor = needs.get(group) ?? 0;
    const peerMinor = evidence === undefined ? 0 : peerPotential(evidence, trailingMinor);
    // What the machines need is known better than what others spend.
    const potentialMinor = Math.round((needMinor > 0 ? needMinor : peerMinor) * winnableShare);
    if (potentialMinor < crossSellMinMinor) continue;
    const groupId = names.idOf(group);
    if (bought.has(groupId) || isOffered(customer, context, { groupId, skuId: -1 })) continue;
    const reasons = [
      ...(needMinor > 0
        ? [
            `the machines need ${group} for about ` +
              `${moneyInWords(needMinor, rulebook.reportingCurrency)} a year`,
          ]
        : []),
      ...(evidence === undefined ? [] : [peersInWords(evidence)]),
    ].join(', and ');
    chances.push({
      opportunityId: businessId(customerId, 'cross_sell', group, ''),
      kind: 'cross_sell',
      groupId,
      skuId: -1,
      potentialMinor,
      dueAtMs: null,
      products: recommended.filter(({ productGroup }) => productGroup === group).map(toProduct),
      reason: `${reasons.charAt(0).toUpperCase()}${reasons.slice(1)}; none was bought here.`,
    });
  }
  return chances;
};

const boughtGroups = ({ groups }: CustomerState): ReadonlySet<number> => {
  const bought = new Set<number>();
  for (let start = 0; start < groups.length; start += GROUP_STRIDE) {
    if ((groups[start + G.purchases] ?? 0) > 0) bought.add(groups[start + G.groupId] ?? 0);
  }
  return bought;
};

const toProduct = ({ sku, productGroup, amountMinor }: Recommendation): ProposedProduct => ({
  sku,
  productGroup,
  quantity: 1,
  amountMinor,
});

const recommend = (
  { vector, master }: CustomerState,
  { model, names }: DecisionContext,
  view: LedgerView,
): readonly Recommendation[] => {
  if ((vector[V.orderDays] ?? 0) === 0 || model.nextProducts.skus.length === 0) return [];
  const bought = new Set<string>();
  for (const { lines } of view.documents()) {
    for (const { skuId, netMinor } of lines) if (netMinor > 0) bought.add(names.nameOf(skuId));
  }
  const country = master?.country ?? null;
  return recommendProducts(model, { bought, country, count: RECOMMENDATIONS_MAX });
};

const productChances = (
  customer: CustomerState,
  context: DecisionContext,
  recommended: readonly Recommendation[],
): readonly Chance[] => {
  const { customerId, standing } = customer;
  const { names, rulebook } = context;
  const { crossSellMinMinor, winnableShare } = rulebook.opportunities;
  const purchases = Math.min(PURCHASES_PER_YEAR_MAX, orderDaysPerYear(customer, context));
  const chances: Chance[] = [];
  for (const product of recommended) {
    const { sku, productGroup, amountMinor, because, becauseBuyers, bothBuyers } = product;
    const potentialMinor = Math.round(amountMinor * purchases * winnableShare);
    if (potentialMinor < crossSellMinMinor) continue;
    const skuId = names.idOf(sku);
    const groupId = names.idOf(productGroup);
    if (isOffered(customer, context, { groupId, skuId })) continue;
    const wasOffered = standing.offers.some((offer) => offer.skuId === skuId);
    chances.push({
      opportunityId: businessId(customerId, 'cross_sell', productGroup, sku),
      kind: 'cross_sell',
      groupId,
      skuId,
      potentialMinor,
      dueAtMs: null,
      products: [toProduct(product)],
      reason:
        `${String(bothBuyers)} of the ${String(becauseBuyers)} customers who buy ${because} ` +
        `also buy ${sku}; ` +
        (wasOffered ? 'it was offered before.' : 'no offer of it is on record.'),
    });
  }
  return chances;
};

const orderDaysPerYear = ({ vector }: CustomerState, { asOfMs }: DecisionContext): number => {
  const firstMs = vector[V.firstOrderedAtMs] ?? 0;
  const days = Math.max(DAYS_PER_YEAR, (asOfMs - firstMs) / MS_PER_DAY);
  return ((vector[V.orderDays] ?? 0) / days) * DAYS_PER_YEAR;
};

/** True while a lately made offer of the product, or of its whole group, runs. */
const isOffered = (
  { standing }: CustomerState,
  { asOfMs }: DecisionContext,
  { groupId, skuId }: { readonly groupId: number; readonly skuId: number },
): boolean =>
  standing.offers.some(
    (offer) =>
      asOfMs - offer.offeredAtMs < OFFER_QUIET_MS &&
      offer.groupId === groupId &&
      (offer.skuId === -1 || offer.skuId === skuId),
  );
