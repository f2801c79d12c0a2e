import type { OutgoingRecord } from '../../../../shared/kafka/log-client.js';
import { packRequests } from '../../../../shared/kafka/transactor.js';

const KIB = 1 << 10;
const record = (topic: string, partition: number, bytes: number): OutgoingRecord => ({
  topic,
  partition,
  key: null,
  value: Buffer.alloc(bytes, topic),
});
const sizes = (records: readonly OutgoingRecord[]): readonly string[] =>
  packRequests(records).map(
    ({ topic, partition, records: { length } }) =>
      `${topic}/${String(partition)}: ${String(length)}`,
  );

describe('the requests of a transaction', () => {
  it('keep the batch of each partition below what the broker takes', () => {
    const records = Array.from({ length: 4 }, () => record('a', 0, 300 * KIB));
    expect(sizes(records)).toEqual(['a/0: 2', 'a/0: 2']);
  });

  it('go to one partition each: kafkajs repeats those to several brokers (see the soak)', () => {
    const records = [0, 1, 0, 1].map((partition) => record('a', partition, 300 * KIB));
    expect(sizes([...records, record('b', 0, 300 * KIB)])).toEqual(['a/0: 2', 'a/1: 2', 'b/0: 1']);
  });

  it('send a record of the largest size by itself', () => {
    const records = [record('a', 0, 10), record('a', 0, 1_024 * KIB), record('a', 0, 10)];
    expect(sizes(records)).toEqual(['a/0: 1', 'a/0: 1', 'a/0: 1']);
  });

  it('cut four thousand outputs of a kilobyte, in order, into what a broker takes', () => {
    const records = Array.from({ length: 4_000 }, () => record('a', 0, KIB));
    const requests = packRequests(records).map((request) => request.records);
    expect(requests.flat().map(({ value }) => value)).toEqual(records.map(({ value }) => value));
    const bytes = requests.map(({ length }) => length * KIB);
    expect(Math.max(...bytes)).toBeLessThan(1 << 20);
  });

  it('are none for a transaction of offsets only', () => {
    expect(packRequests([])).toEqual([]);
  });
});
