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
import type { Cursor, LogRecord, OutboxEntry, SegmentCounts } from '../core/ports.js';
import type { PartitionControl } from '../core/engine/control.js';
import { acquirePartition, assertWithin } from './acquire.js';
import { createChunkApplier, type ChunkApplier } from './chunk-applier.js';
import type { Outbox } from './outbox.js';
import { StopPartition, type WorkerDeps } from './worker-deps.js';

const RESTART_DELAY_MS = 300;
const RESTART_DELAY_MS_MAX = 3_000;

export type PartitionWorker = {
  /** Runs until the partition is taken away or the process stops; never throws for what heals. */
  readonly run: () => Promise<void>;
  readonly outboxDepth: () => number;
  readonly nextOffset: () => number;
  /** What it is doing, for readiness: only `running` takes records. */
  readonly status: () => WorkerStatus;
  /** Customers by segment as of the last commit; empty while it owns nothing. */
  readonly segmentCounts: () => SegmentCounts;
  /** Event time of the partition in ms; 0 before the first tick. */
  readonly streamTimeMs: () => number;
};

export type WorkerStatus = 'acquiring' | 'running' | 'outbox full';

type Ownership = {
  readonly cursor: Cursor;
  readonly control: PartitionControl;
  readonly outbox: Outbox;
  readonly applier: ChunkApplier;
  readonly start: number;
  next: number | null;
};

/** Creates the worker of an assigned partition. */
export const createPartitionWorker = (deps: WorkerDeps): PartitionWorker => {
  const { partition, store, source, events, limits } = deps;
  let current: Ownership | null = null;
  let sequence = 0;

  const acquire = async (): Promise<Ownership> => {
    const acquired = await acquirePartition(deps);
    const { cursor, control, outbox } = acquired;
    const applier = createChunkApplier({
      ...deps,
      control,
      segmentCounts: cursor.segmentCounts,
    });
    const own = { ...acquired, applier, next: cursor.next };
    // A worker that waits for records must hear that its outputs cannot be published any more.
    outbox.failed.catch(() => {
      source.seek(own.next ?? own.start);
    });
    return own;
  };

  /** Commits what the applier gathered; true when the store has it, false to start over. */
  const commit = async (own: Ownership, next: number): Promise<boolean> => {
    sequence += 1;
    const batchToken = `${own.cursor.epoch}:${String(sequence)}`;
    const { outbox, ...pending } = own.applier.take();
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
        ...pending,
        control: own.control,
        outbox: unpublished,
        published: mark,
      });
      if (result !== 'committed') {
        events.lostOwnership(partition, result);
        return false;
      }
    } catch (error) {
      events.commitDoubt(partition, error);
      if (!(await isCommitted(next, batchToken))) return false;
    }
    pending.changes.clear();
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

  /** Offsets may have gaps (transaction markers), but the log must hold what is next. */
  const assertNoLoss = async (own: Ownership, offset: number): Promise<void> => {
    const expected = own.next ?? own.start;
    if (offset === expected) return;
    assertWithin(partition, expected, await source.logRange());
    if (offset < expected) throw new Error(`offset ${String(offset)} was applied already`);
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
    nextOffset: () => current?.next ?? current?.start ?? 0,
    segmentCounts: () => current?.applier.segmentCounts() ?? {},
    streamTimeMs: () => current?.control.streamTimeMs ?? 0,
    status: () =>
      current === null ? 'acquiring' : current.outbox.hasRoom() ? 'running' : 'outbox full',
  };
};
