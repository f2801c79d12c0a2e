/**
 * Packs lists of strings and byte strings as MessagePack arrays into one growing buffer, so that a
 * commit of thousands of customers is a dozen arguments instead of thousands, each of which would
 * cost the client and the server more than its bytes. A list is used again and again: fresh megabytes
 * for every commit cost page faults and keep the garbage collector busy.
 */

const ARRAY_32 = 0xdd;
const STRING_32 = 0xdb;
const HEADER_BYTES = 5;
const INITIAL_BYTES = 512;
const ASCII_MAX = 0x7f;
/** Up to this length a loop is faster than a call into the runtime. */
const SHORT_CHARS_MAX = 64;

/** A list under construction; `finish` ends it and returns its bytes, valid until `reset`. */
export type PackedList = {
  readonly addText: (text: string) => void;
  /** Adds one element made of two texts, without joining them first. */
  readonly addJoined: (first: string, second: string) => void;
  readonly addBytes: (bytes: Uint8Array, length?: number) => void;
  /** Adds one element of `length` bytes that the caller writes itself. */
  readonly addWritten: (length: number, write: (buffer: Buffer, at: number) => void) => void;
  readonly finish: () => Buffer;
  /** Empties the list; its buffer is kept, so what `finish` returned must be done with. */
  readonly reset: () => void;
};

/** Writes a text as UTF-8 and returns how many bytes it took. */
const writeText = (buffer: Buffer, text: string, at: number): number => {
  const { length } = text;
  if (length > SHORT_CHARS_MAX) return buffer.write(text, at, 'utf8');
  for (let i = 0; i < length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > ASCII_MAX) return buffer.write(text, at, 'utf8');
    buffer[at + i] = code;
  }
  return length;
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
  /** Writes the header of an element whose bytes follow it, and moves behind both. */
  const close = (length: number): void => {
    buffer[at] = STRING_32;
    buffer[at + 1] = length >>> 24;
    buffer[at + 2] = length >>> 16;
    buffer[at + 3] = length >>> 8;
    buffer[at + 4] = length;
    at += HEADER_BYTES + length;
    count += 1;
  };

  return {
    addText: (text) => {
      reserve(HEADER_BYTES + text.length * 3);
      close(writeText(buffer, text, at + HEADER_BYTES));
    },
    addJoined: (first, second) => {
      reserve(HEADER_BYTES + (first.length + second.length) * 3);
      const length = writeText(buffer, first, at + HEADER_BYTES);
      close(length + writeText(buffer, second, at + HEADER_BYTES + length));
    },
    addBytes: (bytes, length = bytes.length) => {
      reserve(HEADER_BYTES + length);
      buffer.set(length === bytes.length ? bytes : bytes.subarray(0, length), at + HEADER_BYTES);
      close(length);
    },
    addWritten: (length, write) => {
      reserve(HEADER_BYTES + length);
      write(buffer, at + HEADER_BYTES);
      close(length);
    },
    finish: () => {
      buffer[0] = ARRAY_32;
      buffer.writeUInt32BE(count, 1);
      return buffer.subarray(0, at);
    },
    reset: () => {
      at = HEADER_BYTES;
      count = 0;
    },
  };
};
