/**
 * Corrections of any age: whatever order, repetition and correction documents arrive in, the customer's
 * state is that of the corrected history. The naive recomputation below shares no code with the core
 * but the layout of the vector: it keeps whole documents by id and folds them from nothing.
 */
import fc from 'fast-check';
import type { OrderEvent } from '../../../../shared/core/contract.generated.js';
import type { CustomerEvent } from '../../../../shared/core/engine/input-event.js';
import { V } from '../../../../shared/core/features/vector.js';
import { comparable, createDriver } from '../../../support/pipeline-driver.js';
import { DAY_MS, line, order, START_MS } from '../../../support/events.js';

const SPAN_DAYS = 700;
const KINDS = ['placed', 'amended', 'cancelled', 'returned'] as const;

type Version = Pick<OrderEvent, 'orderId' | 'documentVersion' | 'kind' | 'orderedAtMs' | 'lines'>;

const lineArbitrary = fc.record({
  sku: fc.constantFrom('s1', 's2', 's3', 's4'),
  productGroup: fc.constantFrom('g1', 'g2', 'g3'),
  netAmountMinor: fc.integer({ min: 0, max: 5_000_000 }),
  quantity: fc.integer({ min: 0, max: 5_000 }).map((n) => n / 1000),
});

/** Versions of a handful of documents: few ids and times, so that they meet. */
const versionsArbitrary: fc.Arbitrary<readonly Version[]> = fc.array(
  fc
    .record({
      orderId: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
      documentVersion: fc.integer({ min: 1, max: 5 }),
      kind: fc.constantFrom(...KINDS),
      orderedAtMs: fc.oneof(
        fc.integer({ min: 0, max: SPAN_DAYS }).map((n) => START_MS + n * DAY_MS),
        fc.integer({ min: 0, max: SPAN_DAYS * DAY_MS }).map((ms) => START_MS + ms),
      ),
      lines: fc.array(lineArbitrary, { minLength: 1, maxLength: 4 }),
    })
    .map((version) => ({
      ...version,
      lines:
        version.kind === 'cancelled'
          ? []
          : version.lines.map((over, i) => line({ lineId: String(i), ...over })),
    })),
  { minLength: 1, maxLength: 40 },
);

/** Two versions with the same number but other content cannot both be right: the first one stays. */
const uniqueVersions = (versions: readonly Version[]): readonly Version[] => {
  const seen = new Map<string, Version>();
  for (const version of versions) {
    const isReturn = version.kind === 'returned';
    const key = `${version.orderId}/${String(isReturn)}/${String(version.documentVersion)}`;
    if (!seen.has(key)) seen.set(key, version);
  }
  return [...seen.values()];
};

const toEvent = (version: Version): CustomerEvent =>
  order({ ...version, occurredAtMs: START_MS + SPAN_DAYS * DAY_MS });

/** Current documents after all corrections, by hand: the highest version of each. */
const currentDocuments = (versions: readonly Version[]): readonly Version[] => {
  const current = new Map<string, Version>();
  for (const version of versions) {
    const key = `${version.orderId}/${version.kind === 'returned' ? 'return' : 'order'}`;
    const known = current.get(key);
    if (known === undefined || version.documentVersion > known.documentVersion) {
      current.set(key, version);
    }
  }
  return [...current.values()].filter(({ lines }) => lines.length > 0);
};

const sumOf = (documents: readonly Version[], sign: (kind: string) => number): number =>
  documents.reduce(
    (sum, { kind, lines }) =>
      sum + sign(kind) * lines.reduce((total, { netAmountMinor }) => total + netAmountMinor, 0),
    0,
  );

