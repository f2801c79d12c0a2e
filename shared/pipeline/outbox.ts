/**
 * Publishes a partition's outputs beside the next chunks: whole source records, in offset order,
 * each in exactly one transaction together with the high-water mark. After any doubt about a
 * transaction the publisher is thrown away; opening the next one ends what the old one left open,
 * and the mark then says what became of it.
 */
import type { OpenPublisher, OutboxEntry, PartitionPublisher, StateStore } from '../core/ports.js';
import type { TransactionSize } from './transaction-size.js';

/** Under backlog, wait for this many entries before a transaction, or for LINGER_MS. */
const TRANSACTION_ENTRIES_WANTED = 2_000;
const LINGER_MS = 100;
/** Pending bytes above which the pipeline stops taking records. */
const PENDING_BYTES_MAX = 64 << 20;
const RETRY_DELAY_MS = 200;
/** Kafka forgets an offset that nobody commits (7 days by default), so the mark is renewed. */
const MARK_RENEWAL_MS = 12 * 3_600_000;

export type OutboxOptions = {
  readonly partition: number;
  /** The store's copy of the mark, for when Kafka has forgotten it; 0 without one. */
  readonly knownMark: number;
  readonly transactionSize: TransactionSize;
  readonly store: StateStore;
  readonly openPublisher: OpenPublisher;
  readonly hasBacklog: () => boolean;
  readonly isFenced: (error: unknown) => boolean;
  readonly onPublished: (entries: readonly OutboxEntry[], tookMs: number) => void;
  readonly onDoubt: (error: unknown) => void;
  readonly sleep: (ms: number) => Promise<void>;
  readonly nowMs: () => number;
};

export type Outbox = {
  /** Next source offset whose outputs are not published; 0 before anything was. */
  readonly highWaterMark: () => number;
  /** True when Kafka or the store knows a mark: somebody has worked on this partition before. */
  readonly isMarked: () => boolean;
  /** Sees to it that there is a mark, now that there is a state: see acquire.ts on lost states. */
  readonly ensureMark: () => void;
  readonly add: (entries: readonly OutboxEntry[]) => void;
  readonly depth: () => number;
  readonly hasRoom: () => boolean;
  /** Rejects when publishing has failed for good (it was fenced); never resolves. */
  readonly failed: Promise<never>;
  /** Resolves when pending bytes are below the bound; rejects when publishing was fenced. */
  readonly waitForRoom: () => Promise<void>;
  /** Resolves when nothing is pending; rejects when publishing was fenced. */
  readonly drain: () => Promise<void>;
  /** Stops publishing; what is pending stays in the store's outbox. */
  readonly close: () => Promise<void>;
};

const bytesOf = (entry: OutboxEntry): number => (entry.value?.length ?? 0) + 64;

