/**
 * Packs lists of strings and byte strings as MessagePack arrays into one growing buffer, so that a
 * commit of thousands of customers is a dozen arguments instead of thousands, each of which would
 * cost the client and the server more than its bytes.
 */

const ARRAY_32 = 0xdd;
const STRING_32 = 0xdb;
const HEADER_BYTES = 5;
const INITIAL_BYTES = 512;

/** A list under construction; `finish` ends it and returns its bytes. */
export type PackedList = {
  readonly addText: (text: string) => void;
  readonly addBytes: (bytes: Uint8Array, length?: number) => void;
  readonly finish: () => Buffer;
};

/** Creates an empty list. */
export const createPackedList = (): PackedList => {
  let buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  let at = HEADER_BYTES;
  let count = 0;

  const reserve = (bytes: number): void => {
    if (at + bytes <= buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, at + bytes));
    buffer.copy(grown, 0, 0, at);
    buffer = grown;
  };
  const header = (length: number): void => {
    buffer[at] = STRING_32;
    buffer.writeUInt32BE(length, at + 1);
    at += HEADER_BYTES;
    count += 1;
  };

  return {
    addText: (text) => {
      reserve(HEADER_BYTES + text.length * 3);
      const length = buffer.write(text, at + HEADER_BYTES, 'utf8');
      header(length);
      at += length;
    },
    addBytes: (bytes, length = bytes.length) => {
      reserve(HEADER_BYTES + length);
      header(length);
      buffer.set(length === bytes.length ? bytes : bytes.subarray(0, length), at);
      at += length;
    },
    finish: () => {
      buffer[0] = ARRAY_32;
      buffer.writeUInt32BE(count, 1);
      return buffer.subarray(0, at);
    },
  };
};
