/**
 * The exactly-once protocol of one partition (docs/adr/0001-exactly-once.md):
 *
 * 1. Acquire: bump the epoch in Redis, read the cursor; open the publisher (fences the previous one
 *    in Kafka), read the high-water mark; re-queue the outbox; seek the input to the cursor.
 * 2. Take a chunk, decode it; load the customers it needs that are not in memory.
 * 3. Fold and decide, record by record, in offset order; outputs get their identity.
 * 4. Apply: one atomic script: epoch and cursor compared, outbox, states, due queue, cursor last.
 * 5. Publish beside the next chunk: outputs and high-water mark in one Kafka transaction; trim.
 *
 * If we die … after 1: nothing was written. After 4, before 5: the outbox holds the outputs. In 5: the
 * transaction is aborted or committed with its mark; the next owner reads the mark. If Redis loses
 * its newest writes, cursor, states and outbox roll back together, the mark is ahead of the cursor,
 * and outputs below the mark are computed again but not published again.
 */
import type { Cursor, LogRecord, OutboxEntry } from '../core/ports.js';
import { createControl, type PartitionControl } from '../core/engine/control.js';
import { createNameTable } from '../core/engine/names.js';
import { createChunkApplier, type ChunkApplier } from './chunk-applier.js';
import { openOutbox, type Outbox } from './outbox.js';
import { StopPartition, type WorkerDeps } from './worker-deps.js';

const RESTART_DELAY_MS = 300;
const RESTART_DELAY_MS_MAX = 3_000;

export type PartitionWorker = {
  /** Runs until the partition is taken away or the process stops; never throws for what heals. */
  readonly run: () => Promise<void>;
  readonly outboxDepth: () => number;
  readonly nextOffset: () => number;
};

type Ownership = {
  readonly cursor: Cursor;
  readonly control: PartitionControl;
  readonly outbox: Outbox;
  readonly applier: ChunkApplier;
  next: number | null;
};

