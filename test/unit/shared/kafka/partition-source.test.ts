/** The buffer between kafkajs and the worker: whatever is delivered, what is taken has no gaps. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { LogRange } from '../../../../shared/core/ports.js';
import {
  createPartitionSource,
  type BufferedSource,
} from '../../../../shared/kafka/partition-source.js';

const ALL = { records: 1_000, bytes: 1 << 20 };

type Call = readonly [string, string];

describe('a partition source', () => {
  let calls: Call[];
  let range: LogRange;
  let source: BufferedSource;
  beforeEach(() => {
    calls = [];
    range = { start: 0, end: 1_000 };
    source = createPartitionSource({
      partition: 1,
      partitionCount: 2,
      controls: {
        seek: (_partition, offset) => calls.push(['seek', String(offset)]),
        pause: () => calls.push(['pause', '']),
        resume: () => calls.push(['resume', '']),
      },
      logRange: () => Promise.resolve(range),
      onProblem: (name) => calls.push(['problem', name]),
    });
  });

  type Delivery = {
    readonly fetched: number;
    readonly offsets: readonly number[];
    readonly last?: number;
    readonly end?: number;
    readonly bytes?: number;
  };
  const deliver = ({ fetched, offsets, last, end = 1_000, bytes = 1 }: Delivery) => {
    source.push({
      fetchedOffset: fetched,
      highWatermark: end,
      lastOffset: last ?? offsets.at(-1) ?? fetched,
      forEach: (take) => {
        for (const offset of offsets) {
          take({ offset, timestampMs: 0, key: null, value: Buffer.alloc(bytes) }, undefined);
        }
      },
    });
  };
  const takeOffsets = async (): Promise<readonly number[]> =>
    (await source.take(ALL)).map(({ offset }) => offset);
  const checked = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('seeks and resumes when the worker positions it, and gives what is delivered', async () => {
    source.seek(5);
    expect(calls).toEqual([
      ['seek', '5'],
      ['resume', ''],
    ]);
    deliver({ fetched: 5, offsets: [5, 6, 7] });
    expect(await takeOffsets()).toEqual([5, 6, 7]);
  });

  it('drops what lies before the position and what it has already', async () => {
    source.seek(5);
    deliver({ fetched: 5, offsets: [3, 4, 5, 6] });
    deliver({ fetched: 5, offsets: [5, 6, 7] });
    expect(await takeOffsets()).toEqual([5, 6, 7]);
  });

  it('takes a batch that ends in a transaction marker as read to its end', async () => {
    source.seek(0);
    deliver({ fetched: 0, offsets: [0, 1], last: 2 });
    deliver({ fetched: 3, offsets: [3] });
    expect(await takeOffsets()).toEqual([0, 1, 3]);
  });

  it('goes over offsets that hold only aborted records and markers', async () => {
    source.seek(0);
    deliver({ fetched: 0, offsets: [0, 1] });
    source.skip({ firstOffset: 2, lastOffset: 9 });
    deliver({ fetched: 10, offsets: [10] });
    expect(await takeOffsets()).toEqual([0, 1, 10]);
  });

  it('refuses a batch that does not join on, and fetches again from where it stopped', async () => {
    source.seek(500);
    // Was under way when the position went back.
    deliver({ fetched: 900, offsets: [900, 901] });
    await checked();
    expect(calls.at(-1)).toEqual(['seek', '500']);
    deliver({ fetched: 500, offsets: [500] });
    expect(await takeOffsets()).toEqual([500]);
  });

  it('passes on a jump of the log itself, for the worker to judge', async () => {
    source.seek(50);
    range = { start: 200, end: 1_000 };
    deliver({ fetched: 200, offsets: [200] });
    await checked();
    deliver({ fetched: 200, offsets: [200] });
    expect(await takeOffsets()).toEqual([200]);
  });

  it('passes on records of a log that was cut behind the position', async () => {
    source.seek(50);
    range = { start: 0, end: 20 };
    deliver({ fetched: 0, offsets: [0], end: 20 });
    await checked();
    deliver({ fetched: 0, offsets: [0], end: 20 });
    expect(await takeOffsets()).toEqual([0]);
  });

  it('drops everything once it has ended', async () => {
    source.seek(0);
    source.end();
    deliver({ fetched: 0, offsets: [0] });
    expect(await takeOffsets()).toEqual([]);
    expect(source.isAssigned()).toBe(false);
  });

  it('gives back a take under way empty when the worker positions it anew', async () => {
    source.seek(0);
    const taking = takeOffsets();
    source.seek(7);
    deliver({ fetched: 7, offsets: [7] });
    expect(await taking).toEqual([]);
    expect(await takeOffsets()).toEqual([7]);
  });

  it('pauses when too many bytes wait and goes on when they were taken', async () => {
    source.seek(0);
    const offsets = Array.from({ length: 40 }, (_, i) => i);
    deliver({ fetched: 0, offsets, bytes: 1 << 20 });
    expect(calls.at(-1)).toEqual(['pause', '']);
    for (let taken = 0; taken < 40; taken += 1) await source.take({ records: 1, bytes: 1 });
    expect(calls.at(-1)).toEqual(['resume', '']);
  });

  it('cuts what it gives by records and by bytes, but gives at least one', async () => {
    source.seek(0);
    deliver({ fetched: 0, offsets: [0, 1, 2, 3], bytes: 100 });
    expect(await source.take({ records: 2, bytes: 1_000 })).toHaveLength(2);
    expect(await source.take({ records: 10, bytes: 50 })).toHaveLength(1);
  });

  it('counts as behind from 2,000 records that wait, not for the few of a steady flow', async () => {
    source.seek(0);
    const offsets = Array.from({ length: 2_000 }, (_, i) => i);
    deliver({ fetched: 0, offsets });
    expect(source.hasBacklog()).toBe(true);
    await source.take({ records: 1, bytes: 1 });
    expect(source.hasBacklog()).toBe(false);
  });
});
