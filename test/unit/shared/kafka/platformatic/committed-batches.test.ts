import {
  committedBatches,
  lastOffsetOf,
  takeBatch,
  type FetchedPartition,
} from '../../../../../shared/kafka/platformatic/committed-batches.js';

type Batch = NonNullable<FetchedPartition['records']>[number];

const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;
const marker = (type: number): Buffer => Buffer.from([0, 0, 0, type]);

const batch = (at: number, producer: number, over: Partial<Batch> = {}): Batch =>
  ({
    firstOffset: BigInt(at),
    lastOffsetDelta: 0,
    attributes: TRANSACTIONAL,
    producerId: BigInt(producer),
    firstTimestamp: 1_000n,
    maxTimestamp: 9_000n,
    records: [
      { offsetDelta: 0, timestampDelta: 5n, key: null, value: Buffer.from('v'), headers: [] },
    ],
    ...over,
  }) as unknown as Batch;
const end = (at: number, producer: number, type: 'abort' | 'commit'): Batch =>
  batch(at, producer, {
    attributes: TRANSACTIONAL | CONTROL,
    records: [{ key: marker(type === 'abort' ? 0 : 1) }] as unknown as Batch['records'],
  });
const offsets = (
  records: readonly Batch[],
  aborted: readonly (readonly [number, number])[],
): readonly number[] =>
  committedBatches({
    records: [...records],
    abortedTransactions: aborted.map(([producer, first]) => ({
      producerId: BigInt(producer),
      firstOffset: BigInt(first),
    })),
  }).map(({ firstOffset }) => Number(firstOffset));

describe('the committed batches of a fetched partition', () => {
  it('leave out a transaction whose marker is not in the answer', () => {
    expect(offsets([batch(0, 1), batch(1, 2)], [[1, 0]])).toEqual([1]);
  });

  it('leave out every aborted transaction of a producer, and keep those it committed between', () => {
    const records = [
      batch(0, 1),
      end(1, 1, 'abort'),
      batch(2, 1),
      end(3, 1, 'commit'),
      batch(4, 1),
      end(5, 1, 'abort'),
    ];
    const aborted = [
      [1, 4],
      [1, 0],
    ] as const;
    expect(offsets(records, aborted)).toEqual([2]);
  });

  it('keep what was written outside of transactions', () => {
    expect(offsets([batch(0, 1, { attributes: 0 })], [[1, 0]])).toEqual([0]);
  });

  it('count as read up to the marker', () => {
    expect(
      lastOffsetOf({ records: [batch(3, 1), end(4, 1, 'commit')], abortedTransactions: null }),
    ).toBe(4);
    expect(lastOffsetOf({ records: [], abortedTransactions: null })).toBeNull();
  });

  it('hand out records from an offset on, with the time of the producer or of the broker', () => {
    const times: (readonly [number, number])[] = [];
    const take = ({ offset, timestampMs }: { offset: number; timestampMs: number }): void => {
      times.push([offset, timestampMs]);
    };
    takeBatch(batch(7, 1), 7, take);
    takeBatch(batch(8, 1, { attributes: TRANSACTIONAL | (1 << 3) }), 7, take);
    takeBatch(batch(6, 1), 7, take);
    expect(times).toEqual([
      [7, 1_005],
      [8, 9_000],
    ]);
  });
});
