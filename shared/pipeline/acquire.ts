/**
 * Takes a partition over: step 1 of the protocol (docs/adr/0001-exactly-once.md). Redis decides where
 * reading goes on, Kafka decides what was published, and a log or a state that has lost something
 * stops the partition: a gap that is passed over silently is worse than one that stands still.
 */
import { createControl, type PartitionControl } from '../core/engine/control.js';
import { createNameTable } from '../core/engine/names.js';
import type { Cursor, LogRange } from '../core/ports.js';
import { openOutbox, type Outbox } from './outbox.js';
import type { TransactionSize } from './transaction-size.js';
import { StopPartition, type WorkerDeps } from './worker-deps.js';

export type Acquired = {
  readonly cursor: Cursor;
  readonly control: PartitionControl;
  readonly outbox: Outbox;
  /** Offset that reading starts from. */
  readonly start: number;
};

/** Acquires the partition; throws StopPartition when log and state do not fit together. */
export const acquirePartition = async (
  deps: WorkerDeps,
  transactionSize: TransactionSize,
): Promise<Acquired> => {
  const { partition, store, source, events } = deps;
  const cursor = usable(await store.acquire(partition));
  assertPartitionCount(cursor, source.partitionCount);
  const outbox = await openOutbox({
    ...deps,
    knownMark: cursor.published,
    transactionSize,
    hasBacklog: () => source.hasBacklog(),
    onPublished: (entries, tookMs) => {
      events.published(partition, entries, tookMs);
    },
    onDoubt: (error) => {
      events.publishDoubt(partition, error);
    },
  });
  try {
    const range = await source.logRange();
    const mark = outbox.highWaterMark();
    assertLogHolds(partition, cursor, { range, isMarked: outbox.isMarked() });
    if (cursor.next === null) {
      await store.clear(partition, cursor.epoch);
      if (mark > 0) events.rebuild(partition, mark);
    } else if (mark > cursor.next) {
      events.rollback(partition, { next: cursor.next, mark });
    }
    const control = await restoreControl(deps, cursor);
    const start = cursor.next ?? range.start;
    // Entries at or beyond the cursor are left over from a commit that was cut short: their records
    // will be applied again and give them again.
    const stored = await store.readOutbox(partition);
    outbox.add(stored.filter((entry) => entry.offset < start));
    if (cursor.next !== null) outbox.ensureMark();
    source.seek(start);
    events.acquired(partition, start);
    return { cursor, control, outbox, start };
  } catch (error) {
    await outbox.close();
    throw error;
  }
};

/**
 * Of a torn state nothing is used: it is rebuilt from the log like one that is gone. When the very
 * first commit was torn, nothing is.
 */
const usable = (cursor: Cursor): Cursor =>
  cursor.isTorn
    ? { ...cursor, isTorn: cursor.next !== null, next: null, pins: null, segmentCounts: {} }
    : cursor;

const restoreControl = async (
  { partition, store, artefacts }: WorkerDeps,
  { pins, epoch, next }: Cursor,
): Promise<PartitionControl> => {
  const control = createControl();
  const stored = await store.loadControl(partition, { epoch, next });
  const restored = {
    ...control,
    names: createNameTable(stored.names),
    rates: stored.rates,
    territories: stored.territories,
  };
  if (pins === null) return restored;
  await artefacts.waitFor(pins.rulebookVersion, pins.modelVersion);
  return {
    ...restored,
    streamTimeMs: pins.streamTimeMs,
    rulebook: artefacts.rulebook(pins.rulebookVersion) ?? control.rulebook,
    model: artefacts.model(pins.modelVersion) ?? control.model,
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

const assertLogHolds = (
  partition: number,
  { next, isTorn }: Cursor,
  { range, isMarked }: { readonly range: LogRange; readonly isMarked: boolean },
): void => {
  if (next === null) {
    // Without a mark nobody has worked here before: a new application may begin with a trimmed log.
    if (range.start === 0 || (!isMarked && !isTorn)) return;
    throw new StopPartition(
      `partition ${String(partition)}: the state is ${isTorn ? 'torn' : 'gone'} and the log starts at ` +
        `${String(range.start)}; restore a snapshot of Redis that is younger than the log`,
    );
  }
  assertWithin(partition, next, range);
};

/** Throws StopPartition when the log does not hold the next offset, nor is about to. */
export const assertWithin = (partition: number, next: number, range: LogRange): void => {
  if (next < range.start) {
    throw new StopPartition(
      `partition ${String(partition)}: the log no longer holds offset ${String(next)}, it starts ` +
        `at ${String(range.start)}; raise the retention and restore a snapshot of Redis that is ` +
        'younger than the log',
    );
  }
  if (next > range.end) {
    throw new StopPartition(
      `partition ${String(partition)}: the log ends at ${String(range.end)} but ${String(next)} ` +
        'records were applied; it was truncated or created anew: restore it, or rebuild into a ' +
        'new application name',
    );
  }
};
