/** The packing of lists is MessagePack as Redis reads it, and a list can be used again. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createPackedList } from '../../../../shared/redis/message-pack.js';

/** Reads an array of strings: 0xdd, count, then 0xdb, length and bytes for each. */
const read = (packed: Buffer): Buffer[] => {
  expect(packed[0]).toBe(0xdd);
  const parts: Buffer[] = [];
  let at = 5;
  for (let i = packed.readUInt32BE(1); i > 0; i -= 1) {
    expect(packed[at]).toBe(0xdb);
    const length = packed.readUInt32BE(at + 1);
    parts.push(Buffer.from(packed.subarray(at + 5, at + 5 + length)));
    at += 5 + length;
  }
  expect(at).toBe(packed.length);
  return parts;
};

const text = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'grapheme' }));

describe('a packed list', () => {
  it('holds texts in UTF-8 and bytes as they are, also after it was emptied', () => {
    const list = createPackedList();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, text, fc.uint8Array()), { maxLength: 30 }),
        (elements) => {
          list.reset();
          for (const [first, second, bytes] of elements) {
            list.addText(first);
            list.addJoined(first, second);
            list.addBytes(bytes);
            list.addWritten(bytes.length, (buffer, at) => {
              buffer.set(bytes, at);
            });
          }
          expect(read(list.finish())).toEqual(
            elements.flatMap(([first, second, bytes]) => [
              Buffer.from(first),
              Buffer.from(first + second),
              Buffer.from(bytes),
              Buffer.from(bytes),
            ]),
          );
        },
      ),
    );
  });
});
