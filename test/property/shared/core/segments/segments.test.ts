/** Segments are total and exclusive, and neither they nor the flags flap. */
import fc from 'fast-check';
import type { Dimensions, Segment } from '../../../../../shared/core/contract.generated.js';
import { builtinSegments } from '../../../../../shared/core/rulebook/builtin-segments.js';
import { isPotentialCustomer, isSmallCustomer } from '../../../../../shared/core/segments/flags.js';
import { rankOf, segmentFor } from '../../../../../shared/core/segments/ladder.js';
import { SEGMENT_LADDER } from '../../../../../shared/core/segments/rules.js';

const wild = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0),
  fc.integer({ min: -1_000, max: 200_000_000 }),
);
const dimensionsOf = (value: fc.Arbitrary<number>): fc.Arbitrary<Dimensions> =>
  fc.record({
    potentialMinor: value,
    trailingYearMinor: value,
    shareOfWallet: value,
    buyingBehaviour: value,
    probabilityAlive: value,
  });
const sane: fc.Arbitrary<Dimensions> = fc.record({
  potentialMinor: fc.integer({ min: 0, max: 100_000_000 }),
  trailingYearMinor: fc.integer({ min: 0, max: 60_000_000 }),
  shareOfWallet: fc.double({ min: 0, max: 1, noNaN: true }),
  buyingBehaviour: fc.double({ min: 0, max: 1, noNaN: true }),
  probabilityAlive: fc.double({ min: 0, max: 1, noNaN: true }),
});
const current: fc.Arbitrary<Segment | null> = fc.constantFrom(null, ...SEGMENT_LADDER);

describe('the segment ladder', () => {
  it('gives exactly one segment for any dimensions, not numbers and infinite ones included', () => {
    fc.assert(
      fc.property(dimensionsOf(wild), current, (dimensions, now) => {
        const segment = segmentFor(dimensions, now, builtinSegments);
        expect(SEGMENT_LADDER.filter((name) => name === segment)).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the last segment to what is not a number', () => {
    const nothing = {
      potentialMinor: Number.NaN,
      trailingYearMinor: Number.NaN,
      shareOfWallet: Number.NaN,
      buyingBehaviour: Number.NaN,
      probabilityAlive: Number.NaN,
    };
    for (const now of [null, ...SEGMENT_LADDER]) {
      expect(segmentFor(nothing, now, builtinSegments)).toBe('D');
    }
  });

  it('never gives a worse segment for better dimensions', () => {
    fc.assert(
      fc.property(sane, sane, current, (a, b, now) => {
        const better: Dimensions = {
          potentialMinor: Math.max(a.potentialMinor, b.potentialMinor),
          trailingYearMinor: Math.max(a.trailingYearMinor, b.trailingYearMinor),
          shareOfWallet: Math.max(a.shareOfWallet, b.shareOfWallet),
          buyingBehaviour: Math.max(a.buyingBehaviour, b.buyingBehaviour),
          probabilityAlive: Math.max(a.probabilityAlive, b.probabilityAlive),
        };
        expect(rankOf(segmentFor(better, now, builtinSegments))).toBeLessThanOrEqual(
          rankOf(segmentFor(a, now, builtinSegments)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('keeps a segment that it just gave while the dimensions stay', () => {
    fc.assert(
      fc.property(sane, current, (dimensions, now) => {
        const segment = segmentFor(dimensions, now, builtinSegments);
        expect(segmentFor(dimensions, segment, builtinSegments)).toBe(segment);
      }),
      { numRuns: 500 },
    );
  });

  it('does not move for a swing within the band around where it stands', () => {
    const band = builtinSegments.hysteresisBand;
    fc.assert(
      fc.property(
        sane,
        fc.array(fc.double({ min: -band / 2.2, max: band / 2.2, noNaN: true }), { maxLength: 50 }),
        (centre, swings) => {
          let segment = segmentFor(centre, null, builtinSegments);
          let flips = 0;
          for (const swing of swings) {
            const factor = 1 + swing;
            const next = segmentFor(
              {
                potentialMinor: centre.potentialMinor * factor,
                trailingYearMinor: centre.trailingYearMinor * factor,
                shareOfWallet: centre.shareOfWallet * factor,
                buyingBehaviour: centre.buyingBehaviour * factor,
                probabilityAlive: centre.probabilityAlive * factor,
              },
              segment,
              builtinSegments,
            );
            if (next !== segment) flips += 1;
            segment = next;
          }
          // One way only: away from a threshold it stood on by chance, never back and forth.
          expect(flips).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the flags', () => {
  it('are decided for any dimensions and never for what is not a number', () => {
    fc.assert(
      fc.property(dimensionsOf(wild), fc.boolean(), (dimensions, isFlagged) => {
        for (const flag of [isPotentialCustomer, isSmallCustomer]) {
          const decided = flag(dimensions, isFlagged, builtinSegments);
          expect([true, false]).toContain(decided);
        }
        if (Number.isNaN(dimensions.potentialMinor)) {
          expect(isPotentialCustomer(dimensions, isFlagged, builtinSegments)).toBe(false);
          expect(isSmallCustomer(dimensions, isFlagged, builtinSegments)).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('once set are kept while the dimensions stay', () => {
    fc.assert(
      fc.property(sane, (dimensions) => {
        for (const flag of [isPotentialCustomer, isSmallCustomer]) {
          if (flag(dimensions, false, builtinSegments)) {
            expect(flag(dimensions, true, builtinSegments)).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
