/**
 * A state store in memory with the semantics of the one on Redis, for pipeline tests; the contract suite
 * runs on both, which keeps this one honest. It holds encoded bytes, so what a caller changes after a
 * commit changes nothing here.
 */
import { join } from 'node:path';
import { packageRoot } from '../../shared/avro/package-root.js';
import type { DayRate } from '../../shared/core/engine/rates.js';
import type { TerritoryStaffing } from '../../shared/core/decide/context.js';
import type { Commit, Cursor, OutboxEntry, Position, StateStore } from '../../shared/core/ports.js';
import { StateMoved } from '../../shared/core/state-moved.js';
import { createCustomerCodec } from '../../shared/redis/customer-codec.js';

type Partition = {
  cursor: Cursor;
  outbox: OutboxEntry[];
  readonly customers: Map<string, Buffer>;
  readonly ledgers: Map<string, Buffer>;
  readonly due: Map<string, number>;
  readonly names: string[];
  readonly rates: Map<string, string>;
  readonly territories: Map<string, string>;
};

const UNOWNED: Cursor = {
  epoch: '',
  next: null,
  batchToken: '',
  partitionCount: null,
  isTorn: false,
  pins: null,
  published: 0,
  segmentCounts: {},
};

const createPartition = (): Partition => ({
  cursor: UNOWNED,
  outbox: [],
  customers: new Map(),
  ledgers: new Map(),
  due: new Map(),
  names: [],
  rates: new Map(),
  territories: new Map(),
});

/** Compares ids as Redis does: by bytes. */
const compareBytes = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Creates an empty store; `nowMs` is the lower bound of new epochs. */
export const createMemoryStore = ({ nowMs }: { readonly nowMs: () => number }): StateStore => {
  const codec = createCustomerCodec(join(packageRoot(), 'schemas/state/customer-standing.avsc'));
  const partitions = new Map<number, Partition>();
  const at = (partition: number): Partition => {
    const known = partitions.get(partition);
    if (known !== undefined) return known;
    const created = createPartition();
    partitions.set(partition, created);
    return created;
  };

  /** Resolves to the partition when its cursor is at the position, or none is asked for. */
  const heldAt = (partition: number, position: Position | undefined): Promise<Partition> => {
    const held = at(partition);
    const { epoch, next } = held.cursor;
    const isThere = position === undefined || (position.epoch === epoch && position.next === next);
    return isThere ? Promise.resolve(held) : Promise.reject(new StateMoved(partition));
  };

  const write = (held: Partition, commit: Commit): void => {
    const lastId = held.outbox.at(-1);
    held.outbox.push(
      ...commit.outbox.filter(
        ({ offset, ordinal }) =>
          lastId === undefined ||
          offset > lastId.offset ||
          (offset === lastId.offset && ordinal > lastId.ordinal),
      ),
    );
    if (commit.isAllDue) for (const id of held.due.keys()) held.due.set(id, 0);
    for (const { customer, ...change } of commit.changes.customers.values()) {
      const { customerId, ledger, standing } = customer;
      held.customers.set(customerId, Buffer.from(codec.encode(customer, change.isStandingChanged)));
      if (change.ledgerFromByte >= 0) {
        const kept = held.ledgers.get(customerId)?.subarray(0, change.ledgerFromByte);
        const rest = ledger.bytes.subarray(change.ledgerFromByte, ledger.length);
        held.ledgers.set(customerId, Buffer.concat([kept ?? Buffer.alloc(0), rest]));
      }
      if (!change.isDueChanged) continue;
      if (standing.dueAtMs < 0) held.due.delete(customerId);
      else held.due.set(customerId, standing.dueAtMs);
    }
    const { control } = commit;
    for (const [id, name] of control.names.unstored()) held.names[id] = name;
    for (const currency of commit.touchedCurrencies) {
      held.rates.set(currency, JSON.stringify(control.rates.get(currency) ?? []));
    }
    for (const territory of commit.touchedTerritories) {
      held.territories.set(territory, JSON.stringify(control.territories.get(territory) ?? null));
    }
  };

  const dueIds = (partition: number, untilMs: number): string[] =>
    [...at(partition).due]
      .filter(([, dueAtMs]) => dueAtMs <= untilMs)
      .sort(([a, aMs], [b, bMs]) => aMs - bMs || compareBytes(a, b))
      .map(([id]) => id);

  return {
    acquire: (partition) => {
      const held = at(partition);
      const epoch = String(Math.max(Number(held.cursor.epoch) + 1, nowMs()));
      held.cursor = { ...held.cursor, epoch };
      return Promise.resolve(held.cursor);
    },
    readCursor: (partition) => Promise.resolve(at(partition).cursor),
    loadControl: async (partition, position) => {
      const { names, rates, territories } = await heldAt(partition, position);
      return {
        names: [...names],
        rates: new Map([...rates].map(([key, days]) => [key, JSON.parse(days) as DayRate[]])),
        territories: new Map(
          [...territories].map(([key, staffing]) => [
            key,
            JSON.parse(staffing) as TerritoryStaffing,
          ]),
        ),
      };
    },
    load: async (partition, customerIds, position) => {
      const { customers, ledgers } = await heldAt(partition, position);
      return customerIds.map((id) => {
        const bytes = customers.get(id);
        if (bytes === undefined) return null;
        return codec.decode(id, bytes, Buffer.from(ledgers.get(id) ?? []));
      });
    },
    due: async (partition, { untilMs, limit }, position) => {
      await heldAt(partition, position);
      return dueIds(partition, untilMs).slice(0, limit);
    },
    dueCount: (partition, untilMs) => Promise.resolve(dueIds(partition, untilMs).length),
    commit: (partition, commit) => {
      const held = at(partition);
      if (held.cursor.epoch !== commit.epoch) return Promise.resolve('fenced');
      if (held.cursor.next !== commit.expectedNext) return Promise.resolve('cursor');
      write(held, commit);
      const { next, batchToken, partitionCount, published, segmentCounts, control } = commit;
      held.cursor = {
        epoch: held.cursor.epoch,
        next,
        batchToken,
        partitionCount,
        isTorn: false,
        published,
        segmentCounts: { ...segmentCounts },
        pins: {
          streamTimeMs: control.streamTimeMs,
          rulebookVersion: control.rulebook.version,
          modelVersion: control.model.version,
        },
      };
      return Promise.resolve('committed');
    },
    readOutbox: (partition) => Promise.resolve([...at(partition).outbox]),
    trimOutbox: (partition, belowOffset) => {
      const held = at(partition);
      held.outbox = held.outbox.filter(({ offset }) => offset >= belowOffset);
      return Promise.resolve();
    },
    clear: (partition, epoch) => {
      const held = at(partition);
      if (held.cursor.epoch === epoch && held.cursor.next === null) {
        partitions.set(partition, { ...createPartition(), cursor: held.cursor });
      }
      return Promise.resolve();
    },
  };
};
