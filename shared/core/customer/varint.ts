/**
 * Variable-length unsigned integers up to 2^53, seven bits a byte, low bits first. Values beyond
 * 31 bits take the slow path with division, since JavaScript's shifts stop at 32 bits.
 */

/** A place in a byte array; reused by the reader so that reading allocates nothing. */
export type Cursor = { bytes: Uint8Array; at: number };

const SMALL = 0x80000000;

/** Returns how many bytes a value takes: 1 to 8. */
export const varintLength = (value: number): number => {
  let length = 1;
  let rest = value;
  while (rest >= 0x80) {
    rest = Math.floor(rest / 0x80);
    length += 1;
  }
  return length;
};

/** Writes a non-negative integer below 2^53 and moves the cursor; the caller has made room. */
export const writeVarint = (cursor: Cursor, value: number): void => {
  const { bytes } = cursor;
  let at = cursor.at;
  let rest = value;
  while (rest >= SMALL) {
    bytes[at] = (rest % 0x80) | 0x80;
    at += 1;
    rest = Math.floor(rest / 0x80);
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
