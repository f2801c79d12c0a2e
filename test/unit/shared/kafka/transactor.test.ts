import { packRounds, type OutgoingRecord } from '../../../../shared/kafka/transactor.js';

const KIB = 1 << 10;
const record = (topic: string, partition: number | null, bytes: number): OutgoingRecord => ({
  topic,
  partition,
  key: null,
  value: Buffer.alloc(bytes, topic),
});
const sizes = (records: readonly OutgoingRecord[]): readonly Record<string, number>[] =>
  packRounds(records).map((round) =>
    Object.fromEntries(round.map(({ topic, messages }) => [topic, messages.length])),
  );

describe('the rounds of a transaction', () => {
  it('keep the batch of each partition below what the broker takes', () => {
    const records = Array.from({ length: 4 }, () => record('a', 0, 300 * KIB));
    expect(sizes(records)).toEqual([{ a: 2 }, { a: 2 }]);
  });

  it('count each partition by itself, so that one request fills several', () => {
    const records = [0, 1, 0, 1].map((partition) => record('a', partition, 300 * KIB));
    expect(sizes([...records, record('b', 0, 300 * KIB)])).toEqual([{ a: 4, b: 1 }]);
  });

  it('send a record of the largest size by itself', () => {
    const records = [record('a', 0, 10), record('a', 0, 1_024 * KIB), record('a', 0, 10)];
    expect(sizes(records)).toEqual([{ a: 1 }, { a: 1 }, { a: 1 }]);
  });

  it('cut four thousand outputs of a kilobyte, in order, into what a broker takes', () => {
    const records = Array.from({ length: 4_000 }, () => record('a', 0, KIB));
    const rounds = packRounds(records);
    const values = rounds.map((round) => round.flatMap(({ messages }) => messages));
    expect(values.flat().map(({ value }) => value)).toEqual(records.map(({ value }) => value));
    const bytes = values.map((messages) => messages.length * KIB);
    expect(Math.max(...bytes)).toBeLessThan(1 << 20);
  });

  it('are none for a transaction of offsets only', () => {
    expect(packRounds([])).toEqual([]);
  });
});
