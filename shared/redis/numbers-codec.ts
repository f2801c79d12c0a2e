/**
 * Packs arrays of doubles: whole numbers, which most features are, take 1 to 8 bytes, others 9.
 * Exact for every finite double: what is read back is bit for bit what was written.
 */
import { readVarint, writeVarint, type Cursor } from '../core/customer/varint.js';

const MAGNITUDE_MAX = 2 ** 50;
const FRACTION_MARK = 1;
const double = new DataView(new ArrayBuffer(8));
/** The bytes of `double`: a plain array is read several times faster than a view. */
const octets = new Uint8Array(double.buffer);

/** Upper bound of the bytes that `writeNumbers` needs for an array. */
export const numbersBytesMax = (count: number): number => 8 + count * 9;

/** Writes the count and the numbers, and moves the cursor; the caller has made room. */
export const writeNumbers = (cursor: Cursor, numbers: readonly number[]): void => {
  writeVarint(cursor, numbers.length);
  const { bytes } = cursor;
  for (let i = 0; i < numbers.length; i += 1) {
    const value = numbers[i] ?? 0;
    if (value === 0 && !Object.is(value, -0)) {
      bytes[cursor.at++] = 0;
    } else if (Number.isInteger(value) && value < MAGNITUDE_MAX && value > -MAGNITUDE_MAX) {
      // Even: a whole number, the second bit its sign.
      writeVarint(cursor, value < 0 ? -value * 4 + 2 : value * 4);
    } else {
      bytes[cursor.at++] = FRACTION_MARK;
      double.setFloat64(0, value);
      const { at } = cursor;
      for (let b = 0; b < 8; b += 1) bytes[at + b] = octets[b] ?? 0;
      cursor.at = at + 8;
    }
  }
};

/** Reads what writeNumbers wrote, as an array of doubles, and moves the cursor. */
export const readNumbers = (cursor: Cursor): number[] => {
  const count = readVarint(cursor);
  const numbers: number[] = [];
  for (let i = 0; i < count; i += 1) numbers.push(readNumber(cursor));
  return numbers;
};

const readNumber = (cursor: Cursor): number => {
  if (cursor.bytes[cursor.at] === FRACTION_MARK) {
    for (let b = 0; b < 8; b += 1) octets[b] = cursor.bytes[cursor.at + 1 + b] ?? 0;
    cursor.at += 9;
    return double.getFloat64(0);
  }
  const packed = readVarint(cursor);
  const magnitude = Math.floor(packed / 4);
  return packed % 4 === 2 ? -magnitude : magnitude;
};