/** Creates the worker of an assigned partition. */
export const createPartitionWorker = (deps: WorkerDeps): PartitionWorker => {
  const { partition, store, source, events, limits } = deps;
  let current: Ownership | null = null;
  let sequence = 0;

  const acquire = async (): Promise<Ownership> => {
    let cursor = await store.acquire(partition);
    assertPartitionCount(cursor, source.partitionCount);
    const outbox = await openOutbox({
      ...deps,
      hasBacklog: () => source.hasBacklog(),
      onPublished: events.published,
      onDoubt: (error) => {
        events.publishDoubt(partition, error);
      },
    });
    try {
      const logStart = await source.logStart();
      const mark = outbox.highWaterMark();
      if (cursor.next === null) {
        if (logStart > 0 && mark > 0) {
          throw new StopPartition(
            `partition ${String(partition)}: the state is gone and the log starts at ` +
              `${String(logStart)}; restore a snapshot of Redis that is younger than the log`,
          );
        }
        await store.clear(partition);
        cursor = await store.acquire(partition);
        if (mark > 0) events.rebuild(partition, mark);
      } else if (cursor.next < logStart) {
        throw new StopPartition(
          `partition ${String(partition)}: the log no longer holds offset ` +
            `${String(cursor.next)}, it starts at ${String(logStart)}; raise the retention and ` +
            `restore a snapshot of Redis that is younger than the log`,
        );
      } else if (mark > cursor.next) {
        events.rollback(partition, { next: cursor.next, mark });
      }
      const control = await restoreControl(cursor);
      const start = cursor.next ?? logStart;
      outbox.add(await store.readOutbox(partition));
      source.seek(start);
      events.acquired(partition, start);
      const applier = createChunkApplier({ ...deps, control });
      return { cursor, control, outbox, applier, next: cursor.next };
    } catch (error) {
      await outbox.close();
      throw error;
    }
  };

  const restoreControl = async (cursor: Cursor): Promise<PartitionControl> => {
    const control = createControl();
    const stored = await store.loadControl(partition);
    const { pins } = cursor;
    if (pins !== null) {
      await deps.artefacts.waitFor(pins.rulebookVersion, pins.modelVersion);
    }
    return {
      ...control,
      names: createNameTable(stored.names),
      rates: stored.rates,
      territories: stored.territories,
      streamTimeMs: pins?.streamTimeMs ?? 0,
      rulebook:
        (pins === null ? null : deps.artefacts.rulebook(pins.rulebookVersion)) ?? control.rulebook,
      model: (pins === null ? null : deps.artefacts.model(pins.modelVersion)) ?? control.model,
    };
  };

  /** Commits what the applier gathered; true when the store has it, false to start over. */
  const commit = async (own: Ownership, next: number): Promise<boolean> => {
    sequence += 1;
    const batchToken = `${own.cursor.epoch}:${String(sequence)}`;
    const { changes, outbox, touchedCurrencies, touchedTerritories, isAllDue } = own.applier.take();
    const mark = own.outbox.highWaterMark();
    const unpublished: OutboxEntry[] = outbox.filter((entry) => entry.offset >= mark);
    const startedMs = deps.nowMs();
    try {
      const result = await store.commit(partition, {
        epoch: own.cursor.epoch,
        expectedNext: own.next,
        next,
        batchToken,
        partitionCount: source.partitionCount,
        changes,
        control: own.control,
        touchedCurrencies,
        touchedTerritories,
        isAllDue,
        outbox: unpublished,
      });
      if (result !== 'committed') {
        events.lostOwnership(partition, result);
        return false;
      }
    } catch (error) {
      events.commitDoubt(partition, error);
      if (!(await isCommitted(next, batchToken))) return false;
    }
    changes.clear();
    own.next = next;
    own.outbox.add(unpublished);
    source.reportProgress(next);
    events.committed(partition, { next, tookMs: deps.nowMs() - startedMs });
    return true;
  };

  /** Asks the store what became of a commit whose reply was lost. */
  const isCommitted = async (next: number, batchToken: string): Promise<boolean> => {
    while (source.isAssigned()) {
      try {
        const cursor = await store.readCursor(partition);
        return cursor.next === next && cursor.batchToken === batchToken;
      } catch {
        await deps.sleep(RESTART_DELAY_MS);
      }
    }
    return false;
  };

  const process = async (own: Ownership, records: readonly LogRecord[]): Promise<boolean> => {
    const first = records[0];
    if (first === undefined) return true;
    await assertNoLoss(own, first.offset);
    let from = 0;
    while (from < records.length) {
      const taken = await own.applier.apply(records, from);
      from += taken;
      const last = records[from - 1];
      if (last === undefined) throw new Error('the applier took no record');
      if (!(await commit(own, last.offset + 1))) return false;
    }
    return true;
  };

  /** Offsets may have gaps (transaction markers), but the log must not have lost what is next. */
  const assertNoLoss = async (own: Ownership, offset: number): Promise<void> => {
    const expected = own.next ?? own.cursor.next ?? 0;
    if (offset < expected) throw new Error(`offset ${String(offset)} was applied already`);
    if (offset === expected || own.next === null) return;
    const logStart = await source.logStart();
    if (logStart > expected) {
      throw new StopPartition(
        `partition ${String(partition)}: offsets ${String(expected)} to ${String(logStart - 1)} ` +
          `were deleted before they were read; restore a snapshot of Redis or rebuild`,
      );
    }
  };

  const runOwned = async (own: Ownership): Promise<void> => {
    while (source.isAssigned()) {
      await own.outbox.waitForRoom();
      const records = await source.take({
        records: limits.chunkRecordsMax,
        bytes: limits.chunkBytesMax,
      });
      if (records.length === 0) continue;
      if (!(await process(own, records))) return;
    }
    await Promise.race([own.outbox.drain(), deps.sleep(limits.drainBudgetMs)]);
  };

  const run = async (): Promise<void> => {
    let delayMs = RESTART_DELAY_MS;
    while (source.isAssigned()) {
      let own: Ownership | null = null;
      try {
        own = await acquire();
        current = own;
        await runOwned(own);
        delayMs = RESTART_DELAY_MS;
      } catch (error) {
        if (error instanceof StopPartition) throw error;
        if (!deps.isRetriable(error)) throw error;
        events.failed(partition, error);
      } finally {
        current = null;
        await own?.outbox.close();
      }
      if (!source.isAssigned()) return;
      await deps.sleep(delayMs);
      delayMs = Math.min(delayMs * 2, RESTART_DELAY_MS_MAX);
    }
  };

  return {
    run,
    outboxDepth: () => current?.outbox.depth() ?? 0,
    nextOffset: () => current?.next ?? 0,
  };
};

const assertPartitionCount = (cursor: Cursor, partitionCount: number): void => {
  if (cursor.partitionCount === null || cursor.partitionCount === partitionCount) return;
  throw new StopPartition(
    `the state was built with ${String(cursor.partitionCount)} partitions, the topic has ` +
      `${String(partitionCount)}; customers would be on two partitions: restore the count or ` +
      `rebuild into a new application name`,
  );
};
