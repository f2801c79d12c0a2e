/**
 * Keeps recently used customers of one partition in memory, valid for one epoch: what it holds is
 * what the store holds plus the chunk under way. Two generations instead of a list of uses: a
 * customer touched since the last turn survives it, at the cost of one map operation.
 */
import type { CustomerState } from '../core/customer/state.js';

export type CustomerCache = {
  readonly find: (customerId: string) => CustomerState | undefined;
  /** True when the id was looked up in the store before, even if nothing was found. */
  readonly isKnown: (customerId: string) => boolean;
  /** Null remembers that the store holds nothing under the id. */
  readonly put: (customerId: string, customer: CustomerState | null) => void;
  /** Lets go of what was not used lately; called between chunks only. */
  readonly turn: () => void;
};

/** Creates a cache that holds at most about `customersMax` customers after a turn. */
export const createCustomerCache = (customersMax: number): CustomerCache => {
  let young = new Map<string, CustomerState | null>();
  let old = new Map<string, CustomerState | null>();
  const lookUp = (customerId: string): CustomerState | null | undefined => {
    const recent = young.get(customerId);
    if (recent !== undefined) return recent;
    const earlier = old.get(customerId);
    if (earlier !== undefined) young.set(customerId, earlier);
    return earlier;
  };
  return {
    find: (customerId) => lookUp(customerId) ?? undefined,
    isKnown: (customerId) => lookUp(customerId) !== undefined,
    put: (customerId, customer) => {
      young.set(customerId, customer);
    },
    turn: () => {
      if (young.size <= customersMax / 2) return;
      old = young;
      young = new Map();
    },
  };
};
