/** The parts that every output carries, so that a reader never has to ask back. */
import type { Coordinates } from '../contract.generated.js';
import type { CustomerState } from '../customer/state.js';
import type { DecisionContext } from './context.js';

export type OutputParts = {
  readonly outputId: string;
  readonly customerId: string;
  readonly asOfMs: number;
  readonly country: string;
  readonly territory: string;
  readonly salesRep: string | null;
  readonly currency: string;
  readonly cause: Coordinates;
  readonly rulebookVersion: string;
  readonly modelVersion: string;
};

/** The one in charge: by the customer's master data, else by the staffing of its territory. */
export const salesRepOf = (
  { master }: CustomerState,
  { territories, asOfMs }: DecisionContext,
): string | null => {
  if (master === null) return null;
  if (master.salesRep !== null) return master.salesRep;
  const staffing = territories.get(master.territory);
  return staffing !== undefined && staffing.staffedFromMs <= asOfMs ? staffing.salesRep : null;
};

/** Returns the common parts of an output; takes the next output id. */
export const outputParts = (customer: CustomerState, context: DecisionContext): OutputParts => ({
  outputId: context.nextOutputId(),
  customerId: customer.customerId,
  asOfMs: context.asOfMs,
  country: customer.master?.country ?? '',
  territory: customer.master?.territory ?? '',
  salesRep: salesRepOf(customer, context),
  currency: context.rulebook.reportingCurrency,
  cause: context.cause,
  rulebookVersion: context.rulebook.version,
  modelVersion: context.model.version,
});
