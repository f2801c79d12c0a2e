/**
 * A large portfolio by itself: what a million customers take in Redis, and how long a tick takes of which
 * one customer in a hundred is due. The scorer's own workers on a Redis of its own; records come from memory
 * and outputs go nowhere, so Kafka is not measured. Prints bytes a customer by what they are for.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Redis } from 'ioredis';
import { startStack } from '../deploy/local/stack.js';
import { packageRoot } from '../shared/avro/package-root.js';
import { createRecordEncoder } from '../shared/avro/record-encoder.js';
import { recordSchemas } from '../shared/avro/record-schemas.js';
import type { InputEvent } from '../shared/core/engine/input-event.js';
import type { LogRecord, PartitionSource } from '../shared/core/ports.js';
import { tickOf } from '../shared/pipeline/order-log.js';
import { createPartitionWorker } from '../shared/pipeline/partition-worker.js';
import type { WorkerDeps } from '../shared/pipeline/worker-deps.js';
import { connectRedis, openRedis } from '../shared/redis/client.js';
import { partitionKeys } from '../shared/redis/keys.js';
import { createStateStore } from '../shared/redis/state-store.js';
import { createOutputEncoder } from '../services/scorer/output-encoder.js';
import { portfolioOrders } from './load/portfolio.js';
import { say } from './say.js';

const APP = 'portfolio';
const PARTITIONS = 4;
const REDIS_DEADLINE_MS = 10_000;
const YEAR_MS = 365 * 86_400_000;
const SAMPLES = 2_000;
const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);

/** Applies events to one partition through the scorer's worker; resolves when all are committed. */
const apply = async (
  redis: Redis,
  partition: number,
  events: Iterator<InputEvent>,
): Promise<void> => {
  const pending = new Map<number, InputEvent>();
  let next = 0;
  let isDone = false;
  const source: PartitionSource = {
    partition,
    partitionCount: PARTITIONS,
    seek: (offset) => {
      next = offset;
    },
    take: (limit) => {
      const records: LogRecord[] = [];
      pending.clear();
      while (records.length < limit.records) {
        const event = events.next();
        if (event.done === true) break;
        pending.set(next, event.value);
        records.push({ offset: next, timestampMs: 0, key: null, value: null });
        next += 1;
      }
      isDone = records.length === 0;
      return Promise.resolve(records);
    },
    hasBacklog: () => true,
    logRange: () => Promise.resolve({ start: 0, end: Number.MAX_SAFE_INTEGER }),
    reportProgress: () => undefined,
    isAssigned: () => !isDone,
  };
  await createPartitionWorker({ ...depsOf(redis), partition, source, ...decoding(pending) }).run();
};

const decoding = (pending: ReadonlyMap<number, InputEvent>): Pick<WorkerDeps, 'decoder'> => ({
  decoder: {
    prepare: () => Promise.resolve(),
    decode: ({ offset }) => pending.get(offset) ?? { code: 'undecodable', detail: '' },
  },
});

const nothing = (): void => undefined;

const depsOf = (redis: Redis): Omit<WorkerDeps, 'partition' | 'source' | 'decoder'> => {
  const schemaIds = new Map([...recordSchemas().keys()].map((name, i) => [name, i + 1]));
  return {
    store: createStateStore({
      redis,
      app: APP,
      owner: 'bench',
      projectFolder: packageRoot(),
      nowMs: Date.now,
    }),
    encoder: createOutputEncoder(createRecordEncoder(schemaIds), { inputTopic: 'customer-events' }),
    openPublisher: () => {
      let published: number | null = null;
      return Promise.resolve({
        published: () => Promise.resolve(published),
        publish: (_entries, nextOffset) => {
          published = nextOffset;
          return Promise.resolve();
        },
        close: () => Promise.resolve(),
      });
    },
    artefacts: {
      rulebook: () => null,
      model: () => null,
      waitFor: () => Promise.resolve(),
      waitForActivation: () => Promise.resolve(),
    },
    events: {
      acquired: nothing,
      rollback: nothing,
      rebuild: nothing,
      outcome: (kind, code) => {
        if (kind !== 'applied') throw new Error(`an event was refused: ${code}`);
      },
      staged: nothing,
      committed: nothing,
      commitDoubt: nothing,
      lostOwnership: nothing,
      published: nothing,
      publishDoubt: nothing,
      emitted: nothing,
      periodClosed: nothing,
      failed: (_partition, error) => {
        throw error;
      },
    },
    limits: {
      chunkRecordsMax: 10_000,
      chunkBytesMax: 8 << 20,
      cachedCustomersMax: 20_000,
      drainBudgetMs: 30_000,
    },
    isFenced: () => false,
    isRetriable: () => false,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    nowMs: () => performance.now(),
  };
};

