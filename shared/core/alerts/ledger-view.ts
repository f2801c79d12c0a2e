/**
 * The documents of a customer for one cold decision: read from the packed ledger once, and only when a
 * question about a period or a product comes up at all.
 */
import type { Document, DocumentLine } from '../customer/document.js';
import { documentsOf, type Ledger } from '../customer/ledger.js';

export type LedgerView = { readonly documents: () => readonly Document[] };

/** What a sum is about: everything, a product group or a product. */
export type Scope =
  | { readonly level: 'customer' }
  | { readonly level: 'product_group' | 'product'; readonly scopeId: number };

export const WHOLE_CUSTOMER: Scope = { level: 'customer' };

/** Returns a view of the ledger as it is now; it must not outlive the decision. */
export const viewLedger = (ledger: Ledger): LedgerView => {
  let documents: readonly Document[] | null = null;
  return {
    documents: () => {
      documents ??= [...documentsOf(ledger)];
      return documents;
    },
  };
};

/** True when a line belongs to the scope. */
export const isInScope = (line: DocumentLine, scope: Scope): boolean =>
  scope.level === 'customer' ||
  (scope.level === 'product_group' ? line.groupId : line.skuId) === scope.scopeId;

export type Period = { readonly fromMs: number; readonly toMs: number };

/** Net revenue of a scope with fromMs <= ordered at < toMs, in minor units. */
export const actualMinor = (view: LedgerView, scope: Scope, { fromMs, toMs }: Period): number => {
  let sum = 0;
  for (const document of view.documents()) {
    if (document.orderedAtMs >= toMs) break;
    if (document.orderedAtMs < fromMs) continue;
    for (const line of document.lines) if (isInScope(line, scope)) sum += line.netMinor;
  }
  return sum;
};

/** Net revenue by product group of a period, in minor units. */
export const actualByGroup = (
  view: LedgerView,
  { fromMs, toMs }: Period,
): ReadonlyMap<number, number> => {
  const sums = new Map<number, number>();
  for (const document of view.documents()) {
    if (document.orderedAtMs >= toMs) break;
    if (document.orderedAtMs < fromMs) continue;
    for (const { groupId, netMinor } of document.lines) {
      sums.set(groupId, (sums.get(groupId) ?? 0) + netMinor);
    }
  }
  return sums;
};

export type ProductUse = {
  readonly skuId: number;
  readonly groupId: number;
  /** Days with a sale of the product; 0 when it was only returned. */
  readonly purchases: number;
  readonly netMinor: number;
  readonly quantityMilli: number;
  readonly firstOrderedAtMs: number;
  readonly lastOrderedAtMs: number;
};

const MS_PER_DAY = 86_400_000;

/** How products were bought in a period, by product id. Returns lower revenue and quantity. */
export const productUses = (
  view: LedgerView,
  { fromMs, toMs }: Period,
): ReadonlyMap<number, ProductUse> => {
  const uses = new Map<number, ProductUse>();
  for (const document of view.documents()) {
    if (document.orderedAtMs >= toMs) break;
    if (document.orderedAtMs < fromMs) continue;
    for (const line of document.lines) {
      uses.set(line.skuId, addUse(uses.get(line.skuId), line, document));
    }
  }
  return uses;
};

const addUse = (
  use: ProductUse = NO_USE,
  { skuId, groupId, netMinor, quantityMilli }: DocumentLine,
  { orderedAtMs, isReturn }: Document,
): ProductUse => {
  const sum = {
    skuId,
    groupId,
    netMinor: use.netMinor + netMinor,
    quantityMilli: use.quantityMilli + (isReturn ? -quantityMilli : quantityMilli),
  };
  if (isReturn) return { ...use, ...sum };
  const { purchases } = use;
  const isSameDay =
    purchases > 0 &&
    Math.floor(orderedAtMs / MS_PER_DAY) === Math.floor(use.lastOrderedAtMs / MS_PER_DAY);
  return {
    ...sum,
    purchases: isSameDay ? purchases : purchases + 1,
    firstOrderedAtMs: purchases === 0 ? orderedAtMs : use.firstOrderedAtMs,
    lastOrderedAtMs: orderedAtMs,
  };
};

const NO_USE: ProductUse = {
  skuId: -1,
  groupId: -1,
  purchases: 0,
  netMinor: 0,
  quantityMilli: 0,
  firstOrderedAtMs: 0,
  lastOrderedAtMs: 0,
};
