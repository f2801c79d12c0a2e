/** What waits in the buffer comes out as it went in, in order, whatever the sizes. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LogRecord } from '../../../../shared/core/ports.js';
import { createRecordBuffer } from '../../../../shared/kafka/record-buffer.js';

const part = fc.option(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  { nil: null },
);
const record: fc.Arbitrary<Omit<LogRecord, 'offset'>> = fc.record(
  {
    timestampMs: fc.nat(),
    key: part,
    value: part,
    headers: fc.constant([{ name: 'trace', value: Buffer.from('1') }]),
  },
  { requiredKeys: ['timestampMs', 'key', 'value'] },
);

describe('a record buffer', () => {
  it('gives back every record as it came, in order, in takes of any size', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 200 }),
        (values, records, bytes) => {
          const buffer = createRecordBuffer();
          const all = values.map((value, offset) => ({ offset, ...value }));
          for (const { headers, ...rest } of all) buffer.append(rest, headers);
          const taken: LogRecord[] = [];
          while (buffer.count() > 0) taken.push(...buffer.take({ records, bytes }));
          expect(taken).toEqual(all);
          expect(buffer.bytes()).toBe(0);
        },
      ),
    );
  });

  it('keeps records that were taken while others arrive, and takes one that is larger than its limit', () => {
    const buffer = createRecordBuffer();
    const large = Buffer.alloc(3 << 20, 7);
    buffer.append({ offset: 0, timestampMs: 1, key: null, value: large }, undefined);
    const [first] = buffer.take({ records: 10, bytes: 1 });
    for (let offset = 1; offset <= 20_000; offset += 1) {
      buffer.append({ offset, timestampMs: 1, key: null, value: Buffer.from([offset]) }, undefined);
    }
    expect(first?.value?.equals(large)).toBe(true);
    expect(buffer.take({ records: 20_000, bytes: 1 << 20 }).at(-1)?.offset).toBe(20_000);
    buffer.append({ offset: 20_001, timestampMs: 1, key: null, value: null }, undefined);
    buffer.clear();
    expect(buffer.take({ records: 1, bytes: 1 })).toEqual([]);
  });
});
