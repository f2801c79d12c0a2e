/**
 * Folds one order event into a customer. The usual case, a new document behind all others, is
 * appended and folded in place; anything else edits the ledger and folds it from its base again, so
 * that corrections of any age within the window give exactly the state of the corrected history.
 */
import type { OrderEvent } from '../contract.generated.js';
import { foldGroup } from '../features/groups.js';
import { createVector, foldDocument } from '../features/vector.js';
import type { Document, DocumentLine, Names } from './document.js';
import {
  appendDocument,
  compareDocuments,
  documentsOf,
  firstOrderedAtMs,
  findDocument,
  isBehindLast,
  rewriteLedger,
  type Ledger,
} from './ledger.js';
import { orderHash } from './order-hash.js';
import type { CustomerState } from './state.js';

/** How long documents stay correctable: 24 months of 30.44 days. */
export const WINDOW_MS = 730 * 86_400_000;
/** Documents leave in one go when the oldest is this much too old, to spread the cost of a re-fold. */
const WINDOW_SLACK_MS = 60 * 86_400_000;
/** Upper bound of a ledger, in bytes: about 30,000 documents. The oldest half leaves beyond it. */
const LEDGER_BYTES_MAX = 1 << 20;

/**
 * appended: only the end of the ledger changed, from byte `fromByte` on. rewritten: all of it.
 * duplicate: this version or a higher one is already in. late: it lies before the window.
 */
export type FoldResult =
  | { readonly kind: 'appended'; readonly fromByte: number }
  | { readonly kind: 'rewritten' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'late' };

const REWRITTEN: FoldResult = { kind: 'rewritten' };
const DUPLICATE: FoldResult = { kind: 'duplicate' };
const LATE: FoldResult = { kind: 'late' };

const toLines = (event: OrderEvent, rate: number, names: Names): DocumentLine[] => {
  if (event.kind === 'cancelled') return [];
  const sign = event.kind === 'returned' ? -1 : 1;
  const lines: DocumentLine[] = [];
  for (const line of event.lines) {
    lines.push({
      skuId: names.idOf(line.sku),
      groupId: names.idOf(line.productGroup),
      quantityMilli: Math.round(line.quantity * 1000),
      netMinor: sign * (rate === 1 ? line.netAmountMinor : Math.round(line.netAmountMinor * rate)),
    });
  }
  return lines;
};

/** The document that an order event is a version of; `rate` as in foldOrder. */
export const toDocument = (
  event: OrderEvent,
  { rate, names }: { readonly rate: number; readonly names: Names },
): Document => ({
  orderHash: orderHash(event.orderId),
  isReturn: event.kind === 'returned',
  isForwarded: false,
  version: event.documentVersion,
  orderedAtMs: event.orderedAtMs,
  lines: toLines(event, rate, names),
});

/** Folds an order event; `rate` is reporting minor units for one minor unit of its currency. */
export const foldOrder = (
  customer: CustomerState,
  event: OrderEvent,
  { rate, names }: { readonly rate: number; readonly names: Names },
): FoldResult => {
  const { ledger } = customer;
  if (ledger.base !== null && event.orderedAtMs < ledger.base.untilMs) return LATE;
  const isReturn = event.kind === 'returned';
  const hash = orderHash(event.orderId);
  const slot = findDocument(ledger, hash, isReturn);
  if (slot !== null && slot.version >= event.documentVersion) return DUPLICATE;
  const document = toDocument(event, { rate, names });
  if (slot === null && isBehindLast(ledger, document)) {
    const fromByte = ledger.length;
    appendDocument(ledger, document);
    foldIntoFeatures(customer, document);
    return trimLedger(customer) ? REWRITTEN : { kind: 'appended', fromByte };
  }
  replaceDocument(customer, document);
  trimLedger(customer);
  return REWRITTEN;
};

const replaceDocument = (customer: CustomerState, document: Document): void => {
  const documents = [...documentsOf(customer.ledger)].filter(
    (other) =>
      other.isForwarded ||
      other.orderHash !== document.orderHash ||
      other.isReturn !== document.isReturn,
  );
  const at = documents.findIndex((other) => compareDocuments(other, document) > 0);
  documents.splice(at === -1 ? documents.length : at, 0, document);
  rewriteLedger(customer.ledger, documents);
  refold(customer);
};

