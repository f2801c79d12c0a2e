/**
 * Encodes records as a Kafka record batch (magic 2) of a transaction, uncompressed, in one pass into
 * the request's own bytes. The client's encoder makes several buffers and 64-bit numbers of every record
 * (docs/performance.md).
 */
import { crc32c } from './crc32c.js';
import type { OutgoingRecord } from './log-client.js';

export type BatchIdentity = {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly timestampMs: number;
};

/** A batch whose size is known. */
export type SizedBatch = {
  readonly records: readonly OutgoingRecord[];
  /** Bytes of each record behind its length. */
  readonly bodyLengths: readonly number[];
  readonly length: number;
};

/** Offset, length, leader epoch, magic, checksum; then 40 bytes that the checksum covers as well. */
const HEADER_BYTES = 61;
const CHECKED_FROM = 21;
/** Offset and length, which the length does not count. */
const PREFIX_BYTES = 12;
const MAGIC = 2;
const TRANSACTIONAL = 1 << 4;

/** Numbers are zigzag-encoded: no negative one but the length of null, −1. */
const NULL_LENGTH = 1;
const varintLength = (value: number): number => {
  let length = 1;
  for (let rest = value * 2; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
  return length;
};
const writeVarint = (bytes: Buffer, from: number, value: number): number => {
  let at = from;
  let rest = value * 2;
  while (rest >= 0x80) {
    bytes[at] = (rest & 0x7f) | 0x80;
    rest = Math.floor(rest / 0x80);
    at += 1;
  }
  bytes[at] = rest;
  return at + 1;
};

const partLength = (part: Uint8Array | null): number =>
  part === null ? 1 : varintLength(part.length) + part.length;
const writePart = (bytes: Buffer, from: number, part: Uint8Array | null): number => {
  if (part === null) {
    bytes[from] = NULL_LENGTH;
    return from + 1;
  }
  const at = writeVarint(bytes, from, part.length);
  bytes.set(part, at);
  return at + part.length;
};

const NO_HEADERS: NonNullable<OutgoingRecord['headers']> = [];

const headersLength = (headers: NonNullable<OutgoingRecord['headers']>): number => {
  let length = varintLength(headers.length);
  for (const { name, value } of headers) {
    const nameLength = Buffer.byteLength(name);
    length += varintLength(nameLength) + nameLength + partLength(value);
  }
  return length;
};

/** Attributes and time, which are the batch's, take a byte each. */
const bodyLength = ({ key, value, headers = NO_HEADERS }: OutgoingRecord, index: number): number =>
  2 + varintLength(index) + partLength(key) + partLength(value) + headersLength(headers);

/** Computes how many bytes the batch of these records takes. */
export const sizeBatch = (records: readonly OutgoingRecord[]): SizedBatch => {
  const bodyLengths = records.map(bodyLength);
  let length = HEADER_BYTES;
  for (const body of bodyLengths) length += varintLength(body) + body;
  return { records, bodyLengths, length };
};

const writeRecord = (
  bytes: Buffer,
  from: number,
  record: OutgoingRecord,
  index: number,
): number => {
  bytes[from] = 0;
  bytes[from + 1] = 0;
  let at = writeVarint(bytes, from + 2, index);
  at = writePart(bytes, at, record.key);
  at = writePart(bytes, at, record.value);
  const headers = record.headers ?? NO_HEADERS;
  at = writeVarint(bytes, at, headers.length);
  for (const { name, value } of headers) {
    at = writePart(bytes, at, Buffer.from(name));
    at = writePart(bytes, at, value);
  }
  return at;
};

/** Writes the batch at a place of the bytes, which have room for it; returns the place behind it. */
export const writeBatch = (
  bytes: Buffer,
  from: number,
  { records, bodyLengths, length }: SizedBatch,
  { producerId, producerEpoch, firstSequence, timestampMs }: BatchIdentity,
): number => {
  const end = from + length;
  bytes.writeBigInt64BE(0n, from);
  bytes.writeInt32BE(length - PREFIX_BYTES, from + 8);
  bytes.writeInt32BE(0, from + 12);
  bytes[from + 16] = MAGIC;
  bytes.writeInt16BE(TRANSACTIONAL, from + 21);
  bytes.writeInt32BE(records.length - 1, from + 23);
  bytes.writeBigInt64BE(BigInt(timestampMs), from + 27);
  bytes.writeBigInt64BE(BigInt(timestampMs), from + 35);
  bytes.writeBigInt64BE(producerId, from + 43);
  bytes.writeInt16BE(producerEpoch, from + 51);
  bytes.writeInt32BE(firstSequence, from + 53);
  bytes.writeInt32BE(records.length, from + 57);
  let at = from + HEADER_BYTES;
  for (const [index, record] of records.entries()) {
    at = writeVarint(bytes, at, bodyLengths[index] ?? 0);
    at = writeRecord(bytes, at, record, index);
  }
  bytes.writeUInt32BE(crc32c(bytes, from + CHECKED_FROM, end), from + 17);
  return at;
};
