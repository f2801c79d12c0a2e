/** Signs that nobody looks after a customer: its territory has no representative. */
import type { CustomerState } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { isoDay } from '../decide/dates.js';
import { percentInWords } from '../decide/words.js';
import type { Evidence } from './causes.js';
import type { Period } from './ledger-view.js';

/** How much of a period the customer's territory had no representative. */
export const territoryUnstaffed = ({
  customer,
  context,
  period,
}: {
  readonly customer: CustomerState;
  readonly context: DecisionContext;
  readonly period: Period;
}): Evidence => {
  const code = 'territory_unstaffed';
  const territory = customer.master?.territory ?? '';
  const staffing = context.territories.get(territory);
  if (staffing === undefined || staffing.salesRep !== null) {
    return { code, strength: 0, evidence: '' };
  }
  const overlapMs = period.toMs - Math.max(period.fromMs, staffing.staffedFromMs);
  const share = Math.min(1, Math.max(0, overlapMs) / Math.max(1, period.toMs - period.fromMs));
  return {
    code,
    strength: 0.9 * share,
    evidence:
      `Nobody has been in charge of territory ${territory} since ${isoDay(staffing.staffedFromMs)}: ` +
      `${percentInWords(share)} of the period.`,
  };
};