/** Statistics that follow from the definition alone. */
const naive = (versions: readonly Version[]) => {
  const documents = currentDocuments(versions);
  const sales = documents.filter(
    ({ kind, lines }) =>
      kind !== 'returned' && lines.some(({ netAmountMinor }) => netAmountMinor > 0),
  );
  const days = [...new Set(sales.map(({ orderedAtMs }) => Math.floor(orderedAtMs / DAY_MS)))].sort(
    (a, b) => a - b,
  );
  const gaps = days.slice(1).map((n, i) => n - (days[i] ?? 0));
  const times = sales.map(({ orderedAtMs }) => orderedAtMs);
  const lastAt = Math.max(0, ...documents.map(({ orderedAtMs }) => orderedAtMs));
  const decayed = (weeks: number): number =>
    documents.reduce(
      (sum, document) =>
        sum +
        sumOf([document], (kind) => (kind === 'returned' ? -1 : 1)) *
          0.5 ** ((lastAt - document.orderedAtMs) / (weeks * 7 * DAY_MS)),
      0,
    );
  return {
    lifetime: sumOf(documents, (kind) => (kind === 'returned' ? -1 : 1)),
    sales: sumOf(documents, (kind) => (kind === 'returned' ? 0 : 1)),
    returns: sumOf(documents, (kind) => (kind === 'returned' ? 1 : 0)),
    orderDays: days.length,
    firstOrderedAtMs: times.length === 0 ? 0 : Math.min(...times),
    lastOrderedAtMs: times.length === 0 ? 0 : Math.max(...times),
    gapSquaredDays: gaps.reduce((sum, gap) => sum + gap * gap, 0),
    documents: documents.length,
    decayed12: decayed(12),
    decayed40: decayed(40),
  };
};

const stateAfter = (events: readonly CustomerEvent[]) => {
  const driver = createDriver({ partitions: 1 });
  driver.given(...events);
  return driver;
};

describe('corrections of any age', () => {
  it('give the statistics that a naive recomputation of the corrected history gives', () => {
    fc.assert(
      fc.property(versionsArbitrary, (drawn) => {
        const versions = uniqueVersions(drawn);
        const vector = stateAfter(versions.map(toEvent)).customer('c')?.vector ?? [];
        const expected = naive(versions);
        expect(vector[V.lifetimeMinor]).toBe(expected.lifetime);
        expect(vector[V.salesMinor]).toBe(expected.sales);
        expect(vector[V.returnsMinor]).toBe(expected.returns);
        expect(vector[V.orderDays]).toBe(expected.orderDays);
        expect(vector[V.firstOrderedAtMs]).toBe(expected.firstOrderedAtMs);
        expect(vector[V.lastOrderedAtMs]).toBe(expected.lastOrderedAtMs);
        expect(vector[V.gapSquaredDays]).toBe(expected.gapSquaredDays);
        expect(vector[V.documents]).toBe(expected.documents);
        expect(vector[V.decayed12Minor]).toBeCloseTo(expected.decayed12, 3);
        expect(vector[V.decayed40Minor]).toBeCloseTo(expected.decayed40, 3);
      }),
      { numRuns: 100 },
    );
  });

  it('lead to the same state, bit for bit, whatever order and repetition they arrive in', () => {
    fc.assert(
      fc.property(
        versionsArbitrary.chain((drawn) => {
          const versions = uniqueVersions(drawn);
          const all = fc.shuffledSubarray([...versions], {
            minLength: versions.length,
            maxLength: versions.length,
          });
          const again = fc.array(fc.constantFrom(...versions), { maxLength: 20 });
          return fc.tuple(fc.constant(versions), all, again);
        }),
        ([versions, shuffled, repeated]) => {
          const once = comparable(stateAfter(versions.map(toEvent)), 'c');
          const mixed = [
            ...shuffled.flatMap((v, i) => [v, ...repeated.slice(i, i + 1)]),
            ...repeated,
          ];
          expect(comparable(stateAfter(mixed.map(toEvent)), 'c')).toEqual(once);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('lead to the state of a history in which nothing had to be corrected', () => {
    fc.assert(
      fc.property(versionsArbitrary, (drawn) => {
        const versions = uniqueVersions(drawn);
        const clean = currentDocuments(versions);
        fc.pre(clean.length > 0);
        const corrected = stateAfter(versions.map(toEvent)).customer('c');
        const inOrder = [...clean].sort((a, b) => a.orderedAtMs - b.orderedAtMs);
        const neverWrong = stateAfter(inOrder.map(toEvent)).customer('c');
        expect(corrected?.vector).toEqual(neverWrong?.vector);
      }),
      { numRuns: 80 },
    );
  });
});
