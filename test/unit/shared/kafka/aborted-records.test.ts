import { createRequire } from 'node:module';
import { markAborted, type FetchedPartition } from '../../../../shared/kafka/aborted-records.js';

type Filter = (fetched: FetchedPartition) => FetchedPartition['messages'];
const kafkajsFilter = createRequire(__filename)(
  'kafkajs/src/consumer/filterAbortedMessages',
) as Filter;

const record = (offset: number, producerId: string) => ({
  offset: String(offset),
  key: Buffer.from('c'),
  isControlRecord: false,
  batchContext: { producerId, inTransaction: true },
});
const marker = (offset: number, producerId: string, type: 'abort' | 'commit') => ({
  ...record(offset, producerId),
  key: Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]),
  isControlRecord: true,
});

/** Two transactions overlap and abort, the later one first, which is the order of the broker's list. */
const overlapping = (): FetchedPartition => ({
  messages: [
    record(0, 'a'),
    record(1, 'b'),
    record(2, 'a'),
    marker(3, 'b', 'abort'),
    marker(4, 'a', 'abort'),
    record(5, 'a'),
    marker(6, 'a', 'commit'),
  ],
  abortedTransactions: [
    { producerId: 'b', firstOffset: '1' },
    { producerId: 'a', firstOffset: '0' },
  ],
});
const visible = (partition: FetchedPartition): readonly string[] => {
  markAborted(partition);
  return partition.messages.flatMap((m) => (m.isControlRecord === true ? [] : [m.offset]));
};

describe('records of aborted transactions', () => {
  it('are hidden when two transactions overlap, whatever the order of the list', () => {
    expect(visible(overlapping())).toEqual(['5']);
  });

  it("leak through kafkajs's own filter, which is why it is not relied upon", () => {
    const passed = kafkajsFilter(overlapping()).map(({ offset }) => offset);
    expect(passed).toContain('0');
  });

  it('are hidden when a fetch starts in the middle of several', () => {
    const messages = [record(8, 'b'), record(9, 'a'), record(10, 'c')];
    const abortedTransactions = [
      { producerId: 'a', firstOffset: '2' },
      { producerId: 'b', firstOffset: '3' },
    ];
    expect(visible({ messages, abortedTransactions })).toEqual(['10']);
  });

  it('do not end at a record whose key only looks like a marker', () => {
    const lookAlike = { ...record(1, 'a'), key: Buffer.alloc(4) };
    const messages = [record(0, 'a'), lookAlike, record(2, 'a'), marker(3, 'a', 'abort')];
    expect(
      visible({ messages, abortedTransactions: [{ producerId: 'a', firstOffset: '0' }] }),
    ).toEqual([]);
  });

  it('leave everything else alone', () => {
    const messages = [record(0, 'a'), record(1, 'b')];
    expect(visible({ messages, abortedTransactions: null })).toEqual(['0', '1']);
    expect(visible({ messages, abortedTransactions: [] })).toEqual(['0', '1']);
  });
});