const usedBytes = async (redis: Redis): Promise<number> =>
  Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1] ?? 0);

/** Mean bytes of a key by pattern, over a sample. */
const meanUsage = async (redis: Redis, keys: readonly string[]): Promise<number> => {
  let sum = 0;
  for (const key of keys) sum += Number((await redis.call('MEMORY', 'USAGE', key)) ?? 0);
  return sum / Math.max(1, keys.length);
};

const reportMemory = async (
  redis: Redis,
  { before, customers }: { readonly before: number; readonly customers: number },
): Promise<void> => {
  const used = (await usedBytes(redis)) - before;
  say(
    `${String(customers)} customers: ${(used / 2 ** 20).toFixed(0)} MiB, ` +
      `${(used / customers).toFixed(0)} bytes each`,
  );
  const ids = Array.from({ length: Math.min(SAMPLES, customers) }, (_, i) => i);
  const keyOf = (i: number) => partitionKeys(APP, i % PARTITIONS);
  const state = await meanUsage(
    redis,
    ids.map((i) => keyOf(i).customer(idOf(i))),
  );
  const ledger = await meanUsage(
    redis,
    ids.map((i) => keyOf(i).ledger(idOf(i))),
  );
  const rest = used / customers - state - ledger;
  say(
    `of these: features and standing ${state.toFixed(0)}, ledger ${ledger.toFixed(0)}, ` +
      `due queue and tables ${rest.toFixed(0)}`,
  );
};

const idOf = (index: number): string => `C${String(index).padStart(7, '0')}`;

/** Puts all customers but every n-th off to a year later, as if they had been looked at. */
const leaveDue = async (
  redis: Redis,
  { customers, every, atMs }: { customers: number; every: number; atMs: number },
): Promise<void> => {
  for (let from = 0; from < customers; from += SAMPLES) {
    const pipeline = redis.pipeline();
    for (let i = from; i < Math.min(customers, from + SAMPLES); i += 1) {
      const dueAtMs = i % every === 0 ? 0 : atMs + YEAR_MS;
      pipeline.zadd(partitionKeys(APP, i % PARTITIONS).due, dueAtMs, idOf(i));
    }
    await pipeline.exec();
  }
};

const { values } = parseArgs({
  options: {
    customers: { type: 'string', default: '1000000' },
    'orders-each': { type: 'string', default: '5' },
    'due-every': { type: 'string', default: '101' },
  },
});
const customers = Number(values.customers);
const ordersEach = Number(values['orders-each']);
const folder = mkdtempSync(join(tmpdir(), 'kundenpuls-portfolio-'));
const stack = await startStack({ folder, parts: ['redis'] });
try {
  const url = stack.redis?.url ?? '';
  const redis = openRedis({ url, username: '', password: '', caPem: null }, nothing);
  await connectRedis(redis, REDIS_DEADLINE_MS);
  const before = await usedBytes(redis);
  say(`${String(customers)} customers, ${String(ordersEach)} orders each …`);
  for (const partition of partitions) {
    await apply(
      redis,
      partition,
      portfolioOrders({ customers, ordersEach, partition, partitionCount: PARTITIONS }),
    );
  }
  await reportMemory(redis, { before, customers });
  const atMs = Date.UTC(2026, 0, 1);
  // Not a multiple of the partitions, so that every partition has its share.
  await leaveDue(redis, { customers, every: Number(values['due-every']), atMs });
  const due = await Promise.all(
    partitions.map((p) => redis.zcount(partitionKeys(APP, p).due, 0, atMs)),
  );
  const startedMs = performance.now();
  await Promise.all(partitions.map((p) => apply(redis, p, [tickOf(atMs)].values())));
  const tookMs = performance.now() - startedMs;
  const total = due.reduce((sum, count) => sum + count, 0);
  say(`a tick, ${String(total)} customers due, none in memory: ${(tookMs / 1_000).toFixed(2)} s`);
  redis.disconnect();
} finally {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}
