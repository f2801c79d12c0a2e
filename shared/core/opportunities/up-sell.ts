/**
 * Up-sell: product groups that a closed period left below their forecast, by enough money for a talk,
 * where no alert says the same already. They stand until the next period closes.
 */
import { marketFactor } from '../alerts/behind-forecast.js';
import { businessId } from '../alerts/finding.js';
import { actualByGroup, type LedgerView } from '../alerts/ledger-view.js';
import { openAlertsOf } from '../alerts/lifecycle.js';
import type { CustomerState, ExpectationWindow } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { isoDay } from '../decide/dates.js';
import { moneyInWords } from '../decide/words.js';
import type { Chance } from './chance.js';

/** Returns the gaps of a closed period, the most money first. */
export const findUpSell = (
  customer: CustomerState,
  context: DecisionContext,
  { window, view }: { readonly window: ExpectationWindow; readonly view: LedgerView },
): readonly Chance[] => {
  const { rulebook, names } = context;
  const { upSellMinMinor, upSellMax } = rulebook.opportunities;
  const open = openAlertsOf(customer.standing.alerts);
  if (open.some(({ level }) => level === 'customer')) return [];
  const alerted = new Set(
    open.flatMap(({ level, scopeId }) => (level === 'product_group' ? [scopeId] : [])),
  );
  const actuals = actualByGroup(view, window);
  const factor = marketFactor(context);
  const chances: Chance[] = [];
  for (const { groupId, expectedMinor } of window.groups) {
    const expected = Math.round(expectedMinor * factor);
    const actual = actuals.get(groupId) ?? 0;
    const potentialMinor = expected - actual;
    if (potentialMinor < upSellMinMinor || alerted.has(groupId)) continue;
    const group = names.nameOf(groupId);
    const inWords = (minor: number): string => moneyInWords(minor, rulebook.reportingCurrency);
    chances.push({
      opportunityId: businessId(customer.customerId, 'up_sell', group, '', isoDay(window.fromMs)),
      kind: 'up_sell',
      groupId,
      skuId: -1,
      potentialMinor,
      dueAtMs: null,
      products: [],
      reason:
        `${inWords(actual)} of ${group} was bought from ${isoDay(window.fromMs)} to ` +
        `${isoDay(window.toMs)} where ${inWords(expected)} was forecast.`,
    });
  }
  return chances
    .sort((a, b) => b.potentialMinor - a.potentialMinor || a.groupId - b.groupId)
    .slice(0, upSellMax);
};
