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
  /** Days with a sale of the product. */
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
  use: ProductUse | undefined,
  line: DocumentLine,
  { orderedAtMs, isReturn }: Document,
): ProductUse => {
  const lastDay = use === undefined ? -1 : Math.floor(use.lastOrderedAtMs / MS_PER_DAY);
  const isNewDay = !isReturn && Math.floor(orderedAtMs / MS_PER_DAY) !== lastDay;
  return {
    skuId: line.skuId,
    groupId: line.groupId,
    purchases: (use?.purchases ?? 0) + (isNewDay ? 1 : 0),
    netMinor: (use?.netMinor ?? 0) + line.netMinor,
    quantityMilli: (use?.quantityMilli ?? 0) + (isReturn ? -1 : 1) * line.quantityMilli,
    firstOrderedAtMs: use !== undefined && use.purchases > 0 ? use.firstOrderedAtMs : orderedAtMs,
    lastOrderedAtMs: isReturn ? (use?.lastOrderedAtMs ?? 0) : orderedAtMs,
  };
};
