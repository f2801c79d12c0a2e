import type { OutgoingRecord } from '../../../../shared/kafka/log-client.js';
import {
  createSequences,
  groupRequests,
  packRequests,
} from '../../../../shared/kafka/produce-request.js';

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

describe('the batches of a transaction', () => {
  it('keep the batch of each partition below what the broker takes', () => {
    const records = Array.from({ length: 4 }, () => record('a', 0, 300 * KIB));
    expect(sizes(records)).toEqual(['a/0: 2', 'a/0: 2']);
  });

  it('have one batch per partition', () => {
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

describe('sequence numbers', () => {
  it('count the records of each partition by itself, over transactions', () => {
    const { number } = createSequences();
    const numbered = (records: readonly OutgoingRecord[]): readonly number[] =>
      packRequests(records).map((batch) => number(batch).firstSequence);
    const [a, b] = [record('a', 0, 1), record('a', 1, 1)];
    expect(numbered([a, b, a])).toEqual([0, 0]);
    expect(numbered([a, b, record('b', 0, 1)])).toEqual([2, 1, 0]);
  });

  it('begin anew where 31 bits end, as brokers count', () => {
    const { number } = createSequences();
    const length = 2 ** 30;
    const batch = { topic: 'a', partition: 0, records: { length } as OutgoingRecord[] };
    expect([0, 1, 2, 3].map(() => number(batch).firstSequence)).toEqual([0, length, 0, length]);
  });
});

describe('the requests to a broker', () => {
  it('have each partition once, and its batches in order', () => {
    const batches = ['a0', 'b0', 'a1', 'a2', 'b1'].map((name) => ({
      topic: name.slice(0, 1),
      partition: 0,
      records: [],
      firstSequence: Number(name.slice(1)),
    }));
    const names = groupRequests(batches).map((request) =>
      request.map(({ topic, firstSequence }) => topic + String(firstSequence)),
    );
    expect(names).toEqual([['a0', 'b0'], ['a1', 'b1'], ['a2']]);
  });
});
