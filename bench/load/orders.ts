/**
 * The load of the bench: a year of a B2B business as order events in event-time order. 50,000 customers
 * buy at their own rhythm (some arrive during the year, some stop), 20 orders each on average, 1 to 4
 * lines, with returns, amendments and repeated deliveries mixed in, since exact corrections are part
 * of what is measured. Deterministic: the same options give the same events on every machine.
 */
import type { OrderEvent } from '../../shared/core/contract.generated.js';
import { createRandom, type Random } from './random.js';

export type LoadOptions = {
  readonly orders: number;
  readonly customers: number;
  readonly seed: number;
  /** Event time of the first day, ms. */
  readonly fromMs: number;
};

/** 2025-01-01 UTC. */
export const LOAD_FROM_MS = 1_735_689_600_000;
export const LOAD: LoadOptions = {
  orders: 1_000_000,
  customers: 50_000,
  seed: 20_250_101,
  fromMs: LOAD_FROM_MS,
};

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
/** Orders a year of a customer who buys all year; the mean over all is a little lower. */
const ORDERS_PER_YEAR = 20;
const RHYTHM_SIGMA = 0.7;
const ARRIVING_SHARE = 0.2;
const LEAVING_SHARE = 0.1;
const RETURNED_SHARE = 0.01;
const AMENDED_SHARE = 0.005;
const REPEATED_SHARE = 0.003;
const PRODUCT_GROUPS = 40;
const SKUS_PER_GROUP = 100;
const LINES_MAX = 4;
/** Customers per key slot: an event is sorted as one double, time and customer together. */
const CUSTOMER_SLOTS = 65_536;

type Customer = {
  readonly id: string;
  readonly groups: readonly number[];
  readonly basketMinor: number;
  last: OrderEvent | null;
};

const createCustomers = ({ customers }: LoadOptions, random: Random): Customer[] =>
  Array.from({ length: customers }, (_, i) => ({
    id: `C${String(i).padStart(7, '0')}`,
    groups: Array.from({ length: 2 + random.below(4) }, () => random.below(PRODUCT_GROUPS)),
    basketMinor: 8_000 * random.lognormal(1),
    last: null,
  }));

/** Times of all events as sortable keys: ms since the start times slots plus customer. */
const createSchedule = ({ orders, customers }: LoadOptions, random: Random): Float64Array => {
  const keys = new Float64Array(orders);
  // With more orders than a year holds at the usual rhythm the year gets longer, not denser.
  const spanMs = YEAR_MS * Math.max(1, (orders / (customers * ORDERS_PER_YEAR)) * 1.1);
  const all: number[] = [];
  const scale = Math.exp((RHYTHM_SIGMA * RHYTHM_SIGMA) / 2) / 1.25;
  for (let c = 0; c < customers; c += 1) {
    const gapMs = ((YEAR_MS / ORDERS_PER_YEAR) * scale) / random.lognormal(RHYTHM_SIGMA);
    const isArriving = random.next() < ARRIVING_SHARE;
    const isLeaving = random.next() < LEAVING_SHARE;
    const startMs = isArriving ? random.next() * 0.6 * spanMs : 0;
    const endMs = isLeaving ? startMs + random.next() * (spanMs - startMs) : spanMs;
    let atMs = startMs + random.next() * gapMs;
    for (; atMs < endMs; atMs += gapMs * random.gamma2()) {
      all.push(Math.floor(atMs) * CUSTOMER_SLOTS + c);
    }
  }
  const sorted = Float64Array.from(all).sort();
  if (sorted.length < orders) {
    throw new RangeError(`the load has ${String(sorted.length)} orders, not ${String(orders)}`);
  }
  keys.set(sorted.subarray(0, orders));
  return keys;
};

const createLines = (customer: Customer, random: Random): OrderEvent['lines'] =>
  Array.from({ length: 1 + random.below(LINES_MAX) }, (_, i) => {
    const group = customer.groups[random.below(customer.groups.length)] ?? 0;
    const quantity = 1 + random.below(20);
    return {
      lineId: String(i + 1),
      sku: `SKU-${String(group * SKUS_PER_GROUP + random.below(SKUS_PER_GROUP)).padStart(5, '0')}`,
      productGroup: `group-${String(group).padStart(2, '0')}`,
      quantity,
      netAmountMinor: Math.round(customer.basketMinor * random.lognormal(0.4)),
    };
  });

/** Event ids have this fixed length, so that a sender can put its own in their place. */
export const EVENT_ID_LENGTH = 20;
const eventId = (sequence: number): string =>
  `e${String(sequence).padStart(EVENT_ID_LENGTH - 1, '0')}`;

const correct = (
  last: OrderEvent,
  facts: { readonly eventId: string; readonly atMs: number },
  random: Random,
): OrderEvent | null => {
  const chance = random.next();
  if (chance < REPEATED_SHARE) return last;
  if (chance < REPEATED_SHARE + AMENDED_SHARE) {
    return {
      ...last,
      eventId: facts.eventId,
      occurredAtMs: facts.atMs,
      kind: last.kind === 'returned' ? 'returned' : 'amended',
      documentVersion: last.documentVersion + 1,
      lines: last.lines.map((line) => ({
        ...line,
        netAmountMinor: Math.round(line.netAmountMinor * (0.5 + random.next())),
      })),
    };
  }
  if (chance < REPEATED_SHARE + AMENDED_SHARE + RETURNED_SHARE && last.kind !== 'returned') {
    return {
      ...last,
      eventId: facts.eventId,
      occurredAtMs: facts.atMs,
      orderedAtMs: facts.atMs,
      kind: 'returned',
      documentVersion: 1,
      lines: last.lines.slice(0, 1),
    };
  }
  return null;
};

/** Yields the order events of a load. */
export function* createOrders(options: LoadOptions): Generator<OrderEvent> {
  const random = createRandom(options.seed);
  const customers = createCustomers(options, random);
  const schedule = createSchedule(options, random);
  for (let i = 0; i < schedule.length; i += 1) {
    const key = schedule[i] ?? 0;
    const customer = customers[key % CUSTOMER_SLOTS];
    if (customer === undefined) continue;
    const atMs = options.fromMs + Math.floor(key / CUSTOMER_SLOTS);
    const id = eventId(i);
    const corrected =
      customer.last === null ? null : correct(customer.last, { eventId: id, atMs }, random);
    const event: OrderEvent = corrected ?? {
      eventId: id,
      occurredAtMs: atMs,
      customerId: customer.id,
      orderId: `O-${String(i).padStart(9, '0')}`,
      documentVersion: 1,
      kind: 'placed',
      orderedAtMs: atMs,
      currency: 'EUR',
      channel: 'shop',
      lines: createLines(customer, random),
    };
    customer.last = event;
    yield event;
  }
}
