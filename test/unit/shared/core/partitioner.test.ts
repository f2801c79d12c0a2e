import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { murmur2, partitionOf } from '../../../../shared/core/partitioner.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the partitioner', () => {
  // Published by the Java client's own test, UtilsTest.testMurmur2 of apache/kafka.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as the Java client does', (text, hash) => {
    expect(murmur2(bytes(text))).toBe(hash);
  });

  it('puts any key on the partition that the default of other clients puts it on', () => {
    const partitions = Array.from({ length: 12 }, (_, partitionId) => ({
      partitionId,
      leader: 0,
      partitionErrorCode: 0,
      replicas: [0],
      isr: [0],
    }));
    const choose = Partitioners.DefaultPartitioner();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (customerId) => {
        const message = { key: customerId, value: '' };
        const partition = choose({ topic: 't', partitionMetadata: partitions, message });
        expect(partitionOf(customerId, partitions.length)).toBe(partition);
      }),
    );
  });
});
