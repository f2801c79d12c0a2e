/** Packs outbox entries for the stream: output index, flags, key length, key, value. */
import type { OutboxEntry } from '../core/ports.js';

const HEADER_BYTES = 4;
const HAS_KEY = 1;
const HAS_VALUE = 2;

/** Returns the stream id of an entry: its identity, which also makes a repeated append fail. */
export const outboxId = (entry: OutboxEntry): string =>
  `${String(entry.offset)}-${String(entry.ordinal)}`;

/** Packs an entry; its coordinates are the stream id. */
export const encodeOutboxEntry = ({ output, key, value }: OutboxEntry): Buffer => {
  const keyBytes = key ?? Buffer.alloc(0);
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header[0] = output;
  header[1] = (key === null ? 0 : HAS_KEY) | (value === null ? 0 : HAS_VALUE);
  header.writeUInt16LE(keyBytes.length, 2);
  return value === null
    ? Buffer.concat([header, keyBytes])
    : Buffer.concat([header, keyBytes, value]);
};

/** Unpacks what encodeOutboxEntry packed. */
export const decodeOutboxEntry = (id: string, packed: Buffer): OutboxEntry => {
  const [offset = '', ordinal = ''] = id.split('-');
  const flags = packed[1] ?? 0;
  const valueAt = HEADER_BYTES + packed.readUInt16LE(2);
  return {
    offset: Number(offset),
    ordinal: Number(ordinal),
    output: packed[0] ?? 0,
    key: (flags & HAS_KEY) === 0 ? null : packed.subarray(HEADER_BYTES, valueAt),
    value: (flags & HAS_VALUE) === 0 ? null : packed.subarray(valueAt),
  };
};
