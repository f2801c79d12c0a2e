/** What is written into a ledger is read again, byte for byte; varints up to the widest integer. */
import fc from 'fast-check';
import type { Document } from '../../../../../shared/core/customer/document.js';
import {
  appendDocument,
  compareDocuments,
  createLedger,
  documentsOf,
  findDocument,
  isBehindLast,
  openLedger,
} from '../../../../../shared/core/customer/ledger.js';
import { orderHash } from '../../../../../shared/core/customer/order-hash.js';
import {
  readVarint,
  varintLength,
  writeVarint,
} from '../../../../../shared/core/customer/varint.js';

const WIDEST = Number.MAX_SAFE_INTEGER;
const document: fc.Arbitrary<Document> = fc
  .record({
    orderHash: fc.integer({ min: 0, max: WIDEST }),
    isReturn: fc.boolean(),
    isForwarded: fc.boolean(),
    version: fc.integer({ min: 1, max: WIDEST }),
    orderedAtMs: fc.integer({ min: 946_684_800_000, max: 2 ** 48 - 1 }),
    lines: fc.array(
      fc.record({
        skuId: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        groupId: fc.integer({ min: 0, max: 100_000 }),
        quantityMilli: fc.oneof(
          fc.integer({ min: 0, max: 1_000_000_000_000 }),
          fc.integer({ min: 0, max: 1_000_000 }).map((n) => n * 1_000),
        ),
        netMinor: fc.integer({ min: 0, max: 10_000_000_000_000 }),
      }),
      { maxLength: 5 },
    ),
  })
  .map((drawn) => ({
    ...drawn,
    lines: drawn.lines.map((line) =>
      drawn.isReturn && line.netMinor > 0 ? { ...line, netMinor: -line.netMinor } : line,
    ),
  }));

/** As the ledger gives them back: a return of nothing counts as minus zero. */
const normal = (documents: readonly Document[]) => JSON.stringify(documents);

const ledgerOf = (documents: readonly Document[]) => {
  const ledger = createLedger();
  for (const one of documents) appendDocument(ledger, one);
  return ledger;
};

const sortedUnique = fc
  .uniqueArray(document, {
    maxLength: 80,
    selector: ({ orderHash: hash, isReturn, isForwarded }) =>
      `${String(hash)}/${String(isReturn)}/${String(isForwarded)}`,
  })
  .map((documents) => [...documents].sort(compareDocuments));

describe('a varint', () => {
  it('comes back as it was, in the length foretold', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: WIDEST }), (value) => {
        const cursor = { bytes: new Uint8Array(10), at: 0 };
        writeVarint(cursor, value);
        expect(cursor.at).toBe(varintLength(value));
        const reader = { bytes: cursor.bytes, at: 0 };
        expect(readVarint(reader)).toBe(value);
        expect(reader.at).toBe(cursor.at);
      }),
      { numRuns: 500 },
    );
  });

  it.each([0, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, WIDEST])(
    'holds at the border %d',
    (value) => {
      const cursor = { bytes: new Uint8Array(10), at: 0 };
      writeVarint(cursor, value);
      expect(readVarint({ bytes: cursor.bytes, at: 0 })).toBe(value);
    },
  );

  it('that runs past its bytes is an error, not a number', () => {
    expect(() => readVarint({ bytes: new Uint8Array([0x80, 0x80]), at: 0 })).toThrow(RangeError);
  });
});

describe('a ledger', () => {
  it('gives back the documents in canonical order, also after a trip through a store', () => {
    fc.assert(
      fc.property(sortedUnique, (documents) => {
        const ledger = ledgerOf(documents);
        expect(normal([...documentsOf(ledger)])).toBe(normal(documents));
        const bytes = ledger.bytes.slice(0, ledger.length);
        const opened = openLedger(bytes, null);
        expect(normal([...documentsOf(opened)])).toBe(normal(documents));
        const { bytes: _a, index: _b, ...rest } = ledger;
        const { bytes: _c, index: _d, ...again } = opened;
        expect(again).toEqual(rest);
      }),
      { numRuns: 50 },
    );
  });

  it('finds own documents by their key, with and without an index, and no others', () => {
    fc.assert(
      fc.property(sortedUnique, document, (documents, other) => {
        const ledger = ledgerOf(documents);
        const isOwn = (one: Document): boolean => !one.isForwarded;
        for (const one of documents.filter(isOwn)) {
          expect(findDocument(ledger, one.orderHash, one.isReturn)?.version).toBe(one.version);
        }
        const isKnown = documents
          .filter(isOwn)
          .some((one) => one.orderHash === other.orderHash && one.isReturn === other.isReturn);
        expect(findDocument(ledger, other.orderHash, other.isReturn) !== null).toBe(isKnown);
      }),
      { numRuns: 50 },
    );
  });

  it('tells an append from an insertion', () => {
    fc.assert(
      fc.property(sortedUnique, document, (documents, one) => {
        const last = documents.at(-1);
        const isBehind = last === undefined || compareDocuments(one, last) > 0;
        expect(isBehindLast(ledgerOf(documents), one)).toBe(isBehind);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the hash of an order id', () => {
  it('fits into 53 bits, depends on the id alone and meets no other in a million', () => {
    const seen = new Set<number>();
    for (let i = 0; i < 200_000; i += 1) seen.add(orderHash(`4711-${String(i)}`));
    expect(seen.size).toBe(200_000);
    for (const hash of seen) {
      if (!Number.isSafeInteger(hash) || hash < 0) throw new Error(`not a hash: ${String(hash)}`);
    }
    expect(orderHash('a')).toBe(orderHash('a'));
  });
});
