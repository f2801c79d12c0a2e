/** Reads all that Redis holds about one customer, without owning its partition: for an export. */
import type { Redis } from 'ioredis';
import { describeCustomer } from '../core/customer/describe.js';
import { createNameTable } from '../core/engine/names.js';
import type { OutboxEntry } from '../core/ports.js';
import { partitionKeys } from './keys.js';
import { createStateStore } from './state-store.js';

export type StoredCustomer = {
  readonly partition: number;
  /** Next offset of the log that the state does not hold yet; null when there is no state. */
  readonly nextOffset: number | null;
  /** Versions of rulebook and model that the state was decided by. */
  readonly rulebookVersion: string | null;
  readonly modelVersion: string | null;
  /** Null when the store has never heard of the customer. */
  readonly state: Readonly<Record<string, unknown>> | null;
  /** When a tick is to look at the customer, ms since 1970; null when none is. */
  readonly dueAtMs: number | null;
};

export type ReadCustomerOptions = {
  readonly app: string;
  readonly projectFolder: string;
  readonly partition: number;
  readonly customerId: string;
};

/** Reads the customer and the outputs of the partition that are not known to be published. */
export const readCustomer = async (
  redis: Redis,
  { app, projectFolder, partition, customerId }: ReadCustomerOptions,
): Promise<{ readonly stored: StoredCustomer; readonly outbox: readonly OutboxEntry[] }> => {
  const store = createStateStore({ redis, app, owner: '', projectFolder, nowMs: () => 0 });
  const cursor = await store.readCursor(partition);
  const control = await store.loadControl(partition);
  const [customer = null] = await store.load(partition, [customerId]);
  const due = await redis.zscore(partitionKeys(app, partition).due, customerId);
  return {
    stored: {
      partition,
      nextOffset: cursor.next,
      rulebookVersion: cursor.pins?.rulebookVersion ?? null,
      modelVersion: cursor.pins?.modelVersion ?? null,
      state: customer === null ? null : describeCustomer(customer, createNameTable(control.names)),
      dueAtMs: due === null ? null : Number(due),
    },
    outbox: await store.readOutbox(partition),
  };
};
