/**
 * Packs what a commit writes beside its cursor: outputs, customers, the ends of ledgers that were
 * appended to, and the due queue. The lists are used again once a commit was answered.
 */
import type { CustomerChange } from '../core/engine/changes.js';
import type { Commit } from '../core/ports.js';
import type { CustomerCodec } from './customer-codec.js';
import type { PartitionKeys } from './keys.js';
import { createPackedList, type PackedList } from './message-pack.js';
import { outboxEntryBytes, outboxId, writeOutboxEntry } from './outbox-codec.js';

const LISTS = ['outbox', 'customers', 'patches', 'deletions', 'due', 'notDue'] as const;
type Lists = Readonly<Record<(typeof LISTS)[number], PackedList>>;

export type PackedCommit = {
  /** Arguments 4 to 9 of scripts/apply-6.lua. */
  readonly parts: readonly Buffer[];
  readonly lists: Lists;
};

export type CommitPacker = {
  readonly pack: (commit: Commit, keys: PartitionKeys) => PackedCommit;
  /** Gives the lists back; their bytes must have been sent. */
  readonly release: (packed: PackedCommit) => void;
};

const createLists = (): Lists => ({
  outbox: createPackedList(),
  customers: createPackedList(),
  patches: createPackedList(),
  deletions: createPackedList(),
  due: createPackedList(),
  notDue: createPackedList(),
});

/** Creates a packer; commits of several partitions may be under way at once. */
export const createCommitPacker = (codec: CustomerCodec): CommitPacker => {
  const free: Lists[] = [];

  const addChange = (lists: Lists, keys: PartitionKeys, change: CustomerChange): void => {
    const { customer } = change;
    const { customerId } = customer;
    lists.customers.addJoined(keys.customerPrefix, customerId);
    lists.customers.addBytes(codec.encode(customer, change.isStandingChanged));
    addLedger(lists, keys, change);
    if (!change.isDueChanged) return;
    if (customer.standing.dueAtMs < 0) {
      lists.notDue.addText(customerId);
    } else {
      lists.due.addText(String(customer.standing.dueAtMs));
      lists.due.addText(customerId);
    }
  };

  return {
    pack: (commit, keys) => {
      const lists = free.pop() ?? createLists();
      for (const entry of commit.outbox) {
        lists.outbox.addText(outboxId(entry));
        lists.outbox.addWritten(outboxEntryBytes(entry), (buffer, at) => {
          writeOutboxEntry(entry, buffer, at);
        });
      }
      for (const change of commit.changes.customers.values()) addChange(lists, keys, change);
      return { parts: LISTS.map((name) => lists[name].finish()), lists };
    },
    release: ({ lists }) => {
      for (const name of LISTS) lists[name].reset();
      free.push(lists);
    },
  };
};

const addLedger = (
  lists: Lists,
  keys: PartitionKeys,
  { customer, ledgerFromByte }: CustomerChange,
): void => {
  const { customerId, ledger } = customer;
  if (ledgerFromByte < 0) return;
  if (ledgerFromByte === 0 && ledger.length === 0) {
    lists.deletions.addJoined(keys.ledgerPrefix, customerId);
  } else if (ledgerFromByte === 0) {
    lists.customers.addJoined(keys.ledgerPrefix, customerId);
    lists.customers.addBytes(ledger.bytes, ledger.length);
  } else {
    lists.patches.addJoined(keys.ledgerPrefix, customerId);
    lists.patches.addText(String(ledgerFromByte));
    lists.patches.addBytes(ledger.bytes.subarray(ledgerFromByte, ledger.length));
  }
};
