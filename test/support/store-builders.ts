/** Builders of commits for the contract tests of the state store, and stores on the test Redis. */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { packageRoot } from '../../shared/avro/package-root.js';
import { createCustomer } from '../../shared/core/customer/create.js';
import { foldOrder } from '../../shared/core/customer/fold-order.js';
import type { CustomerState } from '../../shared/core/customer/state.js';
import { createChangeSet, noteLedger, type ChangeSet } from '../../shared/core/engine/changes.js';
import { createControl, type PartitionControl } from '../../shared/core/engine/control.js';
import type { Commit, OutboxEntry, StateStore } from '../../shared/core/ports.js';
import { createStateStore } from '../../shared/redis/state-store.js';
import { orderEvent } from './orders.js';

/** A name of an application that no other test uses. */
export const randomApp = (): string => `test-${randomBytes(6).toString('hex')}`;

/** An entry of output 2; null text is a tombstone. */
export const outboxEntry = (
  offset: number,
  ordinal: number,
  text: string | null = 'v',
): OutboxEntry => ({
  offset,
  ordinal,
  output: 2,
  key: Buffer.from('key'),
  value: text === null ? null : Buffer.from(text),
});

/** A first commit up to offset 10 that changes nothing; `changes` overrides. */
export const commitOf = (epoch: string, changes: Partial<Commit> = {}): Commit => ({
  epoch,
  expectedNext: null,
  next: 10,
  batchToken: 'token-1',
  partitionCount: 4,
  changes: createChangeSet(),
  control: createControl(),
  touchedCurrencies: new Set(),
  touchedTerritories: new Set(),
  isAllDue: false,
  outbox: [],
  published: 0,
  segmentCounts: {},
  ...changes,
});

/** Folds one more order into a customer and notes the change, as the engine does. */
export const foldInto = (
  customer: CustomerState,
  facts: { readonly control: PartitionControl; readonly changes: ChangeSet },
  order: { readonly id: string; readonly atMs: number },
): void => {
  const input = orderEvent(customer.customerId, order.id, { orderedAtMs: order.atMs });
  if (input.type !== 'OrderEvent') throw new TypeError('not an order');
  const folded = foldOrder(customer, input.event, { rate: 1, names: facts.control.names });
  noteLedger(facts.changes.touch(customer), folded.kind === 'appended' ? folded.fromByte : 0);
};

/** Notes a new customer that is due at a time; negative takes it out of the queue. */
export const withDue = (
  id: string,
  dueAtMs: number,
  changes: ChangeSet = createChangeSet(),
): ChangeSet => {
  const customer = createCustomer(id);
  customer.standing.dueAtMs = dueAtMs;
  const change = changes.touch(customer);
  change.isDueChanged = true;
  change.isStandingChanged = true;
  return changes;
};

/** Opens a client on the stack's Redis; the caller disconnects it. */
export const openTestRedis = (): Redis => {
  const url = process.env['KUNDENPULS_REDIS_URL'];
  if (url === undefined) throw new Error('KUNDENPULS_REDIS_URL is not set; run `npm test`');
  return new Redis(url);
};

/** Opens a store of an application on a client. */
export const openRedisStore = (
  redis: Redis,
  name: string,
  nowMs: () => number = () => 0,
): StateStore =>
  createStateStore({ redis, app: name, owner: 'test', projectFolder: packageRoot(), nowMs });
