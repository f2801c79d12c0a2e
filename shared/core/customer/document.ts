/**
 * A document as the ledger holds it: the current version of an order, or of a return against it,
 * with names interned to small integers and amounts in the reporting currency.
 */

/** Names interned per partition, in order of first appearance in the log (deterministic). */
export type Names = {
  /** Returns the id of a name, adding it when new. */
  idOf(name: string): number;
  /** Returns the name of an id; throws when it was never assigned. */
  nameOf(id: number): string;
};

export type DocumentLine = {
  readonly skuId: number;
  readonly groupId: number;
  /** Quantity in thousandths of the unit of sale. */
  readonly quantityMilli: number;
  /** Signed net amount in reporting minor units: negative on returns. */
  readonly netMinor: number;
};

export type Document = {
  /** 53-bit hash of the order id (customer/order-hash.ts). */
  readonly orderHash: number;
  readonly isReturn: boolean;
  /** Came from a customer that was merged into this one (docs/adr/0009-merge.md). */
  readonly isForwarded: boolean;
  readonly version: number;
  readonly orderedAtMs: number;
  /** Empty for a cancelled document, which stays in the ledger to refuse lower versions. */
  readonly lines: readonly DocumentLine[];
};
