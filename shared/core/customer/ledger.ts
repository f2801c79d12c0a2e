/**
 * The packed ledger of one customer: the current version of every document within the window, in
 * canonical order (ordered at, order hash, sale before return), about 30 bytes a document. It is what
 * makes corrections exact: features are a fold over it, so editing it and folding again gives the
 * state that the corrected history would have given.
 *
 * Entry: varint length of the rest · u32 hash low · u24 hash high and flags · varint version ·
 * u48 ordered at, ms · per line: varint sku · varint group · varint quantity · varint amount.
 */
import type { Document, DocumentLine } from './document.js';
import { readVarint, varintLength, writeVarint, type Cursor } from './varint.js';

/** `bytes` may be longer than `length`; `folded` is what older documents left behind, if any. */
export type Ledger = {
  bytes: Uint8Array;
  length: number;
  count: number;
  /** Key of the last entry, to tell an append from an insertion without a scan. */
  lastOrderedAtMs: number;
  lastOrderHash: number;
  lastIsReturn: boolean;
  /** Byte offset by document key; built when a ledger is long enough for a scan to be slow. */
  index: Map<number, number> | null;
  /** Features over the documents that left the window, and up to when; null while none has. */
  base: LedgerBase | null;
};

export type LedgerBase = {
  readonly untilMs: number;
  readonly vector: readonly number[];
  readonly groups: readonly number[];
};

/** Where a document stands in a ledger, or would stand. */
export type Slot = { readonly at: number; readonly end: number; readonly version: number };

const RETURN_FLAG = 0x200000;
const FORWARDED_FLAG = 0x400000;
const HASH_HIGH_MASK = 0x1fffff;
const TWO_32 = 0x100000000;
const PER_TWO_32 = 1 / TWO_32;
const HEADER_FIXED_BYTES = 7 + 6;
/** From this many documents on, looking one up goes through an index instead of a scan. */
const INDEX_FROM_COUNT = 48;
const INITIAL_BYTES = 128;

/** Returns an empty ledger. */
export const createLedger = (): Ledger => ({
  bytes: new Uint8Array(0),
  length: 0,
  count: 0,
  lastOrderedAtMs: 0,
  lastOrderHash: 0,
  lastIsReturn: false,
  index: null,
  base: null,
});

/** Key of a document within its customer: sale and return of one order are two documents. */
const documentKey = (orderHash: number, isReturn: boolean): number =>
  isReturn ? -orderHash - 1 : orderHash;

const scan: Cursor = { bytes: new Uint8Array(0), at: 0 };

const readU32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16)) +
  (bytes[at + 3] ?? 0) * 0x1000000;

const readHigh = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);

/** The upper and lower 32 bits of a whole number below 2^53, without a remainder of doubles. */
const lowOf = (value: number): number => value >>> 0;
const highOf = (value: number): number => (value - lowOf(value)) * PER_TWO_32;

const TIME_BYTES = 6;
const readTime = (bytes: Uint8Array, at: number): number =>
  readU32(bytes, at) + ((bytes[at + 4] ?? 0) | ((bytes[at + 5] ?? 0) << 8)) * TWO_32;

/** Reads the time of the first entry: behind its length (1 to 8 bytes), hash (7) and version. */
export const firstOrderedAtMs = ({ bytes }: Ledger): number => {
  let at = 0;
  while ((bytes[at] ?? 0) >= 0x80) at += 1;
  at += 8;
  while ((bytes[at] ?? 0) >= 0x80) at += 1;
  return readTime(bytes, at + 1);
};

/** Returns where the customer's own document stands, or null. Forwarded ones are not looked up. Time: O(documents), O(1) for long ledgers. */
export const findDocument = (ledger: Ledger, orderHash: number, isReturn: boolean): Slot | null => {
  if (ledger.count === 0) return null;
  if (ledger.count >= INDEX_FROM_COUNT) {
    const at = indexOf(ledger).get(documentKey(orderHash, isReturn));
    return at === undefined ? null : slotAt(ledger, at);
  }
  const low = lowOf(orderHash);
  const high = highOf(orderHash) | (isReturn ? RETURN_FLAG : 0);
  scan.bytes = ledger.bytes;
  scan.at = 0;
  while (scan.at < ledger.length) {
    const start = scan.at;
    const end = readVarint(scan) + scan.at;
    if (readU32(ledger.bytes, scan.at) === low && readHigh(ledger.bytes, scan.at + 4) === high) {
      return slotAt(ledger, start);
    }
    scan.at = end;
  }
  return null;
};

