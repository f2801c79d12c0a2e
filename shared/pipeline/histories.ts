/**
 * Gathers the histories that a model is trained on from order events: per customer the current
 * version of every document, in canonical order, with names interned across the whole portfolio.
 */
import type { OrderEvent } from '../core/contract.generated.js';
import type { Document } from '../core/customer/document.js';
import { compareDocuments } from '../core/customer/ledger.js';
import { orderHash } from '../core/customer/order-hash.js';
import { createNameTable } from '../core/engine/names.js';
import type { CustomerHistory } from '../core/models/history.js';

export type HistoryBuilder = {
  /** Adds an event; `rate` is reporting minor units for one minor unit of its currency. */
  readonly add: (event: OrderEvent, rate: number) => void;
  /** Drops a customer, as an erasure demands. */
  readonly forget: (customerId: string) => void;
  /** Histories of every n-th customer in order of appearance, of all without a number. */
  readonly histories: (every?: number) => readonly CustomerHistory[];
  readonly customerCount: () => number;
  readonly nameOf: (id: number) => string;
};

/** Creates an empty builder. */
export const createHistoryBuilder = (): HistoryBuilder => {
  const names = createNameTable([]);
  const customers = new Map<string, Map<number, Document>>();
  return {
    add: (event, rate) => {
      const isReturn = event.kind === 'returned';
      const hash = orderHash(event.orderId);
      const key = isReturn ? -hash - 1 : hash;
      let documents = customers.get(event.customerId);
      if (documents === undefined) {
        documents = new Map();
        customers.set(event.customerId, documents);
      }
      if ((documents.get(key)?.version ?? 0) >= event.documentVersion) return;
      const sign = isReturn ? -1 : 1;
      documents.set(key, {
        orderHash: hash,
        isReturn,
        isForwarded: false,
        version: event.documentVersion,
        orderedAtMs: event.orderedAtMs,
        lines: event.lines.map((line) => ({
          skuId: names.idOf(line.sku),
          groupId: names.idOf(line.productGroup),
          quantityMilli: Math.round(line.quantity * 1000),
          netMinor: sign * Math.round(line.netAmountMinor * rate),
        })),
      });
    },
    forget: (customerId) => {
      customers.delete(customerId);
    },
    histories: (every = 1) =>
      [...customers]
        .filter((_, i) => i % every === 0)
        .map(([customerId, documents]) => ({
          customerId,
          documents: [...documents.values()].sort(compareDocuments),
        })),
    customerCount: () => customers.size,
    nameOf: (id) => names.nameOf(id),
  };
};
