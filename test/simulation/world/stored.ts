/** Reads a partition's state straight from the simulated data, past the product's store. */
import { join } from 'node:path';
import { packageRoot } from '../../../shared/avro/package-root.js';
import type { CustomerState } from '../../../shared/core/customer/state.js';
import type { TerritoryStaffing } from '../../../shared/core/decide/context.js';
import type { DayRate } from '../../../shared/core/engine/rates.js';
import { createCustomerCodec, type CustomerCodec } from '../../../shared/redis/customer-codec.js';
import { partitionKeys } from '../../../shared/redis/keys.js';
import { hashAt, zsetAt, type Keyspace, type SlotData } from '../redis/data.js';
import { APP, type StoredPartition } from './checks.js';

let codec: CustomerCodec | null = null;

const readCustomers = (slot: SlotData, partition: number): Map<string, CustomerState> => {
  codec ??= createCustomerCodec(join(packageRoot(), 'schemas/state/customer-standing.avsc'));
  const keys = partitionKeys(APP, partition);
  const prefix = keys.customerPrefix;
  const customers = new Map<string, CustomerState>();
  for (const [key, value] of slot) {
    if (!key.startsWith(prefix) || value.type !== 'string') continue;
    const id = key.slice(prefix.length);
    const ledger = slot.get(keys.ledger(id));
    const bytes = ledger?.type === 'string' ? ledger.bytes : Buffer.alloc(0);
    customers.set(id, codec.decode(id, value.bytes, bytes));
  }
  return customers;
};

/** Returns what is stored of a partition. */
export const readStored = (slot: SlotData, partition: number): StoredPartition => {
  const keys = partitionKeys(APP, partition);
  const space: Keyspace = { get: (key) => slot.get(key), set: () => undefined };
  const texts = (key: string): [string, string][] =>
    [...hashAt(space, key)].map(([field, value]) => [field, value.toString()]);
  const names: string[] = [];
  for (const [id, name] of texts(keys.names)) names[Number(id)] = name;
  const cursor = new Map(texts(keys.cursor));
  const due = zsetAt(space, keys.due);
  return {
    customers: readCustomers(slot, partition),
    control: {
      names,
      rates: new Map(
        texts(keys.rates).map(([currency, days]) => [currency, JSON.parse(days) as DayRate[]]),
      ),
      territories: new Map(
        texts(keys.territories).map(([territory, staffing]) => [
          territory,
          JSON.parse(staffing) as TerritoryStaffing,
        ]),
      ),
    },
    pins: cursor.has('rulebookVersion')
      ? {
          streamTimeMs: Number(cursor.get('streamTimeMs')),
          rulebookVersion: cursor.get('rulebookVersion') ?? '',
          modelVersion: cursor.get('modelVersion') ?? '',
        }
      : null,
    dueCount: (untilMs) => [...due.values()].filter((dueAtMs) => dueAtMs <= untilMs).length,
  };
};