const slotAt = (ledger: Ledger, at: number): Slot => {
  scan.bytes = ledger.bytes;
  scan.at = at;
  const length = readVarint(scan);
  const end = scan.at + length;
  scan.at += 7;
  return { at, end, version: readVarint(scan) };
};

const indexOf = (ledger: Ledger): Map<number, number> => {
  if (ledger.index !== null) return ledger.index;
  const index = new Map<number, number>();
  scan.bytes = ledger.bytes;
  scan.at = 0;
  while (scan.at < ledger.length) {
    const start = scan.at;
    const end = readVarint(scan) + scan.at;
    const high = readHigh(ledger.bytes, scan.at + 4);
    const hash = (high & HASH_HIGH_MASK) * TWO_32 + readU32(ledger.bytes, scan.at);
    if ((high & FORWARDED_FLAG) === 0) {
      index.set(documentKey(hash, (high & RETURN_FLAG) !== 0), start);
    }
    scan.at = end;
  }
  ledger.index = index;
  return index;
};

/** True when a document with this key belongs behind the last one of the ledger. */
export const isBehindLast = (ledger: Ledger, document: Document): boolean => {
  if (ledger.count === 0) return true;
  if (document.orderedAtMs !== ledger.lastOrderedAtMs) {
    return document.orderedAtMs > ledger.lastOrderedAtMs;
  }
  if (document.orderHash !== ledger.lastOrderHash) {
    return document.orderHash > ledger.lastOrderHash;
  }
  return document.isReturn && !ledger.lastIsReturn;
};

/** Quantities are mostly whole: those take the even numbers, thousandths the odd ones. */
const packQuantity = (quantityMilli: number): number => {
  const whole = Math.round(quantityMilli / 1000);
  return whole * 1000 === quantityMilli ? whole * 2 : quantityMilli * 2 + 1;
};
const unpackQuantity = (packed: number): number =>
  packed % 2 === 0 ? (packed / 2) * 1000 : (packed - 1) / 2;

const bodyLength = (document: Document): number => {
  let length = HEADER_FIXED_BYTES + varintLength(document.version);
  for (const line of document.lines) {
    length +=
      varintLength(line.skuId) +
      varintLength(line.groupId) +
      varintLength(packQuantity(line.quantityMilli)) +
      varintLength(Math.abs(line.netMinor));
  }
  return length;
};

const writeEntry = (cursor: Cursor, document: Document, length: number): void => {
  writeVarint(cursor, length);
  const { bytes } = cursor;
  const low = lowOf(document.orderHash);
  const flags = (document.isReturn ? RETURN_FLAG : 0) | (document.isForwarded ? FORWARDED_FLAG : 0);
  const high = highOf(document.orderHash) | flags;
  let at = cursor.at;
  for (let shift = 0; shift < 32; shift += 8) bytes[at++] = low >>> shift;
  for (let shift = 0; shift < 24; shift += 8) bytes[at++] = high >>> shift;
  cursor.at = at;
  writeVarint(cursor, document.version);
  at = cursor.at;
  const timeLow = lowOf(document.orderedAtMs);
  const timeHigh = highOf(document.orderedAtMs);
  for (let shift = 0; shift < 32; shift += 8) bytes[at++] = timeLow >>> shift;
  for (let shift = 0; shift < 16; shift += 8) bytes[at++] = timeHigh >>> shift;
  cursor.at = at;
  for (const line of document.lines) {
    writeVarint(cursor, line.skuId);
    writeVarint(cursor, line.groupId);
    writeVarint(cursor, packQuantity(line.quantityMilli));
    writeVarint(cursor, Math.abs(line.netMinor));
  }
};