/** Opens the outbox of a partition: fences the previous publisher and reads the mark. */
export const openOutbox = async (options: OutboxOptions): Promise<Outbox> => {
  const { partition, store, openPublisher, transactionSize, sleep, nowMs } = options;
  let isMarked = options.knownMark > 0;
  let isMarkWanted = false;
  const openAtMark = async (known: number): Promise<[PartitionPublisher, number]> => {
    const opened = await openPublisher(partition);
    try {
      const published = await opened.published();
      if (published !== null) isMarked = true;
      return [opened, Math.max(known, published ?? 0)];
    } catch (error) {
      await opened.close().catch(() => undefined);
      throw error;
    }
  };
  let [publisher, mark] = await openAtMark(options.knownMark);
  let markedAtMs = nowMs();
  let pending: OutboxEntry[] = [];
  let pendingBytes = 0;
  let isClosed = false;
  let failure: { readonly error: unknown } | null = null;
  let wake: () => void = () => undefined;
  let waiters: (() => void)[] = [];
  let isTrimming = false;
  let trimmed = Promise.resolve();

  /** Asked anew after every wait; the compiler would take the answer from before it. */
  const isOpen = (): boolean => !isClosed;
  const hasRoom = (): boolean => pendingBytes < PENDING_BYTES_MAX;
  const notify = (): void => {
    const woken = waiters;
    waiters = [];
    for (const resolve of woken) resolve();
  };
  const waitUntil = async (isDone: () => boolean): Promise<void> => {
    while (!isDone()) {
      if (failure !== null) throw failure.error;
      if (isClosed) return;
      await new Promise<void>((resolve) => waiters.push(resolve));
    }
    if (failure !== null) throw failure.error;
  };

  /** Takes whole source records off the front, skipping what the mark says is published. */
  const nextBatch = (): readonly OutboxEntry[] => {
    while (pending[0] !== undefined && pending[0].offset < mark) {
      const skipped = pending.findIndex((entry) => entry.offset >= mark);
      drop(skipped === -1 ? pending.length : skipped);
    }
    let end = Math.min(pending.length, transactionSize.entriesMax());
    const lastOffset = pending[end - 1]?.offset;
    while (end < pending.length && pending[end]?.offset === lastOffset) end += 1;
    return pending.slice(0, end);
  };
  const drop = (count: number): void => {
    for (let i = 0; i < count; i += 1) pendingBytes -= bytesOf(pending[i] as OutboxEntry);
    pending = pending.slice(count);
  };

  const isRenewalDue = (): boolean =>
    isMarked ? nowMs() - markedAtMs > MARK_RENEWAL_MS : isMarkWanted;

  const publishOnce = async (): Promise<void> => {
    const batch = nextBatch();
    const last = batch.at(-1);
    if (last === undefined && !isRenewalDue()) return;
    const nextMark = last === undefined ? mark : last.offset + 1;
    const startedMs = nowMs();
    try {
      await publisher.publish(batch, nextMark);
    } catch (error) {
      transactionSize.ended(batch.length, { isCommitted: false });
      options.onDoubt(error);
      await publisher.close().catch(() => undefined);
      if (options.isFenced(error)) throw error;
      await reopen();
      return;
    }
    mark = nextMark;
    isMarked = true;
    markedAtMs = nowMs();
    drop(batch.length);
    const tookMs = markedAtMs - startedMs;
    transactionSize.ended(batch.length, { isCommitted: true, tookMs });
    options.onPublished(batch, tookMs);
    if (!isTrimming) trimmed = trim();
  };

  /** Housekeeping beside the next transaction: entries below the mark are skipped wherever they turn up. */
  const trim = async (): Promise<void> => {
    isTrimming = true;
    for (let below = 0; below < mark;) {
      below = mark;
      await store.trimOutbox(partition, below).catch(() => undefined);
    }
    isTrimming = false;
  };

  const reopen = async (): Promise<void> => {
    while (!isClosed) {
      await sleep(RETRY_DELAY_MS);
      try {
        [publisher, mark] = await openAtMark(mark);
        return;
      } catch (error) {
        options.onDoubt(error);
        if (options.isFenced(error)) throw error;
      }
    }
  };

  const linger = async (): Promise<void> => {
    const deadlineMs = nowMs() + LINGER_MS;
    while (
      !isClosed &&
      options.hasBacklog() &&
      pending.length < Math.min(TRANSACTION_ENTRIES_WANTED, transactionSize.entriesMax()) &&
      nowMs() < deadlineMs
    ) {
      await sleep(LINGER_MS / 10);
    }
  };

  const run = async (): Promise<void> => {
    while (!isClosed) {
      if (pending.length === 0 && !isRenewalDue()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      await linger();
      if (isOpen()) await publishOnce();
      notify();
    }
  };
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Whoever waits for it hears of it; a worker that is between two waits is not missing anything.
  failed.catch(() => undefined);
  const running = run().catch((error: unknown) => {
    failure = { error };
    fail(error);
    notify();
  });

  return {
    highWaterMark: () => mark,
    isMarked: () => isMarked,
    ensureMark: () => {
      isMarkWanted = true;
      wake();
    },
    add: (entries) => {
      for (const entry of entries) {
        if (entry.offset < mark) continue;
        pending.push(entry);
        pendingBytes += bytesOf(entry);
      }
      wake();
    },
    depth: () => pending.length,
    hasRoom,
    failed,
    waitForRoom: () => waitUntil(hasRoom),
    drain: () => waitUntil(() => pending.length === 0),
    close: async () => {
      isClosed = true;
      wake();
      notify();
      await running;
      await trimmed;
      await publisher.close().catch(() => undefined);
    },
  };
};
