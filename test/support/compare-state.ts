/** Compares what Redis holds with a fold of the log: every customer, the due queue, the cursor. */
import { Redis } from 'ioredis';
import { packageRoot } from '../../shared/avro/package-root.js';
import { createCustomer } from '../../shared/core/customer/create.js';
import type { CustomerState } from '../../shared/core/customer/state.js';
import type { ReplayPartition } from '../../shared/pipeline/replay-partitions.js';
import { partitionKeys } from '../../shared/redis/keys.js';
import { createStateStore } from '../../shared/redis/state-store.js';

/** A state without what is no part of it: spare room and tables of the ledger, bytes kept for writing. */
export const plainState = ({ ledger, packedStanding: _, ...rest }: CustomerState): object => ({
  ...rest,
  ledger: {
    bytes: Buffer.from(ledger.bytes.subarray(0, ledger.length)).toString('hex'),
    count: ledger.count,
    base: ledger.base,
  },
});

export type StoredPartition = {
  readonly next: number;
  readonly outboxEntries: number;
  readonly streamTimeMs: number;
  readonly customers: ReadonlyMap<string, object>;
  readonly due: Readonly<Record<string, number>>;
  readonly segmentCounts: Readonly<Record<string, number>>;
};

const pairs = (flat: readonly string[]): [string, number][] => {
  const found: [string, number][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) found.push([flat[i] ?? '', Number(flat[i + 1])]);
  return found;
};

/** Reads all that is stored of a partition. */
export const readStored = async (
  url: string,
  { app, partition }: { readonly app: string; readonly partition: number },
): Promise<StoredPartition> => {
  const redis = new Redis(url);
  try {
    const keys = partitionKeys(app, partition);
    const store = createStateStore({
      redis,
      app,
      owner: 'test',
      projectFolder: packageRoot(),
      nowMs: Date.now,
    });
    const prefix = keys.customerPrefix;
    const found: string[] = [];
    const stream = redis.scanStream({ match: `${prefix}*`, count: 1_000 });
    for await (const page of stream as AsyncIterable<string[]>) found.push(...page);
    const ids = [...new Set(found)].map((key) => key.slice(prefix.length)).sort();
    const states = await store.load(partition, ids);
    const cursor = await store.readCursor(partition);
    return {
      next: cursor.next ?? 0,
      outboxEntries: await redis.xlen(keys.outbox),
      streamTimeMs: cursor.pins?.streamTimeMs ?? 0,
      customers: new Map(
        states.flatMap((state) => (state === null ? [] : [[state.customerId, plainState(state)]])),
      ),
      due: Object.fromEntries(pairs(await redis.zrange(keys.due, '0', '-1', 'WITHSCORES'))),
      segmentCounts: Object.fromEntries(
        Object.entries(cursor.segmentCounts).filter(([, count]) => count !== 0),
      ),
    };
  } finally {
    redis.disconnect();
  }
};

/** Returns the customers of a fold that a store must hold: those that anything ever changed. */
export const expectedCustomers = ({ customers }: ReplayPartition): Map<string, object> => {
  const expected = new Map<string, object>();
  for (const [id, state] of customers) {
    const plain = plainState(state);
    const untouched = plainState(createCustomer(id));
    if (JSON.stringify(plain) !== JSON.stringify(untouched)) expected.set(id, plain);
  }
  return expected;
};

/** Counts the customers of a fold by segment. */
export const expectedSegments = ({ customers }: ReplayPartition): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { standing } of customers.values()) {
    if (standing.segment !== null) counts[standing.segment] = (counts[standing.segment] ?? 0) + 1;
  }
  return counts;
};
