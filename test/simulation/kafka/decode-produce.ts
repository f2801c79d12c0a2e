/** Reads the produce requests that the product encodes, by the description of the protocol. */
import type { ProducerIdentity } from './transactions.js';

type Reader = { readonly bytes: Buffer; at: number };

export type ProducedBatch = {
  readonly identity: ProducerIdentity;
  /** Topic and partition. */
  readonly log: string;
  readonly sequence: number;
  readonly messages: readonly { readonly key: Buffer | null; readonly value: Buffer | null }[];
};

const int16 = (reader: Reader): number => reader.bytes.readInt16BE((reader.at += 2) - 2);
const int32 = (reader: Reader): number => reader.bytes.readInt32BE((reader.at += 4) - 4);
const text = (reader: Reader): string => {
  const length = int16(reader);
  return reader.bytes.toString('utf8', reader.at, (reader.at += length));
};
const varint = (reader: Reader): number => {
  let zigzag = 0;
  for (let scale = 1; ; scale *= 0x80) {
    const byte = reader.bytes.readUInt8(reader.at);
    reader.at += 1;
    zigzag += (byte & 0x7f) * scale;
    if (byte < 0x80) return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }
};
const part = (reader: Reader): Buffer | null => {
  const length = varint(reader);
  return length < 0 ? null : reader.bytes.subarray(reader.at, (reader.at += length));
};

/** A record: length, attributes, time, index, key, value, no headers. */
const record = (reader: Reader): ProducedBatch['messages'][number] => {
  const end = varint(reader) + reader.at;
  reader.at += 2;
  varint(reader);
  const [key, value] = [part(reader), part(reader)];
  reader.at = end;
  return { key, value };
};

const PRODUCER_ID_AT = 43;

const batch = (reader: Reader, topic: string): ProducedBatch => {
  const log = `${topic}/${String(int32(reader))}`;
  const length = int32(reader);
  const end = reader.at + length;
  reader.at += PRODUCER_ID_AT;
  const producerId = Number(reader.bytes.readBigInt64BE(reader.at));
  reader.at += 8;
  const identity = { producerId, epoch: int16(reader) };
  const sequence = int32(reader);
  const messages = Array.from({ length: int32(reader) }, () => record(reader));
  if (reader.at !== end) throw new Error('the batch has another length than it says');
  return { identity, log, sequence, messages };
};

/** Decodes a request: transactional id, acknowledgements, time-out, batches by topic. */
export const decodeProduce = (bytes: Buffer): readonly ProducedBatch[] => {
  const reader: Reader = { bytes, at: 0 };
  text(reader);
  reader.at += 6;
  const batches: ProducedBatch[] = [];
  for (let topics = int32(reader); topics > 0; topics -= 1) {
    const topic = text(reader);
    for (let partitions = int32(reader); partitions > 0; partitions -= 1) {
      batches.push(batch(reader, topic));
    }
  }
  return batches;
};
