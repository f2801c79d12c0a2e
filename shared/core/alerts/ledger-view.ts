/**
 * The documents of a customer for one cold decision: read from the packed ledger once, and only when a
 * question about a period or a product comes up at all.
 */
import type { Document, DocumentLine } from '../customer/document.js';
import { documentsOf, type Ledger } from '../customer/ledger.js';
import { MS_PER_DAY } from '../features/vector.js';
import { orderDaysOf, type OrderDays } from './group-runs.js';

export type LedgerView = {
  readonly documents: () => readonly Document[];
  /** How products were bought in a period, by product id; asked again, it is not counted again. */
  readonly productUses: (period: Period) => ReadonlyMap<number, ProductUse>;
  /** Order days and the groups that they held; counted once. */
  readonly orderDays: () => OrderDays;
};

/** What a sum is about: everything, a product group or a product. */
export type Scope =
  | { readonly level: 'customer' }
  | { readonly level: 'product_group' | 'product'; readonly scopeId: number };

export const WHOLE_CUSTOMER: Scope = { level: 'customer' };

/** Returns a view of the ledger as it is now; it must not outlive the decision. */
export const viewLedger = (ledger: Ledger): LedgerView => {
  let read: readonly Document[] | null = null;
  return viewDocuments(() => (read ??= [...documentsOf(ledger)]));
};

/** A view of documents in canonical order. */
export const viewDocuments = (documents: () => readonly Document[]): LedgerView => {
  const uses = new Map<string, ReadonlyMap<number, ProductUse>>();
  let days: OrderDays | null = null;
  return {
    documents,
    orderDays: () => (days ??= orderDaysOf(documents())),
    productUses: ({ fromMs, toMs }) => {
      const key = `${String(fromMs)}-${String(toMs)}`;
      const counted = uses.get(key) ?? countUses(documents(), { fromMs, toMs });
      uses.set(key, counted);
      return counted;
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

/** Days of a period on which a scope was bought. */
export const purchaseDays = (view: LedgerView, scope: Scope, { fromMs, toMs }: Period): number => {
  let days = 0;
  let lastDay = -1;
  for (const { orderedAtMs, isReturn, lines } of view.documents()) {
    if (orderedAtMs >= toMs) break;
    if (orderedAtMs < fromMs || isReturn || dayOf(orderedAtMs) === lastDay) continue;
    if (!lines.some((line) => line.netMinor > 0 && isInScope(line, scope))) continue;
    lastDay = dayOf(orderedAtMs);
    days += 1;
  }
  return days;
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

type MutableUse = { -readonly [K in keyof ProductUse]: ProductUse[K] };

/** Returns lower revenue and quantity. */
const countUses = (
  documents: readonly Document[],
  { fromMs, toMs }: Period,
): ReadonlyMap<number, ProductUse> => {
  const uses = new Map<number, MutableUse>();
  for (const document of documents) {
    if (document.orderedAtMs >= toMs) break;
    if (document.orderedAtMs < fromMs) continue;
    for (const line of document.lines) {
      let use = uses.get(line.skuId);
      if (use === undefined) {
        use = createUse(line);
        uses.set(line.skuId, use);
      }
      addUse(use, line, document);
    }
  }
  return uses;
};

const createUse = ({ skuId, groupId }: DocumentLine): MutableUse => ({
  skuId,
  groupId,
  purchases: 0,
  netMinor: 0,
  quantityMilli: 0,
  firstOrderedAtMs: 0,
  lastOrderedAtMs: 0,
});

const dayOf = (atMs: number): number => Math.floor(atMs / MS_PER_DAY);

const addUse = (
  use: MutableUse,
  { groupId, netMinor, quantityMilli }: DocumentLine,
  { orderedAtMs, isReturn }: Document,
): void => {
  use.groupId = groupId;
  use.netMinor += netMinor;
  use.quantityMilli += isReturn ? -quantityMilli : quantityMilli;
  if (isReturn) return;
  if (use.purchases === 0) use.firstOrderedAtMs = orderedAtMs;
  if (use.purchases === 0 || dayOf(orderedAtMs) !== dayOf(use.lastOrderedAtMs)) use.purchases += 1;
  use.lastOrderedAtMs = orderedAtMs;
};
