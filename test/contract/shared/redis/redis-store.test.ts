/** What only the store on Redis can do or suffer: lost cursors, flushed scripts, half-run scripts. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { createChangeSet } from '../../../../shared/core/engine/changes.js';
import type { StateStore } from '../../../../shared/core/ports.js';
import { partitionKeys } from '../../../../shared/redis/keys.js';
import {
  commitOf,
  openRedisStore,
  openTestRedis,
  outboxEntry,
  randomApp,
  withDue,
} from '../../../support/store-builders.js';

const P = 3;

describe('the state store on Redis', () => {
  let redis: Redis;
  let name: string;
  let store: StateStore;
  beforeAll(() => {
    redis = openTestRedis();
  });
  afterAll(() => {
    redis.disconnect();
  });
  beforeEach(() => {
    name = randomApp();
    store = openRedisStore(redis, name);
  });
  const loseCursor = (): Promise<number> =>
    redis.hdel(partitionKeys(name, P).cursor, 'next', 'batchToken');

  it('clears what is left of a partition whose cursor is gone, and keeps the epoch', async () => {
    const { epoch } = await store.acquire(P);
    await store.commit(
      P,
      commitOf(epoch, { outbox: [outboxEntry(1, 1)], changes: withDue('a', 1) }),
    );
    await loseCursor();
    await store.clear(P, epoch);
    expect(await store.load(P, ['a'])).toEqual([null]);
    expect(await store.readOutbox(P)).toEqual([]);
    expect(await store.dueCount(P, 1)).toBe(0);
    expect((await store.readCursor(P)).epoch).toBe(epoch);
  });

  it('says that a state is torn after a commit that was cut short, until it is whole again', async () => {
    const { epoch } = await store.acquire(P);
    const { due } = partitionKeys(name, P);
    // A value of another type at a key makes the script fail half-way, behind its first writes.
    await redis.set(due, 'not a sorted set');
    const commit = commitOf(epoch, { changes: withDue('a', 1) });
    await expect(store.commit(P, commit)).rejects.toThrow('WRONGTYPE');
    expect(await store.readCursor(P)).toMatchObject({ isTorn: true, next: null });
    await redis.del(due);
    expect(await store.commit(P, commit)).toBe('committed');
    expect(await store.readCursor(P)).toMatchObject({ isTorn: false, next: 10 });
  });

  it('clears a torn state together with its cursor, so that it is rebuilt', async () => {
    const { epoch } = await store.acquire(P);
    await store.commit(P, commitOf(epoch, { changes: withDue('a', 1) }));
    await redis.hset(partitionKeys(name, P).cursor, 'torn', '1');
    await store.clear(P, epoch);
    expect(await store.readCursor(P)).toMatchObject({
      epoch,
      isTorn: false,
      next: null,
      pins: null,
    });
    expect(await store.load(P, ['a'])).toEqual([null]);
    expect(await store.dueCount(P, 1)).toBe(0);
  });

  it('does not let an owner that was frozen clear what the next one has written', async () => {
    const frozen = await store.acquire(P);
    const { epoch } = await store.acquire(P);
    await store.commit(P, commitOf(epoch, { changes: withDue('a', 1) }));
    await store.clear(P, frozen.epoch);
    expect(await store.dueCount(P, 1)).toBe(1);
    // Not even when the new owner has committed nothing but its cursor is not there yet.
    await loseCursor();
    await store.clear(P, frozen.epoch);
    expect(await store.dueCount(P, 1)).toBe(1);
  });

  it('takes the wall clock as the lower bound of an epoch, for a bump that was lost', async () => {
    const { epoch } = await openRedisStore(redis, name, () => 1_700_000_000_000).acquire(P);
    expect(epoch).toBe('1700000000000');
    expect((await store.acquire(P)).epoch).toBe('1700000000001');
  });

  it('works again after Redis forgot its scripts', async () => {
    const { epoch } = await store.acquire(P);
    await redis.script('FLUSH');
    expect(await store.commit(P, commitOf(epoch))).toBe('committed');
    await redis.script('FLUSH');
    expect((await store.acquire(P)).next).toBe(10);
  });

  it('heals a commit that was cut short by applying the same chunk again', async () => {
    const { epoch } = await store.acquire(P);
    const keys = partitionKeys(name, P);
    // As if the script had died behind its first writes.
    await redis.xadd(keys.outbox, '1-1', 'o', 'half');
    await redis.zadd(keys.due, 99, 'a');
    const commit = commitOf(epoch, {
      outbox: [outboxEntry(1, 1), outboxEntry(1, 2), outboxEntry(3, 1)],
      changes: withDue('a', 1),
    });
    expect(await store.commit(P, commit)).toBe('committed');
    expect((await redis.xrange(keys.outbox, '-', '+')).map(([id]) => id)).toEqual([
      '1-1',
      '1-2',
      '3-1',
    ]);
    expect(await store.due(P, { untilMs: 1, limit: 10 })).toEqual(['a']);
  });

  it('leaves the cursor alone when a write of the script fails', async () => {
    const { epoch } = await store.acquire(P);
    await redis.set(partitionKeys(name, P).due, 'not a queue');
    await expect(store.commit(P, commitOf(epoch, { changes: withDue('a', 1) }))).rejects.toThrow(
      /WRONGTYPE/,
    );
    expect((await store.readCursor(P)).next).toBeNull();
    await redis.del(partitionKeys(name, P).due);
    expect(await store.commit(P, commitOf(epoch, { changes: withDue('a', 1) }))).toBe('committed');
  });

  it('commits a chunk of more keys than a Lua call takes arguments', async () => {
    const { epoch } = await store.acquire(P);
    const changes = createChangeSet();
    const count = 12_001;
    for (let i = 0; i < count; i += 1) withDue(`C-${String(i)}`, i, changes);
    expect(await store.commit(P, commitOf(epoch, { changes }))).toBe('committed');
    expect(await store.dueCount(P, count)).toBe(count);
    const ids = Array.from({ length: count }, (_, i) => `C-${String(i)}`);
    expect((await store.load(P, ids)).filter((state) => state === null)).toEqual([]);
  });

  it('keeps nothing with a time to live', async () => {
    const { epoch } = await store.acquire(P);
    await store.commit(
      P,
      commitOf(epoch, { outbox: [outboxEntry(1, 1)], changes: withDue('a', 1) }),
    );
    const keys = partitionKeys(name, P);
    for (const key of [keys.cursor, keys.outbox, keys.due, keys.customer('a')]) {
      expect(await redis.ttl(key)).toBe(-1);
    }
  });
});
