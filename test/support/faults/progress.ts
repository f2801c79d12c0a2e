/**
 * Watches what scorers commit, from outside: the cursors in Redis. Tells how long the slowest partition
 * stood still, which is what a fault costs, and when everything written is applied and published.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis as RedisClient } from 'ioredis';
import { OUTPUT_TOPICS } from '../../../shared/kafka/topics.js';
import { partitionKeys } from '../../../shared/redis/keys.js';
import {
  expectedCustomers,
  expectedSegments,
  readStored,
  type StoredPartition,
} from '../compare-state.js';
import type { Installation } from '../installation.js';
import type { Bed } from './bed.js';
import type { LiveOracle } from './live-oracle.js';

const POLL_MS = 100;
const ASK_TIMEOUT_MS = 500;

export type Standstill = {
  /** Longest time in which a partition made no progress, from the fault on, in ms. */
  readonly standstillMs: number;
  /** The same, from the moment on in which the fault was put right, in ms. */
  readonly standstillAfterMs: number;
  /** From the fault until every partition had moved on after its end, in ms. */
  readonly recoveredMs: number;
};

export type ProgressWatch = {
  /**
   * Runs a fault and waits until every partition applies records again that came after it. Rejects
   * when that takes longer than the deadline.
   */
  readonly over: (fault: () => Promise<void>, deadlineMs: number) => Promise<Standstill>;
  /** Farthest offset ever seen by partition. */
  readonly farthest: () => readonly number[];
  readonly stop: () => void;
};

/** Starts watching. */
export const watchProgress = (
  { app }: Pick<Installation, 'app'>,
  { bed, partitions }: { readonly bed: Bed; readonly partitions: number },
): ProgressWatch => {
  let client: RedisClient | null = null;
  let url = '';
  let isStopped = false;
  let lanes = Array.from({ length: partitions }, () => ({ next: 0, movedAtMs: performance.now() }));
  let longestMs = 0;
  let longestAfterMs = 0;
  /** When the fault was put right; infinite before. */
  let endedMs = Infinity;

  const connected = (): RedisClient => {
    if (client !== null && url === bed.direct.redis()) return client;
    client?.disconnect();
    url = bed.direct.redis();
    client = new RedisClient(url, {
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      commandTimeout: ASK_TIMEOUT_MS,
      retryStrategy: () => POLL_MS,
    });
    // A Redis that is away shows as standstill.
    client.on('error', () => undefined);
    return client;
  };
  const look = async (): Promise<void> => {
    const redis = connected();
    const nexts = await Promise.all(
      lanes.map((_, partition) => redis.hget(partitionKeys(app, partition).cursor, 'next')),
    );
    const nowMs = performance.now();
    lanes = lanes.map((lane, i) => {
      const next = Number(nexts[i] ?? 0);
      if (next <= lane.next) return lane;
      longestMs = Math.max(longestMs, nowMs - lane.movedAtMs);
      longestAfterMs = Math.max(longestAfterMs, nowMs - Math.max(lane.movedAtMs, endedMs));
      return { next, movedAtMs: nowMs };
    });
  };
  const run = async (): Promise<void> => {
    while (!isStopped) {
      await look().catch(() => undefined);
      await sleep(POLL_MS);
    }
    client?.disconnect();
  };
  void run();
  return {
    over: async (fault, deadlineMs) => {
      const startedMs = performance.now();
      longestMs = 0;
      longestAfterMs = 0;
      endedMs = Infinity;
      lanes = lanes.map(({ next, movedAtMs }) => ({
        next,
        movedAtMs: Math.max(movedAtMs, startedMs),
      }));
      await fault();
      endedMs = performance.now();
      const marks = lanes.map(({ next }) => next);
      while (lanes.some(({ next }, i) => next <= (marks[i] ?? 0))) {
        if (performance.now() - startedMs > deadlineMs) {
          throw new Error(`no progress in time: ${lanes.map(({ next }) => next).join(', ')}`);
        }
        await sleep(POLL_MS);
      }
      return {
        standstillMs: Math.round(longestMs),
        standstillAfterMs: Math.round(longestAfterMs),
        recoveredMs: Math.round(performance.now() - startedMs),
      };
    },
    farthest: () => lanes.map(({ next }) => next),
    stop: () => {
      isStopped = true;
    },
  };
};

export type Settling = {
  readonly bed: Bed;
  readonly installation: Installation;
  readonly oracle: LiveOracle;
};

/**
 * Waits, the load being paused, until scorers have applied and published all that is on the input and the
 * oracle has read every topic to its end: one that lags would take what is stored for too much. Rejects
 * with what is missing.
 */
