/**
 * What every state store must do, told once and run on the one in memory and on a real Redis. The
 * protocol leans on each of these sentences.
 */
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createCustomer } from '../../../../shared/core/customer/create.js';
import { createChangeSet } from '../../../../shared/core/engine/changes.js';
import { createControl } from '../../../../shared/core/engine/control.js';
import type { StateStore } from '../../../../shared/core/ports.js';
import { StateMoved } from '../../../../shared/core/state-moved.js';
import { plainState } from '../../../support/compare-state.js';
import { createMemoryStore } from '../../../support/memory-store.js';
import { DAY_MS, FROM_MS } from '../../../support/orders.js';
import {
  commitOf,
  foldInto,
  openRedisStore,
  openTestRedis,
  outboxEntry,
  randomApp,
  withDue,
} from '../../../support/store-builders.js';

const P = 3;
const redis = openTestRedis();
afterAll(() => {
  redis.disconnect();
});

const STORES: readonly (readonly [string, () => StateStore])[] = [
  ['in memory', () => createMemoryStore({ nowMs: () => 0 })],
  ['on Redis', () => openRedisStore(redis, randomApp())],
];

describe.each(STORES)('a state store %s', (_name, createStore) => {
  let store: StateStore;
  let epoch: string;
  beforeEach(async () => {
    store = createStore();
    ({ epoch } = await store.acquire(P));
  });

  it('knows nothing of a partition at first', async () => {
    const cursor = await store.readCursor(P);
    expect(cursor).toMatchObject({ next: null, partitionCount: null, pins: null, published: 0 });
    expect(await store.load(P, ['nobody'])).toEqual([null]);
    expect(await store.readOutbox(P)).toEqual([]);
    expect(await store.dueCount(P, Number.MAX_SAFE_INTEGER)).toBe(0);
  });

  it('raises the epoch with every acquisition and keeps the cursor', async () => {
    await store.commit(P, commitOf(epoch));
    const again = await store.acquire(P);
    expect(Number(again.epoch)).toBeGreaterThan(Number(epoch));
    expect(again.next).toBe(10);
  });

  it('reads for an owner only where it left the state', async () => {
    await store.commit(P, commitOf(epoch));
    const here = { epoch, next: 10 };
    const range = { untilMs: 0, limit: 10 };
    expect(await store.load(P, ['nobody'], here)).toEqual([null]);
    expect(await store.due(P, range, here)).toEqual([]);
    expect((await store.loadControl(P, here)).rates.size).toBe(0);
    await store.acquire(P);
    for (const elsewhere of [here, { epoch, next: null }]) {
      await expect(store.load(P, ['nobody'], elsewhere)).rejects.toThrow(StateMoved);
      await expect(store.due(P, range, elsewhere)).rejects.toThrow(StateMoved);
      await expect(store.loadControl(P, elsewhere)).rejects.toThrow(StateMoved);
    }
  });

  it('does not read for its owner what lies behind it', async () => {
    await store.commit(P, commitOf(epoch));
    await expect(store.load(P, ['nobody'], { epoch, next: 9 })).rejects.toThrow(StateMoved);
    await expect(store.load(P, ['nobody'], { epoch, next: null })).rejects.toThrow(StateMoved);
  });

  it('keeps partitions apart', async () => {
    await store.commit(P, commitOf(epoch, { outbox: [outboxEntry(1, 1)] }));
    expect((await store.readCursor(P + 1)).next).toBeNull();
    expect(await store.readOutbox(P + 1)).toEqual([]);
  });

  it('commits a cursor with versions, stream time, mark and counts', async () => {
    const control = { ...createControl(), streamTimeMs: FROM_MS };
    const changes = { control, published: 7, segmentCounts: { KA: 2, D: 40 } };
    expect(await store.commit(P, commitOf(epoch, changes))).toBe('committed');
    expect(await store.readCursor(P)).toEqual({
      epoch,
      next: 10,
      batchToken: 'token-1',
      isTorn: false,
      partitionCount: 4,
      published: 7,
      segmentCounts: { KA: 2, D: 40 },
      pins: {
        streamTimeMs: FROM_MS,
        rulebookVersion: control.rulebook.version,
        modelVersion: control.model.version,
      },
    });
  });

  it('refuses a commit that starts elsewhere than at the cursor, and changes nothing', async () => {
    await store.commit(P, commitOf(epoch));
    const late = commitOf(epoch, {
      expectedNext: null,
      next: 20,
      batchToken: 'token-2',
      outbox: [outboxEntry(15, 1)],
      changes: withDue('C-1', 5),
    });
    expect(await store.commit(P, late)).toBe('cursor');
    expect(await store.commit(P, { ...late, expectedNext: 9 })).toBe('cursor');
    expect((await store.readCursor(P)).batchToken).toBe('token-1');
    expect(await store.readOutbox(P)).toEqual([]);
    expect(await store.load(P, ['C-1'])).toEqual([null]);
    expect(await store.commit(P, { ...late, expectedNext: 10 })).toBe('committed');
  });

  it('refuses an owner before the last one, even at the right cursor', async () => {
    await store.acquire(P);
    const commit = commitOf(epoch, { outbox: [outboxEntry(1, 1)], changes: withDue('C-1', 5) });
    expect(await store.commit(P, commit)).toBe('fenced');
    expect((await store.readCursor(P)).next).toBeNull();
    expect(await store.readOutbox(P)).toEqual([]);
    expect(await store.load(P, ['C-1'])).toEqual([null]);
  });

  it('tells what became of a commit whose reply was lost', async () => {
    await store.commit(P, commitOf(epoch, { batchToken: 'mine' }));
    const { next, batchToken } = await store.readCursor(P);
    expect({ next, batchToken }).toEqual({ next: 10, batchToken: 'mine' });
    // The same commit again, as by a retry: refused, since it was applied.
    expect(await store.commit(P, commitOf(epoch, { batchToken: 'mine' }))).toBe('cursor');
  });

  it('keeps outputs in the order of source offset and ordinal, with keys and tombstones', async () => {
    const entries = [
      outboxEntry(1, 1, 'a'),
      outboxEntry(1, 2, ''),
      { ...outboxEntry(4, 1, 'b'), key: null },
      outboxEntry(4, 2, null),
      outboxEntry(9, 1, 'x'.repeat(200_000)),
    ];
    await store.commit(P, commitOf(epoch, { outbox: entries }));
    await store.commit(P, {
      ...commitOf(epoch, { expectedNext: 10, next: 11, batchToken: 't2' }),
      outbox: [outboxEntry(10, 1, 'c')],
    });
    expect(await store.readOutbox(P)).toEqual([...entries, outboxEntry(10, 1, 'c')]);
  });

  it('reads an outbox of many entries whole and in order', async () => {
    const entries = Array.from({ length: 2_345 }, (_, i) => outboxEntry(i, 1, `v${String(i)}`));
    await store.commit(P, commitOf(epoch, { next: 3_000, outbox: entries }));
    expect(await store.readOutbox(P)).toEqual(entries);
  });

  it('trims what is below a source offset, as often as asked', async () => {
    const entries = [outboxEntry(1, 1), outboxEntry(4, 1), outboxEntry(4, 2), outboxEntry(6, 1)];
    await store.commit(P, commitOf(epoch, { outbox: entries }));
    await store.trimOutbox(P, 4);
    await store.trimOutbox(P, 2);
    expect(await store.readOutbox(P)).toEqual(entries.slice(1));
    await store.trimOutbox(P, 100);
    expect(await store.readOutbox(P)).toEqual([]);
  });

  it('gives back customers as they were committed, in the order asked for', async () => {
    const control = createControl();
    const changes = createChangeSet();
    const customers = ['C-2', 'C-1', 'Ärzte/€ & {Co}'].map((id) => {
      const customer = createCustomer(id);
      foldInto(customer, { control, changes }, { id: `${id}-1`, atMs: FROM_MS });
      foldInto(customer, { control, changes }, { id: `${id}-2`, atMs: FROM_MS + DAY_MS });
      return customer;
    });
    await store.commit(P, commitOf(epoch, { control, changes }));
    const loaded = await store.load(P, ['Ärzte/€ & {Co}', 'nobody', 'C-1', 'C-2']);
    expect(loaded.map((state) => state && plainState(state))).toEqual(
      [customers[2], null, customers[1], customers[0]].map((state) => state && plainState(state)),
    );
  });

  it('patches a ledger from a byte on: appended, corrected, shortened', async () => {
    const control = createControl();
    const customer = createCustomer('C-1');
    let expectedNext: number | null = null;
    const steps = [
      { id: 'o1', atMs: FROM_MS },
      { id: 'o3', atMs: FROM_MS + 2 * DAY_MS },
      { id: 'o4', atMs: FROM_MS + 3 * DAY_MS },
      // Late: goes in the middle, so the ledger is written anew.
      { id: 'o2', atMs: FROM_MS + DAY_MS },
    ];
    for (const [i, step] of steps.entries()) {
      const changes = createChangeSet();
      foldInto(customer, { control, changes }, step);
      const commit = commitOf(epoch, {
        expectedNext,
        next: i + 1,
        batchToken: String(i),
        control,
        changes,
      });
      expect(await store.commit(P, commit)).toBe('committed');
      expectedNext = i + 1;
      const [loaded] = await store.load(P, ['C-1']);
      expect(loaded && plainState(loaded)).toEqual(plainState(customer));
    }
  });

  it('forgets the ledger of a customer that was emptied', async () => {
    const control = createControl();
    const changes = createChangeSet();
    const customer = createCustomer('C-1');
    foldInto(customer, { control, changes }, { id: 'o1', atMs: FROM_MS });
    await store.commit(P, commitOf(epoch, { control, changes }));
    const emptied = createChangeSet();
    const change = emptied.touch(createCustomer('C-1'));
    change.ledgerFromByte = 0;
    change.isStandingChanged = true;
    change.isDueChanged = true;
    await store.commit(
      P,
      commitOf(epoch, { expectedNext: 10, next: 11, control, changes: emptied }),
    );
    const [loaded] = await store.load(P, ['C-1']);
    expect(loaded && plainState(loaded)).toEqual(plainState(createCustomer('C-1')));
  });

  it('gives due customers by time, then by the bytes of their id, up to a limit', async () => {
    const changes = createChangeSet();
    // Beyond the basic plane UTF-16 sorts otherwise than bytes do.
    const late = [
      ['b', 20],
      ['a', 20],
      ['\u{1F600}', 20],
      ['\uFB00', 20],
      ['z', 0],
      ['y', 30],
    ];
    for (const [id, dueAtMs] of late) withDue(String(id), Number(dueAtMs), changes);
    await store.commit(P, commitOf(epoch, { changes }));
    expect(await store.due(P, { untilMs: 20, limit: 10 })).toEqual([
      'z',
      'a',
      'b',
      '\uFB00',
      '\u{1F600}',
    ]);
    expect(await store.due(P, { untilMs: 20, limit: 2 })).toEqual(['z', 'a']);
    expect(await store.dueCount(P, 29)).toBe(5);
    expect(await store.dueCount(P, 30)).toBe(6);
  });

  it('moves a customer in the due queue, and takes it out at a negative time', async () => {
    await store.commit(P, commitOf(epoch, { changes: withDue('a', 5, withDue('b', 6)) }));
    const moved = withDue('a', 50, withDue('b', -1));
    await store.commit(P, commitOf(epoch, { expectedNext: 10, next: 11, changes: moved }));
    expect(await store.due(P, { untilMs: 40, limit: 10 })).toEqual([]);
    expect(await store.due(P, { untilMs: 50, limit: 10 })).toEqual(['a']);
  });

  it('makes all customers due at once, but for those the same commit moves', async () => {
    await store.commit(P, commitOf(epoch, { changes: withDue('a', 500, withDue('b', 600)) }));
    const commit = commitOf(epoch, {
      expectedNext: 10,
      next: 11,
      isAllDue: true,
      changes: withDue('c', 700),
    });
    await store.commit(P, commit);
    expect(await store.due(P, { untilMs: 0, limit: 10 })).toEqual(['a', 'b']);
    expect(await store.due(P, { untilMs: 700, limit: 10 })).toEqual(['a', 'b', 'c']);
  });

  it('keeps names, rates and territories, and only the touched ones', async () => {
    const control = createControl();
    control.names.idOf('seals');
    control.names.idOf('Öl & Fett');
    control.rates.set('USD', [{ epochDay: 20_000, minorRateNano: 900_000_000 }]);
    control.rates.set('CHF', [{ epochDay: 20_000, minorRateNano: 1 }]);
    control.territories.set('T1', { salesRep: null, staffedFromMs: 5 });
    const touched = { touchedCurrencies: new Set(['USD']), touchedTerritories: new Set(['T1']) };
    await store.commit(P, commitOf(epoch, { control, ...touched }));
    const stored = await store.loadControl(P);
    expect(stored.names).toEqual(['seals', 'Öl & Fett']);
    expect([...stored.rates]).toEqual([
      ['USD', [{ epochDay: 20_000, minorRateNano: 900_000_000 }]],
    ]);
    expect([...stored.territories]).toEqual([['T1', { salesRep: null, staffedFromMs: 5 }]]);
  });

  it('clears a partition that has no cursor, for the owner only', async () => {
    const other = await store.acquire(P + 1);
    await store.commit(P + 1, commitOf(other.epoch, { changes: withDue('kept', 1) }));
    await store.commit(
      P,
      commitOf(epoch, { outbox: [outboxEntry(1, 1)], changes: withDue('a', 1) }),
    );
    // A partition with a cursor has a state, which nobody may clear.
    await store.clear(P, epoch);
    expect(await store.dueCount(P, 1)).toBe(1);
    expect(await store.dueCount(P + 1, 1)).toBe(1);
  });
});
