import fc from 'fast-check';
import { compareUtf8 } from '../../../../shared/core/compare-utf8.js';

/** Few characters of every length in UTF-8, so that texts share beginnings. */
const character = fc.constantFrom('a', 'b', 'ß', 'Ω', '€', '\ud7ff', '\ue000', '\uffff', '😀', '𝒳');
const id = fc.oneof(
  fc.array(character, { maxLength: 4 }).map((characters) => characters.join('')),
  fc.string({ unit: 'binary', maxLength: 6 }),
);

describe('ids', () => {
  it('are in the order of their UTF-8 bytes, as in Redis', () => {
    fc.assert(
      fc.property(id, id, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2_000 },
    );
  });
});
