/** Histories of customers for training, and snapshots of their vectors at times in the past. */
import type { Document } from '../customer/document.js';
import { createVector, foldDocument, MS_PER_DAY } from '../features/vector.js';

export type CustomerHistory = {
  readonly customerId: string;
  /** Current documents in canonical order. */
  readonly documents: readonly Document[];
};

/** Net amount of a document, reporting minor units. */
export const netOf = (document: Document): number => {
  let net = 0;
  for (const line of document.lines) net += line.netMinor;
  return net;
};

export type Snapshot = {
  readonly vector: readonly number[];
  readonly asOfMs: number;
  /** Net revenue in [asOfMs, asOfMs + horizon). */
  readonly actualMinor: number;
  /** Days in it with a purchase. */
  readonly actualOrderDays: number;
};

/** Calls `visit` with the customer's snapshot at each origin (ascending) at which it is known. */
export const visitSnapshots = (
  { documents }: CustomerHistory,
  { originsMs, horizonMs }: { readonly originsMs: readonly number[]; readonly horizonMs: number },
  visit: (snapshot: Snapshot) => void,
): void => {
  const vector = createVector();
  let at = 0;
  for (const asOfMs of originsMs) {
    for (; at < documents.length; at += 1) {
      const document = documents[at] as Document;
      if (document.orderedAtMs >= asOfMs) break;
      if (document.lines.length === 0) continue;
      foldDocument(vector, { ...document, netMinor: netOf(document) });
    }
    if ((vector[2] ?? 0) === 0) continue;
    let actualMinor = 0;
    let actualOrderDays = 0;
    let lastDay = -1;
    for (let i = at; i < documents.length; i += 1) {
      const document = documents[i] as Document;
      if (document.orderedAtMs >= asOfMs + horizonMs) break;
      actualMinor += netOf(document);
      const day = Math.floor(document.orderedAtMs / MS_PER_DAY);
      if (document.isReturn || document.lines.length === 0 || day === lastDay) continue;
      actualOrderDays += 1;
      lastDay = day;
    }
    visit({ vector: [...vector], asOfMs, actualMinor, actualOrderDays });
  }
};

/** At most so many of some items: every n-th where there are more. */
export const sample = <T>(items: readonly T[], countMax: number): readonly T[] => {
  if (items.length <= countMax) return items;
  const step = items.length / countMax;
  return Array.from({ length: countMax }, (_, i) => items[Math.floor(i * step)] as T);
};
