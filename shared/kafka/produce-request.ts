/**
 * Splits the records of a transaction into produce requests and encodes them: to each broker one with a
 * batch for every partition that it leads, and further ones where a partition has more than a batch.
 */
import type { OutgoingRecord } from './log-client.js';
import { sizeBatch, writeBatch, type BatchIdentity, type SizedBatch } from './record-batch.js';

/** The broker refuses batches above max.message.bytes of the topic, 1 MB here. */
const BATCH_BYTES_MAX = 768 << 10;
const RECORD_OVERHEAD_BYTES = 32;
const ACKS_OF_ALL = -1;
const TIMEOUT_MS = 30_000;
const SEQUENCES = 2 ** 31;

/** Records of one batch, all for one partition of one topic. */
export type Request = {
  readonly topic: string;
  readonly partition: number;
  readonly records: OutgoingRecord[];
};

const sizeOf = ({ key, value, headers = [] }: OutgoingRecord): number =>
  headers.reduce(
    (sum, header) => sum + Buffer.byteLength(header.name) + (header.value?.length ?? 0),
    (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES,
  );

/** Splits records into batches that the broker takes; the order per partition stays. */
export const packRequests = (records: readonly OutgoingRecord[]): readonly Request[] => {
  const requests: Request[] = [];
  const open = new Map<string, { readonly request: Request; bytes: number }>();
  for (const record of records) {
    const { topic, partition } = record;
    const size = sizeOf(record);
    const id = `${topic}/${String(partition)}`;
    let batch = open.get(id);
    if (batch === undefined || batch.bytes + size > BATCH_BYTES_MAX) {
      batch = { request: { topic, partition, records: [] }, bytes: 0 };
      open.set(id, batch);
      requests.push(batch.request);
    }
    batch.bytes += size;
    batch.request.records.push(record);
  }
  return requests;
};

/** A batch and the sequence number of its first record on its partition. */
export type Numbered = Request & { readonly firstSequence: number };

/** Counts the records that a producer sent to each partition; starts anew after 2^31. */
export const createSequences = () => {
  const next = new Map<string, number>();
  return {
    number: (request: Request): Numbered => {
      const id = `${request.topic}/${String(request.partition)}`;
      const firstSequence = next.get(id) ?? 0;
      next.set(id, (firstSequence + request.records.length) % SEQUENCES);
      return { ...request, firstSequence };
    },
  };
};

/** Cuts batches into requests, in order, none of which has two for one partition. */
export const groupRequests = (batches: readonly Numbered[]): readonly (readonly Numbered[])[] => {
  const requests: Numbered[][] = [];
  const sent = new Map<string, number>();
  for (const batch of batches) {
    const id = `${batch.topic}/${String(batch.partition)}`;
    const round = sent.get(id) ?? 0;
    sent.set(id, round + 1);
    (requests[round] ??= []).push(batch);
  }
  return requests;
};

const writeString = (bytes: Buffer, at: number, text: string): number =>
  bytes.writeInt16BE(bytes.write(text, at + 2), at) + Buffer.byteLength(text);

type Sized = Numbered & { readonly size: SizedBatch };

const byTopic = (batches: readonly Numbered[]): ReadonlyMap<string, readonly Sized[]> => {
  const topics = new Map<string, Sized[]>();
  for (const batch of batches) {
    const sized = { ...batch, size: sizeBatch(batch.records) };
    const known = topics.get(batch.topic);
    if (known === undefined) topics.set(batch.topic, [sized]);
    else known.push(sized);
  }
  return topics;
};

/** Encodes a request of batches, as versions 3 to 8 of the protocol have it. */
export const encodeProduce = (
  batches: readonly Numbered[],
  sender: Omit<BatchIdentity, 'firstSequence'> & { readonly transactionalId: string },
): Buffer => {
  const topics = byTopic(batches);
  const { transactionalId } = sender;
  let length = 2 + Buffer.byteLength(transactionalId) + 2 + 4 + 4;
  for (const [topic, sized] of topics) {
    length += 2 + Buffer.byteLength(topic) + 4;
    for (const { size } of sized) length += 4 + 4 + size.length;
  }
  const bytes = Buffer.allocUnsafe(length);
  let at = writeString(bytes, 0, transactionalId);
  at = bytes.writeInt16BE(ACKS_OF_ALL, at);
  at = bytes.writeInt32BE(TIMEOUT_MS, at);
  at = bytes.writeInt32BE(topics.size, at);
  for (const [topic, sized] of topics) {
    at = writeString(bytes, at, topic);
    at = bytes.writeInt32BE(sized.length, at);
    for (const { partition, firstSequence, size } of sized) {
      at = bytes.writeInt32BE(partition, at);
      at = bytes.writeInt32BE(size.length, at);
      at = writeBatch(bytes, at, size, { ...sender, firstSequence });
    }
  }
  return bytes;
};