/** Adds forwarded documents, or takes them out again, and folds once. False when nothing changed. */
export const foldForwarded = (
  customer: CustomerState,
  documents: readonly Document[],
  isWithdrawal: boolean,
): boolean => {
  const { ledger } = customer;
  const untilMs = ledger.base?.untilMs ?? 0;
  const known = new Map([...documentsOf(ledger)].map((document) => [keyOf(document), document]));
  let isChanged = false;
  for (const document of documents) {
    const key = keyOf(document);
    if (isWithdrawal) {
      isChanged = known.delete(key) || isChanged;
    } else if (
      document.orderedAtMs >= untilMs &&
      (known.get(key)?.version ?? 0) < document.version
    ) {
      known.set(key, document);
      isChanged = true;
    }
  }
  if (!isChanged) return false;
  rewriteLedger(ledger, [...known.values()].sort(compareDocuments));
  refold(customer);
  trimLedger(customer);
  return true;
};

const keyOf = ({ orderHash: hash, isReturn, isForwarded }: Document): string =>
  `${String(hash)}${isReturn ? 'r' : 's'}${isForwarded ? 'f' : 'o'}`;

const totals = { orderedAtMs: 0, netMinor: 0, isReturn: false };
const groupTotals = { groupId: 0, orderedAtMs: 0, netMinor: 0 };

/** Folds one document, in canonical order, into vector and groups. Cancelled ones leave no trace. */
export const foldIntoFeatures = ({ vector, groups }: Features, document: Document): void => {
  if (document.lines.length === 0) return;
  let netMinor = 0;
  groupTotals.orderedAtMs = document.orderedAtMs;
  for (const line of document.lines) {
    netMinor += line.netMinor;
    groupTotals.groupId = line.groupId;
    groupTotals.netMinor = line.netMinor;
    foldGroup(groups, groupTotals);
  }
  totals.orderedAtMs = document.orderedAtMs;
  totals.netMinor = netMinor;
  totals.isReturn = document.isReturn;
  foldDocument(vector, totals);
};

/** Computes vector and groups anew from the ledger's base and its documents. O(documents). */
export const refold = (customer: CustomerState): void => {
  const { base } = customer.ledger;
  customer.vector = base === null ? createVector() : [...base.vector];
  customer.groups = base === null ? [] : [...base.groups];
  for (const document of documentsOf(customer.ledger)) foldIntoFeatures(customer, document);
};

/** Vector and groups as they were at a time, by the documents known now; null beyond the window. */
export const featuresAt = (ledger: Ledger, atMs: number): Features | null => {
  const { base } = ledger;
  if (base !== null && base.untilMs > atMs) return null;
  const features: Features = {
    vector: base === null ? createVector() : [...base.vector],
    groups: base === null ? [] : [...base.groups],
  };
  for (const document of documentsOf(ledger)) {
    if (document.orderedAtMs >= atMs) break;
    foldIntoFeatures(features, document);
  }
  return features;
};

export type Features = { readonly vector: number[]; readonly groups: number[] };

/** Moves documents that left the window, or exceed the bound, into the base. True when it did. */
const trimLedger = (customer: CustomerState): boolean => {
  const { ledger } = customer;
  const isOverBound = ledger.length > LEDGER_BYTES_MAX;
  if (!isOverBound && firstOrderedAtMs(ledger) >= windowStart(ledger) - WINDOW_SLACK_MS) {
    return false;
  }
  const documents = [...documentsOf(ledger)];
  const untilMs = isOverBound ? middleOf(documents) : windowStart(ledger);
  const leaving = documents.filter((document) => document.orderedAtMs < untilMs);
  if (leaving.length === 0) return false;
  const vector = ledger.base === null ? createVector() : [...ledger.base.vector];
  const groups = ledger.base === null ? [] : [...ledger.base.groups];
  for (const document of leaving) foldIntoFeatures({ vector, groups }, document);
  rewriteLedger(
    ledger,
    documents.filter((document) => document.orderedAtMs >= untilMs),
  );
  ledger.base = { untilMs, vector, groups };
  refold(customer);
  return true;
};

/** Time before which the older half lies; behind all when they are of one time, so that some leave. */
const middleOf = (documents: readonly Document[]): number => {
  const middleMs = documents[documents.length >>> 1]?.orderedAtMs ?? 0;
  return middleMs > (documents[0]?.orderedAtMs ?? 0) ? middleMs : middleMs + 1;
};

const windowStart = (ledger: { readonly lastOrderedAtMs: number }): number =>
  ledger.lastOrderedAtMs - WINDOW_MS;
