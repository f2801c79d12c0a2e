/**
 * The consumer of the input topic as kafkajs behaves: a fetch is under way while the program pauses,
 * seeks or joins anew, and its records are handed over all the same; a position that the log no
 * longer holds jumps to the log's start without a word.
 */
import type { KafkaClientOptions } from './client.js';
import type { LogRecord } from '../../../shared/core/ports.js';

type Caller = <T>(execute: () => T | Promise<T>, tries?: number) => Promise<T>;
type EachBatch = (payload: unknown) => Promise<void>;
type Selection = readonly { readonly topic: string; readonly partitions: readonly number[] }[];

const EVENTS = {
  HEARTBEAT: 'consumer.heartbeat',
  FETCH: 'consumer.fetch',
  GROUP_JOIN: 'consumer.group_join',
  CRASH: 'consumer.crash',
  START_BATCH_PROCESS: 'consumer.start_batch_process',
} as const;

const FETCH_RECORDS_MAX = 24;
const RETRY_MS = 300;
/** How often records of a fetch from before a rebalance are still handed over. */
const STALE_DELIVERED = 0.5;

/** Creates a consumer that joins its group with `run`. */
export const createConsumer = (options: KafkaClientOptions, call: Caller) => {
  const { scheduler, random, broker, group, process, inputTopic } = options;
  const listeners = new Map<string, ((event: { payload: unknown }) => void)[]>();
  let assigned: readonly number[] = [];
  let generation = 0;
  let eachBatch: EachBatch = () => Promise.resolve();
  /** Generation whose fetch is under way; a fetch from before a rebalance does not count. */
  let fetching = -1;
  let isClosed = false;
  const paused = new Set<number>();
  const seeks = new Map<number, number>();
  const positions = new Map<number, number>();

  const emit = (name: string, payload: unknown): void => {
    for (const listener of listeners.get(name) ?? []) listener({ payload });
  };
  const wanted = (): number[] =>
    assigned.filter((partition) => {
      if (paused.has(partition)) return false;
      const position = seeks.get(partition) ?? positions.get(partition) ?? 0;
      return position < broker.input(partition).stable();
    });
  const kick = (): void => {
    if (fetching === generation || isClosed || wanted().length === 0) return;
    const own = generation;
    fetching = own;
    void fetchOnce(own).then(() => {
      if (fetching === own) fetching = -1;
      kick();
    });
  };

  type Fetched = {
    readonly partition: number;
    readonly from: number;
    readonly start: number;
    readonly end: number;
    readonly next: number;
    readonly records: readonly LogRecord[];
  };

  /** Hands records over; returns the position behind them. */
  const hand = async ({ partition, from, end, next, records }: Fetched): Promise<number> => {
    await eachBatch({
      batch: {
        partition,
        fetchedOffset: String(from),
        firstOffset: () => (records[0] === undefined ? null : String(records[0].offset)),
        lastOffset: () => String(next - 1),
        highWatermark: String(end),
        messages: records.map(({ offset, timestampMs, key, value }) => ({
          offset: String(offset),
          timestamp: String(timestampMs),
          key,
          value,
        })),
      },
      isStale: () => seeks.has(partition),
      isRunning: () => !isClosed,
      resolveOffset: () => undefined,
      heartbeat: () => Promise.resolve(),
    });
    return next;
  };

  /** Returns the position after a fetch; null when its records are not wanted any more. */
  const digest = async (fetched: Fetched): Promise<number | null> => {
    const { partition, from, start, next, records } = fetched;
    if (from < start) return start;
    if (records.length === 0) {
      // Nothing but markers: reported, not handed out.
      const lastOffset = String(next - 1);
      emit(EVENTS.START_BATCH_PROCESS, {
        partition,
        batchSize: 0,
        firstOffset: String(from),
        lastOffset,
      });
      return next;
    }
    return paused.has(partition) ? null : hand(fetched);
  };

  const fetchOnce = async (atGeneration: number): Promise<void> => {
    const froms = wanted().map((partition) => {
      const from = seeks.get(partition) ?? positions.get(partition) ?? 0;
      seeks.delete(partition);
      positions.set(partition, from);
      return { partition, from };
    });
    const count = 1 + random.below(FETCH_RECORDS_MAX);
    try {
      const replies = await call(() =>
        froms.map(({ partition, from }): Fetched => {
          const log = broker.input(partition);
          const fetched = log.fetch(from, count);
          return { partition, from, start: log.start(), end: log.end(), ...fetched };
        }),
      );
      emit(EVENTS.FETCH, {});
      if (atGeneration !== generation && !random.chance(STALE_DELIVERED)) return;
      for (const fetched of replies) {
        const position = await digest(fetched);
        if (position === null || atGeneration !== generation) continue;
        if (!seeks.has(fetched.partition)) positions.set(fetched.partition, position);
      }
    } catch {
      await process.sleep(RETRY_MS);
    }
  };

  const member = {
    process,
    assign: (partitions: readonly number[]) => {
      generation += 1;
      assigned = partitions;
      paused.clear();
      seeks.clear();
      positions.clear();
      emit(EVENTS.GROUP_JOIN, { memberAssignment: { [inputTopic]: [...partitions] } });
      kick();
    },
  };
  broker.onStable(() => {
    scheduler.after(random.between(1, 10), () => {
      process.deliver(kick);
    });
  });
  const each = (selection: Selection, act: (partition: number) => void): void => {
    for (const { partitions } of selection) for (const partition of partitions) act(partition);
  };

  return {
    events: EVENTS,
    on: (name: string, listener: (event: { payload: unknown }) => void) => {
      listeners.set(name, [...(listeners.get(name) ?? []), listener]);
      return () => undefined;
    },
    connect: () => call(() => undefined),
    subscribe: () => Promise.resolve(),
    run: (config: { readonly eachBatch: EachBatch }) => {
      ({ eachBatch } = config);
      group.join(member);
      return Promise.resolve();
    },
    pause: (selection: Selection) => {
      each(selection, (partition) => paused.add(partition));
    },
    resume: (selection: Selection) => {
      each(selection, (partition) => paused.delete(partition));
      kick();
    },
    seek: ({ partition, offset }: { readonly partition: number; readonly offset: string }) => {
      seeks.set(partition, Number(offset));
      kick();
    },
    commitOffsets: () => Promise.resolve(),
    disconnect: () => {
      isClosed = true;
      group.leave(member);
      return Promise.resolve();
    },
  };
};
