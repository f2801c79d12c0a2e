/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), which Kafka's record batches carry; that of
 * zlib is another polynomial. Eight bytes a step by eight tables ("slicing by 8", Kounavis and Berry
 * 2005), twice to three times as fast as the byte by byte of kafkajs.
 */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;

const createTables = (): Uint32Array => {
  const tables = new Uint32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1)
      crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at += 1) {
    const before = tables[at - 256] ?? 0;
    tables[at] = (before >>> 8) ^ (tables[before & 0xff] ?? 0);
  }
  return tables;
};

const T = createTables();

/** Returns the checksum of `bytes[from, end)` as an unsigned 32-bit number. */
export const crc32c = (bytes: Uint8Array, from: number, end: number): number => {
  let crc = -1;
  let at = from;
  for (const last = end - SLICES; at <= last; at += SLICES) {
    // Indices of a byte and a table never leave T, nor those below `end` the bytes.
    crc =
      (T[1792 + ((crc ^ (bytes[at] as number)) & 0xff)] as number) ^
      (T[1536 + (((crc >>> 8) ^ (bytes[at + 1] as number)) & 0xff)] as number) ^
      (T[1280 + (((crc >>> 16) ^ (bytes[at + 2] as number)) & 0xff)] as number) ^
      (T[1024 + ((crc >>> 24) ^ (bytes[at + 3] as number))] as number) ^
      (T[768 + (bytes[at + 4] as number)] as number) ^
      (T[512 + (bytes[at + 5] as number)] as number) ^
      (T[256 + (bytes[at + 6] as number)] as number) ^
      (T[bytes[at + 7] as number] as number);
  }
  for (; at < end; at += 1) {
    crc = (crc >>> 8) ^ (T[(crc ^ (bytes[at] as number)) & 0xff] as number);
  }
  return ~crc >>> 0;
};
