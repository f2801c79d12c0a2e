/**
 * What a chunk of records changed, gathered so that a store writes each customer once and only the
 * parts that changed: bytes written are the main cost of a commit.
 */
import type { CustomerState } from '../customer/state.js';

export type CustomerChange = {
  readonly customer: CustomerState;
  /** First ledger byte that changed; -1 when the ledger stayed as it was. 0 and empty: it is gone. */
  ledgerFromByte: number;
  /** The standing, master data or machines changed, not only the features. */
  isStandingChanged: boolean;
  /** The due queue is to be told; a negative time takes the customer out of it. */
  isDueChanged: boolean;
};

export type ChangeSet = {
  readonly customers: ReadonlyMap<string, CustomerChange>;
  /** Returns the customer's entry, adding an empty one. */
  readonly touch: (customer: CustomerState) => CustomerChange;
  readonly clear: () => void;
};

/** Creates an empty change set. */
export const createChangeSet = (): ChangeSet => {
  const customers = new Map<string, CustomerChange>();
  return {
    customers,
    touch: (customer) => {
      const known = customers.get(customer.customerId);
      if (known !== undefined && known.customer === customer) return known;
      const change = {
        customer,
        // Replaced within one chunk (erased, then heard of again): nothing stored can be kept.
        ledgerFromByte: known === undefined ? -1 : 0,
        isStandingChanged: known !== undefined,
        isDueChanged: known !== undefined,
      };
      customers.set(customer.customerId, change);
      return change;
    },
    clear: () => {
      customers.clear();
    },
  };
};

/** Notes that the ledger changed from a byte on. */
export const noteLedger = (change: CustomerChange, fromByte: number): void => {
  change.ledgerFromByte =
    change.ledgerFromByte === -1 ? fromByte : Math.min(change.ledgerFromByte, fromByte);
};
