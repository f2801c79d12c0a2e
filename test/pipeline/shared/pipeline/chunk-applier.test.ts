/** An owner that does not know yet that another went on takes nothing in of what that one stored. */
import { describe, expect, it } from '@jest/globals';
import type { InputEvent } from '../../../../shared/core/engine/input-event.js';
import { createControl } from '../../../../shared/core/engine/control.js';
import type { Cursor, StateStore } from '../../../../shared/core/ports.js';
import { StateMoved } from '../../../../shared/core/state-moved.js';
import { createChunkApplier } from '../../../../shared/pipeline/chunk-applier.js';
import { day, erasure, order, tick } from '../../../support/events.js';
import { createMemoryStore } from '../../../support/memory-store.js';

const P = 0;
const nothing = (): void => undefined;
const INPUTS: readonly InputEvent[] = [
  order(),
  tick(day(1)),
  erasure('c', day(10_000)),
  erasure('c', day(1)),
];
const RECORDS = INPUTS.map((_, offset) => ({ offset, timestampMs: 0, key: null, value: null }));

/** What one owner does with the log, from where it acquired the partition. */
const createOwner = (store: StateStore, cursor: Cursor) => {
  const control = createControl();
  let { next } = cursor;
  const outcomes: string[] = [];
  const applier = createChunkApplier({
    partition: P,
    store,
    control,
    segmentCounts: cursor.segmentCounts,
    position: () => ({ epoch: cursor.epoch, next }),
    decoder: {
      prepare: () => Promise.resolve(),
      decode: ({ offset }) => INPUTS[offset]!,
    },
    encoder: {
      encode: () => ({ output: 0, key: null, value: null }),
      deadLetter: () => ({ output: 0, key: null, value: null }),
    },
    artefacts: {
      rulebook: () => null,
      model: () => null,
      waitFor: () => Promise.resolve(),
      waitForActivation: () => Promise.resolve(),
    },
    events: {
      outcome: (kind) => {
        outcomes.push(kind);
      },
      staged: nothing,
      emitted: nothing,
      periodClosed: nothing,
    },
    limits: { cachedCustomersMax: 10 },
    nowMs: () => 0,
  });
  return {
    outcomes,
    customers: () => Object.values(applier.segmentCounts()).reduce((sum, count) => sum + count, 0),
    apply: (offset: number) => applier.apply(RECORDS, offset),
    commit: async (upTo: number) => {
      const { epoch } = cursor;
      const base = {
        epoch,
        expectedNext: next,
        next: upTo,
        batchToken: `${epoch}:${String(upTo)}`,
      };
      const rest = { partitionCount: 1, control, published: 0 };
      const result = await store.commit(P, { ...base, ...rest, ...applier.take() });
      next = upTo;
      return result;
    },
  };
};

describe('an owner that another one has overtaken', () => {
  it('loads no customer of the other’s time, nor who is due', async () => {
    const store = createMemoryStore({ nowMs: () => 0 });
    const slow = createOwner(store, await store.acquire(P));
    const quick = createOwner(store, await store.acquire(P));
    await quick.apply(0);
    expect(await quick.commit(1)).toBe('committed');
    await expect(slow.apply(0)).rejects.toThrow(StateMoved);
    await expect(slow.apply(1)).rejects.toThrow(StateMoved);
    expect(slow.outcomes).toEqual([]);
  });

  it('is not the one that goes on from where it committed', async () => {
    const store = createMemoryStore({ nowMs: () => 0 });
    const owner = createOwner(store, await store.acquire(P));
    await owner.apply(0);
    expect(await owner.commit(1)).toBe('committed');
    await owner.apply(1);
    expect(owner.outcomes).toEqual(['applied', 'applied']);
  });
});

describe('customers by segment', () => {
  it('are fewer by an erasure, not by one that was refused', async () => {
    const store = createMemoryStore({ nowMs: () => 0 });
    const owner = createOwner(store, await store.acquire(P));
    await owner.apply(0);
    expect(owner.customers()).toBe(1);
    await owner.apply(1);
    expect(owner.customers()).toBe(1);
    await owner.apply(2);
    expect(owner.outcomes).toEqual(['applied', 'applied', 'dead-letter', 'applied']);
    expect(owner.customers()).toBe(0);
  });
});
