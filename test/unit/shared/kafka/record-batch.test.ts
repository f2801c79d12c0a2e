/** The encoder of record batches, beside the client's own: the same bytes from the same records. */
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { crc32c } from '../../../../shared/kafka/crc32c.js';
import type { OutgoingRecord } from '../../../../shared/kafka/log-client.js';
import { sizeBatch, writeBatch } from '../../../../shared/kafka/record-batch.js';

const requireHere = createRequire(import.meta.url);
type Encoded = { readonly buffer: Buffer };
const { RecordBatch } = requireHere('kafkajs/src/protocol/recordBatch/v0') as {
  readonly RecordBatch: (batch: object) => Promise<Encoded>;
};
const Record = requireHere('kafkajs/src/protocol/recordBatch/record/v0') as (
  record: object,
) => Encoded;
const Long = requireHere('kafkajs/src/utils/long') as {
  readonly fromValue: (value: string) => unknown;
};

const IDENTITY = {
  producerId: 9_007_199_254_740_993n,
  producerEpoch: 7,
  firstSequence: 2_147_483_000,
  timestampMs: 1_764_140_000_123,
};
const byClient = async (records: readonly OutgoingRecord[]): Promise<Buffer> => {
  const batch = await RecordBatch({
    firstTimestamp: IDENTITY.timestampMs,
    maxTimestamp: IDENTITY.timestampMs,
    producerId: Long.fromValue(String(IDENTITY.producerId)),
    producerEpoch: IDENTITY.producerEpoch,
    firstSequence: IDENTITY.firstSequence,
    transactional: true,
    lastOffsetDelta: records.length - 1,
    records: records.map(({ key, value, headers = [] }, offsetDelta) =>
      Record({
        offsetDelta,
        key,
        value,
        headers: Object.fromEntries(headers.map((header) => [header.name, header.value])),
      }),
    ),
  });
  return batch.buffer;
};
const byUs = (records: readonly OutgoingRecord[]): Buffer => {
  const size = sizeBatch(records);
  const bytes = Buffer.alloc(size.length + 10);
  expect(writeBatch(bytes, 5, size, IDENTITY)).toBe(size.length + 5);
  return bytes.subarray(5, size.length + 5);
};
const record = (over: Partial<OutgoingRecord>): OutgoingRecord => ({
  topic: 't',
  partition: 0,
  key: Buffer.from('key'),
  value: Buffer.from('value'),
  ...over,
});

describe('a record batch', () => {
  it('has the bytes of the client: nulls, empty parts, headers, lengths of one to three bytes', async () => {
    const headers = [
      { name: 'grüße', value: Buffer.from([0, 255]) },
      { name: 'empty', value: Buffer.alloc(0) },
    ];
    const records = [
      record({}),
      record({ key: null }),
      record({ value: null }),
      record({ key: Buffer.alloc(0), value: Buffer.alloc(0) }),
      record({ headers }),
      ...[63, 64, 127, 128, 8_191, 8_192, 70_000].map((bytes) =>
        record({ value: Buffer.alloc(bytes, bytes) }),
      ),
      ...Array.from({ length: 200 }, (_, i) => record({ key: Buffer.from(String(i)) })),
    ];
    expect(byUs(records).equals(await byClient(records))).toBe(true);
  });

  it('of one record has the bytes of the client', async () => {
    expect(byUs([record({})])).toEqual(await byClient([record({})]));
  });

  it('keeps headers in order, whatever they are called, twice of a name, and without a value', () => {
    const names = ['again', '__proto__', 'again', 'flag'];
    const headers = names.map((name) => ({
      name,
      value: name === 'flag' ? null : Buffer.from('x'),
    }));
    // Lengths and counts are zigzag-encoded: twice the number, and 1 for the length of null.
    const bytes = names.flatMap((name) => [
      2 * name.length,
      ...Buffer.from(name),
      ...(name === 'flag' ? [1] : [2, ...Buffer.from('x')]),
    ]);
    const encoded = byUs([record({ headers })]);
    expect(encoded.subarray(-bytes.length - 1)).toEqual(Buffer.from([2 * names.length, ...bytes]));
  });
});

describe('the checksum', () => {
  it('is that of the published vectors (RFC 3720, B.4)', () => {
    const vectors: readonly (readonly [Buffer, number])[] = [
      [Buffer.alloc(32), 0x8a9136aa],
      [Buffer.alloc(32, 0xff), 0x62a8ab43],
      [Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
      [Buffer.from('123456789'), 0xe3069283],
      [Buffer.alloc(0), 0],
    ];
    for (const [bytes, sum] of vectors) expect(crc32c(bytes, 0, bytes.length)).toBe(sum);
  });

  it('covers the part that is asked for, wherever it begins', () => {
    const bytes = Buffer.from('xxx123456789yy');
    expect(crc32c(bytes, 3, 12)).toBe(0xe3069283);
  });
});