export const settle = async (
  { bed, installation: { app, kafka, topic }, oracle }: Settling,
  deadlineMs: number,
): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  /** What the oracle has not read yet; null when it has read everything. */
  const unread = async (): Promise<string | null> => {
    for (const name of OUTPUT_TOPICS) {
      for (const { partition, high } of await admin.fetchTopicOffsets(topic(name))) {
        const readTo = oracle.readTo(name, partition);
        if (readTo >= Number(high)) continue;
        return `${name}/${String(partition)} is read to ${String(readTo)} of ${high}`;
      }
    }
    return null;
  };
  const look = async (): Promise<string> => {
    const ends = oracle.inputEnds();
    const stored = await bed.onMaster((redis) =>
      Promise.all(
        ends.map(async (_, partition) => {
          const keys = partitionKeys(app, partition);
          return [Number(await redis.hget(keys.cursor, 'next')), await redis.xlen(keys.outbox)];
        }),
      ),
    );
    const apart = stored.findIndex(([next, entries = 0], i) => next !== ends[i] || entries > 0);
    const state = `oracle ${ends.join(',')}; stored ${stored.join(' ')}`;
    if (apart !== -1) return `partition ${String(apart)} is not at one (${state})`;
    const missing = (await unread()) ?? oracle.pending();
    return missing === null ? `settled ${state}` : `${missing} (${state})`;
  };
  try {
    const untilMs = performance.now() + deadlineMs;
    let last = '';
    let seen = 0;
    while (seen < 5) {
      oracle.assertClean();
      const found = await look().catch((error: unknown) => `not known: ${String(error)}`);
      seen = found === last && found.startsWith('settled') ? seen + 1 : 0;
      last = found;
      if (performance.now() > untilMs) throw new Error(`not settled in time: ${found}`);
      await sleep(POLL_MS * 2);
    }
  } finally {
    await admin.disconnect();
  }
};

const CUSTOMERS_SHOWN = 3;
const SHOWN_BEFORE = 100;
const SHOWN_BEHIND = 200;

/** JSON with sorted keys, maps as pairs and no undefined fields: equal texts are equal values. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Map) return [...(part as Map<unknown, unknown>)];
    if (ArrayBuffer.isView(part) && !(part instanceof DataView))
      return Array.from(part as Uint8Array);
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([x], [y]) => (x < y ? -1 : 1)));
  });

/** Says how what is stored of a partition differs from the fold; empty when it does not. */
const differences = (
  stored: StoredPartition,
  partition: LiveOracle['fold']['partitions'][number],
): readonly string[] => {
  const found: string[] = [];
  const compare = (what: string, is: unknown, should: unknown): void => {
    const [a, b] = [canonical(is), canonical(should)];
    if (a === b) return;
    let at = 0;
    while (a[at] === b[at]) at += 1;
    const [from, to] = [Math.max(0, at - SHOWN_BEFORE), at + SHOWN_BEHIND];
    found.push(`${what}: …${a.slice(from, to)} instead of …${b.slice(from, to)}`);
  };
  const wanted = expectedCustomers(partition);
  const ids = new Set([...wanted.keys(), ...stored.customers.keys()]);
  let wrong = 0;
  for (const id of ids) {
    const [is, should] = [stored.customers.get(id), wanted.get(id)];
    if (canonical(is) === canonical(should)) continue;
    wrong += 1;
    if (wrong <= CUSTOMERS_SHOWN) compare(`customer ${id}`, is ?? null, should ?? null);
  }
  if (wrong > 0) found.push(`${String(wrong)} of ${String(ids.size)} customers differ`);
  const sorted = (entries: Readonly<Record<string, number>>): readonly unknown[] =>
    Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1));
  compare('outbox', stored.outboxEntries, 0);
  compare('stream time', stored.streamTimeMs, partition.control.streamTimeMs);
  compare('segments', sorted(stored.segmentCounts), sorted(expectedSegments(partition)));
  compare('due', sorted(stored.due), sorted(Object.fromEntries(partition.due)));
  return found;
};

/** Compares everything in Redis with the fold; throws when anything differs. Call when settled. */
export const assertStateIsFold = async ({ bed, installation, oracle }: Settling): Promise<void> => {
  for (const partition of oracle.fold.partitions) {
    const stored = await readStored(bed.direct.redis(), { app: installation.app, ...partition });
    const found = differences(stored, partition);
    if (found.length > 0) {
      throw new Error(`partition ${String(partition.partition)}:\n${found.join('\n')}`);
    }
  }
};