const write: Cursor = { bytes: new Uint8Array(0), at: 0 };

const makeRoom = (ledger: Ledger, extra: number): void => {
  if (ledger.length + extra <= ledger.bytes.length) return;
  const grown = new Uint8Array(
    Math.max(INITIAL_BYTES, ledger.bytes.length * 2, ledger.length + extra),
  );
  grown.set(ledger.bytes.subarray(0, ledger.length));
  ledger.bytes = grown;
};

const rememberLast = (ledger: Ledger, document: Document): void => {
  ledger.lastOrderedAtMs = document.orderedAtMs;
  ledger.lastOrderHash = document.orderHash;
  ledger.lastIsReturn = document.isReturn;
};

/** Appends a document that belongs behind the last one (see isBehindLast). O(lines). */
export const appendDocument = (ledger: Ledger, document: Document): void => {
  const length = bodyLength(document);
  makeRoom(ledger, length + 5);
  if (!document.isForwarded) {
    ledger.index?.set(documentKey(document.orderHash, document.isReturn), ledger.length);
  }
  write.bytes = ledger.bytes;
  write.at = ledger.length;
  writeEntry(write, document, length);
  ledger.length = write.at;
  ledger.count += 1;
  rememberLast(ledger, document);
};

/** Replaces all documents with the given ones, which are in canonical order. */
export const rewriteLedger = (ledger: Ledger, documents: readonly Document[]): void => {
  ledger.bytes = new Uint8Array(0);
  ledger.length = 0;
  ledger.count = 0;
  ledger.index = null;
  ledger.lastOrderedAtMs = 0;
  ledger.lastOrderHash = 0;
  ledger.lastIsReturn = false;
  for (const document of documents) appendDocument(ledger, document);
};

/** Compares two documents in canonical order. */
export const compareDocuments = (a: Document, b: Document): number =>
  a.orderedAtMs - b.orderedAtMs ||
  a.orderHash - b.orderHash ||
  Number(a.isReturn) - Number(b.isReturn);

const readDocument = (cursor: Cursor, end: number): Document => {
  const { bytes } = cursor;
  const high = readHigh(bytes, cursor.at + 4);
  const orderHash = (high & HASH_HIGH_MASK) * TWO_32 + readU32(bytes, cursor.at);
  const isReturn = (high & RETURN_FLAG) !== 0;
  const isForwarded = (high & FORWARDED_FLAG) !== 0;
  cursor.at += 7;
  const version = readVarint(cursor);
  const orderedAtMs = readTime(bytes, cursor.at);
  cursor.at += TIME_BYTES;
  const lines: DocumentLine[] = [];
  while (cursor.at < end) {
    const skuId = readVarint(cursor);
    const groupId = readVarint(cursor);
    const quantityMilli = unpackQuantity(readVarint(cursor));
    const magnitude = readVarint(cursor);
    lines.push({ skuId, groupId, quantityMilli, netMinor: isReturn ? -magnitude : magnitude });
  }
  return { orderHash, isReturn, isForwarded, version, orderedAtMs, lines };
};

/** Yields the documents in canonical order; cancelled ones have no lines. */
export function* documentsOf(ledger: Ledger): Generator<Document> {
  const cursor: Cursor = { bytes: ledger.bytes, at: 0 };
  while (cursor.at < ledger.length) {
    const end = readVarint(cursor) + cursor.at;
    yield readDocument(cursor, end);
  }
}

/** Restores a ledger from the bytes of a store; the derived fields are rebuilt by one scan. */
export const openLedger = (bytes: Uint8Array, base: LedgerBase | null): Ledger => {
  const ledger: Ledger = { ...createLedger(), bytes, length: bytes.length, base };
  const cursor: Cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    const end = readVarint(cursor) + cursor.at;
    ledger.count += 1;
    if (end === bytes.length) rememberLast(ledger, readDocument(cursor, end));
    cursor.at = end;
  }
  return ledger;
};
