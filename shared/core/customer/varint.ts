/**
 * Variable-length unsigned integers up to 2^53, seven bits a byte, low bits first. Values beyond
 * 31 bits are split at 28 bits first, since JavaScript's shifts stop at 32 bits; by multiplication,
 * because a remainder of doubles takes as long as all the rest of the number.
 */

/** A place in a byte array; reused by the reader so that reading allocates nothing. */
export type Cursor = { bytes: Uint8Array; at: number };

const SMALL = 0x80000000;
/** What four bytes hold. */
const TWO_28 = 0x10000000;
const PER_TWO_28 = 1 / TWO_28;

/** Returns how many bytes a value takes: 1 to 8. */
export const varintLength = (value: number): number => {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  if (value < TWO_28) return 4;
  return 4 + varintLength(Math.floor(value * PER_TWO_28));
};

/** Writes a non-negative integer below 2^53 and moves the cursor; the caller has made room. */
export const writeVarint = (cursor: Cursor, value: number): void => {
  const { bytes } = cursor;
  let at = cursor.at;
  let rest = value;
  if (value >= SMALL) {
    const high = Math.floor(value * PER_TWO_28);
    const low = value - high * TWO_28;
    bytes[at] = (low & 0x7f) | 0x80;
    bytes[at + 1] = ((low >>> 7) & 0x7f) | 0x80;
    bytes[at + 2] = ((low >>> 14) & 0x7f) | 0x80;
    bytes[at + 3] = (low >>> 21) | 0x80;
    at += 4;
    rest = high;
  }
  while (rest >= 0x80) {
    bytes[at] = (rest & 0x7f) | 0x80;
    at += 1;
    rest >>>= 7;
  }
  bytes[at] = rest;
  cursor.at = at + 1;
};

/** Reads what writeVarint wrote and moves the cursor; throws a RangeError past the end. */
export const readVarint = (cursor: Cursor): number => {
  const { bytes } = cursor;
  let at = cursor.at;
  let byte = bytes[at] ?? outOfBytes();
  at += 1;
  let value = byte & 0x7f;
  let scale = 0x80;
  while (byte >= 0x80) {
    byte = bytes[at] ?? outOfBytes();
    at += 1;
    value += (byte & 0x7f) * scale;
    scale *= 0x80;
  }
  cursor.at = at;
  return value;
};

const outOfBytes = (): never => {
  throw new RangeError('a varint runs past the end of its bytes');
};
