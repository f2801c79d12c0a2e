/** Publishing beside the pipeline, against a publisher whose transactions end in every way. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { OutboxEntry } from '../../../../shared/core/ports.js';
import { openOutbox, type Outbox, type OutboxOptions } from '../../../../shared/pipeline/outbox.js';
import { createTransactionSize } from '../../../../shared/pipeline/transaction-size.js';

const entry = (offset: number, ordinal = 1): OutboxEntry => ({
  offset,
  ordinal,
  output: 0,
  key: null,
  value: Buffer.from(`${String(offset)}-${String(ordinal)}`),
});

/** What the next transactions do; `commit` when the list is used up. */
type Ending = 'commit' | 'lost reply' | 'abort' | 'fenced';

class Fenced extends Error {}

describe('the outbox of a partition', () => {
  let log: string[];
  let mark: number | null;
  let endings: Ending[];
  let trims: number[];
  let opened: number;
  let closed: number;
  let unreadableMarks: number;
  let nowMs: number;
  /** Entries that a transaction can hold before its coordinator loses patience. */
  let patience: number;
  beforeEach(() => {
    log = [];
    mark = null;
    endings = [];
    trims = [];
    opened = 0;
    closed = 0;
    unreadableMarks = 0;
    nowMs = 0;
    patience = Infinity;
  });

  const open = (change: Partial<OutboxOptions> = {}): Promise<Outbox> =>
    openOutbox({
      partition: 0,
      knownMark: 0,
      transactionSize: createTransactionSize(),
      store: {
        trimOutbox: (_partition: number, below: number) => {
          trims.push(below);
          return Promise.resolve();
        },
      } as unknown as OutboxOptions['store'],
      openPublisher: () => {
        opened += 1;
        return Promise.resolve({
          published: () => {
            if (unreadableMarks === 0) return Promise.resolve(mark);
            unreadableMarks -= 1;
            return Promise.reject(new Error('no coordinator'));
          },
          publish: (entries, nextOffset) => {
            const ending = endings.shift() ?? 'commit';
            if (ending === 'fenced' || entries.length > patience)
              return Promise.reject(new Fenced());
            if (ending === 'abort') return Promise.reject(new Error('aborted'));
            log.push(...entries.map(({ value }) => value?.toString() ?? ''));
            mark = nextOffset;
            if (ending === 'lost reply') return Promise.reject(new Error('timed out'));
            return Promise.resolve();
          },
          close: () => {
            closed += 1;
            return Promise.resolve();
          },
        });
      },
      hasBacklog: () => false,
      isFenced: (error) => error instanceof Fenced,
      onPublished: () => undefined,
      onDoubt: () => undefined,
      sleep: () => Promise.resolve(),
      nowMs: () => nowMs,
      ...change,
    });

  it('publishes in order, moves the mark and trims the store', async () => {
    const outbox = await open();
    outbox.add([entry(3), entry(3, 2), entry(5)]);
    await outbox.drain();
    expect(log).toEqual(['3-1', '3-2', '5-1']);
    expect(outbox.highWaterMark()).toBe(6);
    expect(trims.at(-1)).toBe(6);
    await outbox.close();
  });

  it('waits for no trim but at its end, and then none is left over', async () => {
    const slow: (() => void)[] = [];
    const store = {
      trimOutbox: (_partition: number, below: number) => {
        trims.push(below);
        return new Promise<void>((resolve) => slow.push(resolve));
      },
    } as unknown as OutboxOptions['store'];
    const outbox = await open({ store });
    for (const offset of [1, 2, 3]) {
      outbox.add([entry(offset)]);
      await outbox.drain();
    }
    expect(log).toEqual(['1-1', '2-1', '3-1']);
    expect(trims).toEqual([2]);
    let isClosed = false;
    const closing = outbox.close().then(() => (isClosed = true));
    slow[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(trims).toEqual([2, 4]);
    expect(isClosed).toBe(false);
    slow[1]?.();
    await closing;
  });

  it('skips what the mark says is published', async () => {
    mark = 5;
    const outbox = await open();
    outbox.add([entry(3), entry(4), entry(5)]);
    await outbox.drain();
    expect(log).toEqual(['5-1']);
    await outbox.close();
  });

  it('takes the copy of the store when Kafka has forgotten the mark', async () => {
    const outbox = await open({ knownMark: 4 });
    outbox.add([entry(3), entry(4)]);
    await outbox.drain();
    expect(log).toEqual(['4-1']);
    await outbox.close();
  });

  it('publishes once when the reply to a commit was lost', async () => {
    endings = ['lost reply'];
    const outbox = await open();
    outbox.add([entry(1), entry(2)]);
    await outbox.drain();
    expect(log).toEqual(['1-1', '2-1']);
    expect(opened).toBe(2);
    await outbox.close();
    expect(closed).toBe(2);
  });

  it('publishes again, with a new publisher, when a transaction was aborted', async () => {
    endings = ['abort', 'abort'];
    const outbox = await open();
    outbox.add([entry(1)]);
    await outbox.drain();
    expect(log).toEqual(['1-1']);
    expect(opened).toBe(3);
    await outbox.close();
    expect(closed).toBe(3);
  });

  it('closes a publisher whose mark it cannot read, and tries again', async () => {
    endings = ['abort'];
    const outbox = await open();
    unreadableMarks = 2;
    outbox.add([entry(1)]);
    await outbox.drain();
    expect(opened).toBe(4);
    await outbox.close();
    expect(closed).toBe(4);
  });

  it('never cuts a source record in two transactions', async () => {
    const marks: number[] = [];
    const outbox = await open({
      onPublished: (entries) => {
        marks.push(entries.length);
      },
    });
    // More than a transaction takes, all of one record, and one behind.
    outbox.add([...Array.from({ length: 5_000 }, (_, i) => entry(7, i + 1)), entry(8)]);
    await outbox.drain();
    expect(marks).toEqual([5_000, 1]);
    await outbox.close();
  });

  it('gives up when another owner has taken over, and says so to whoever waits', async () => {
    endings = ['fenced'];
    const outbox = await open();
    outbox.add([entry(1)]);
    await expect(outbox.drain()).rejects.toBeInstanceOf(Fenced);
    await expect(outbox.failed).rejects.toBeInstanceOf(Fenced);
    await expect(outbox.waitForRoom()).rejects.toBeInstanceOf(Fenced);
    expect(log).toEqual([]);
    await outbox.close();
  });

  it('gets on where full transactions time out, which looks like a fence, and grows again', async () => {
    patience = 300;
    const transactionSize = createTransactionSize();
    const sizes: number[] = [];
    const all = Array.from({ length: 4_000 }, (_, i) => entry(i));
    const drainAsOwner = async (): Promise<void> => {
      const outbox = await open({
        transactionSize,
        onPublished: ({ length }) => {
          sizes.push(length);
          // The machine has recovered.
          patience = Infinity;
        },
      });
      outbox.add(all);
      await outbox.drain().finally(() => outbox.close());
    };
    const attempts = [2_000, 1_000, 500, 250];
    for (const left of attempts) {
      await expect(drainAsOwner()).rejects.toBeInstanceOf(Fenced);
      expect(transactionSize.entriesMax()).toBe(left);
    }
    await drainAsOwner();
    expect(sizes).toEqual([250, 500, 1_000, 2_000, 250]);
    expect(log).toEqual(all.map(({ value }) => value?.toString()));
  });

  it('renews the mark of a partition that has nothing to publish for long', async () => {
    mark = 9;
    const outbox = await open();
    mark = null;
    nowMs = 13 * 3_600_000;
    outbox.add([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(mark).toBe(9);
    await outbox.close();
  });

  it('holds the pipeline back while too much waits', async () => {
    endings = [];
    const big = { ...entry(1), value: Buffer.alloc(70 << 20) };
    const outbox = await open();
    outbox.add([big]);
    expect(outbox.hasRoom()).toBe(false);
    await outbox.waitForRoom();
    expect(outbox.hasRoom()).toBe(true);
    await outbox.close();
  });
});
