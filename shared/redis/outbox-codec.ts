/** Packs outbox entries for the stream: output index, flags, key length, key, value. */
import type { OutboxEntry } from '../core/ports.js';

const HEADER_BYTES = 4;
const HAS_KEY = 1;
const HAS_VALUE = 2;

/** Returns the stream id of an entry: its identity, which also makes a repeated append fail. */
export const outboxId = (entry: OutboxEntry): string =>
  `${String(entry.offset)}-${String(entry.ordinal)}`;

/** Bytes that a packed entry takes; its coordinates are the stream id. */
export const outboxEntryBytes = ({ key, value }: OutboxEntry): number =>
  HEADER_BYTES + (key?.length ?? 0) + (value?.length ?? 0);

/** Packs an entry into a buffer that has room for outboxEntryBytes from `at` on. */
export const writeOutboxEntry = (
  { output, key, value }: OutboxEntry,
  buffer: Buffer,
  at: number,
): void => {
  const keyLength = key?.length ?? 0;
  buffer[at] = output;
  buffer[at + 1] = (key === null ? 0 : HAS_KEY) | (value === null ? 0 : HAS_VALUE);
  buffer.writeUInt16LE(keyLength, at + 2);
  if (key !== null) buffer.set(key, at + HEADER_BYTES);
  if (value !== null) buffer.set(value, at + HEADER_BYTES + keyLength);
};

/** Unpacks what writeOutboxEntry packed. */
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
