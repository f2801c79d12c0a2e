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
import type {
  Commit,
  CommitResult,
  Cursor,
  LogRecord,
  OutboxEntry,
  SegmentCounts,
} from '../core/ports.js';
import type { PartitionControl } from '../core/engine/control.js';
import { acquirePartition, assertWithin } from './acquire.js';
import { createChunkApplier, type ChunkApplier } from './chunk-applier.js';
import type { Outbox } from './outbox.js';
import { createTransactionSize } from './transaction-size.js';
import { StopPartition, type WorkerDeps } from './worker-deps.js';

const RESTART_DELAY_MS = 300;
const RESTART_DELAY_MS_MAX = 3_000;
/** How often an idle owner looks whether the store still holds what it committed. */
const IDLE_CHECK_MS = 5_000;

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

export type WorkerStatus = 'acquiring' | 'running' | 'outbox full' | 'commit in doubt';

type Ownership = {
  readonly cursor: Cursor;
  readonly control: PartitionControl;
  readonly outbox: Outbox;
  readonly applier: ChunkApplier;
  readonly start: number;
  next: number | null;
  /** No chunk is under way. */
  isIdle: boolean;
  isLost: boolean;
};

/** Creates the worker of an assigned partition. */
export const createPartitionWorker = (deps: WorkerDeps): PartitionWorker => {
  const { partition, store, source, events, limits } = deps;
  const transactionSize = createTransactionSize();
  let current: Ownership | null = null;
  let sequence = 0;
  let isInDoubt = false;

  const acquire = async (): Promise<Ownership> => {
    const acquired = await acquirePartition(deps, transactionSize);
    const { cursor, control, outbox } = acquired;
    const applier = createChunkApplier({
      ...deps,
      control,
      segmentCounts: cursor.segmentCounts,
      position: () => ({ epoch: cursor.epoch, next: own.next }),
    });
    const own: Ownership = {
      ...acquired,
      applier,
      next: cursor.next,
      isIdle: false,
      isLost: false,
    };
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
    const result = await settle({
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
    isInDoubt = false;
    if (result !== 'committed') {
      events.lostOwnership(partition, result);
      return false;
    }
    pending.changes.clear();
    own.control.names.markStored();
    if (own.next === null) own.outbox.ensureMark();
    own.next = next;
    own.outbox.add(unpublished);
    source.reportProgress(next);
    events.committed(partition, { next, tookMs: deps.nowMs() - startedMs });
    return true;
  };

  /**
   * Commits until the outcome is known. When the reply is lost the cursor tells: it is there, it never
   * will be, or the very same values are written again, which also heals a commit that was cut short.
   * Computing them anew would not: half of them may be stored.
   */
  const settle = async (commit: Commit): Promise<CommitResult> => {
    for (;;) {
      try {
        return await store.commit(partition, commit);
      } catch (error) {
        isInDoubt = true;
        events.commitDoubt(partition, error);
        if (!deps.isRetriable(error)) throw error;
      }
      const cursor = await readCursor();
      if (cursor === null) return 'cursor';
      const { next, batchToken, epoch } = cursor;
      if (next === commit.next && batchToken === commit.batchToken) return 'committed';
      if (epoch !== commit.epoch) return 'fenced';
      if (next !== commit.expectedNext) return 'cursor';
    }
  };

  /** Reads the cursor however long it takes; null when the partition is taken away meanwhile. */
  const readCursor = async (): Promise<Cursor | null> => {
    while (source.isAssigned()) {
      await deps.sleep(RESTART_DELAY_MS);
      try {
        return await store.readCursor(partition);
      } catch (error) {
        if (!deps.isRetriable(error)) throw error;
      }
    }
    return null;
  };

  /**
   * While no records come, nobody would notice that the store went back to an older state, or that
   * somebody else owns the partition: an idle owner asks now and then.
   */
  const watchWhileIdle = async (own: Ownership): Promise<void> => {
    while (current === own && source.isAssigned()) {
      await deps.sleep(IDLE_CHECK_MS);
      const { next } = own;
      const isStillIdle = (): boolean => own.isIdle && own.next === next;
      if (!isStillIdle()) continue;
      const cursor = await store.readCursor(partition).catch(() => null);
      if (cursor === null || !isStillIdle()) continue;
      if (cursor.epoch === own.cursor.epoch && cursor.next === next) continue;
      own.isLost = true;
      source.seek(next ?? own.start);
      return;
    }
  };

  const process = async (own: Ownership, records: readonly LogRecord[]): Promise<boolean> => {
    const first = records[0];
    if (first === undefined) return true;
    await assertNoLoss(own, first.offset);
    let from = 0;
    while (from < records.length) {
      const taken = await applyAsOwner(own, records, from);
      if (taken === null) return false;
      from += taken;
      const last = records[from - 1];
      if (last === undefined) throw new Error('the applier took no record');
      if (!(await commit(own, last.offset + 1))) return false;
    }
    return true;
  };

  /**
   * Applies a chunk; null when that failed because the partition is no longer ours: what was loaded
   * then came from another owner's time, and anything may be wrong with it.
   */
  const applyAsOwner = async (
    own: Ownership,
    records: readonly LogRecord[],
    from: number,
  ): Promise<number | null> => {
    try {
      return await own.applier.apply(records, from);
    } catch (error) {
      if (deps.isRetriable(error)) throw error;
      const cursor = await readCursor();
      const isOurs = cursor?.epoch === own.cursor.epoch && cursor.next === own.next;
      if (isOurs) throw error;
      events.failed(partition, error);
      events.lostOwnership(partition, 'cursor');
      return null;
    }
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
      own.isIdle = true;
      const records = await source.take({
        records: limits.chunkRecordsMax,
        bytes: limits.chunkBytesMax,
      });
      own.isIdle = false;
      if (own.isLost) {
        events.lostOwnership(partition, 'cursor');
        return;
      }
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
        void watchWhileIdle(own);
        await runOwned(own);
        delayMs = RESTART_DELAY_MS;
      } catch (error) {
        if (error instanceof StopPartition) throw error;
        if (!deps.isRetriable(error)) throw error;
        events.failed(partition, error);
      } finally {
        current = null;
        isInDoubt = false;
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
    status: () => {
      if (current === null) return 'acquiring';
      if (isInDoubt) return 'commit in doubt';
      return current.outbox.hasRoom() ? 'running' : 'outbox full';
    },
  };
};
