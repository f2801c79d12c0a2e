/**
 * A business in small, as a stream of everything the log can carry: a load of orders with corrections and
 * repeats, a tick at the end of days, master data, machines, feedback, overrides, erasures,
 * territories, rates, and now and then a record that cannot be applied.
 */
import { createOrders } from '../../bench/load/orders.js';
import type { CustomerEvent, BroadcastEvent } from '../../shared/core/engine/input-event.js';
import { DAY_MS, FROM_MS, orderEvent, tickEvent } from './orders.js';

export type WorkItem =
  | { readonly kind: 'event'; readonly input: CustomerEvent | BroadcastEvent }
  | { readonly kind: 'raw'; readonly key: string; readonly value: Buffer | null };

const event = (input: CustomerEvent | BroadcastEvent): WorkItem => ({ kind: 'event', input });

/** Customers of a small workload; few, so that each has a history. */
const CUSTOMERS = 400;
/** Fewer than are due at a tick. */
const SLICE_CUSTOMERS = 40;
/** Orders between two records of other kinds. */
const ORDERS_PER_ASIDE = 9;

type Aside = { readonly n: number; readonly customers: number };

const aside = ({ n, customers }: Aside, customerId: string, atMs: number): readonly WorkItem[] => {
  const eventId = `aside-${String(n)}`;
  const about = { eventId, occurredAtMs: atMs, customerId };
  switch (n % 12) {
    case 0:
      return [
        event({
          type: 'CustomerUpdated',
          event: {
            ...about,
            country: 'DE',
            territory: `T${String(n % 5)}`,
            salesRep: n % 3 === 0 ? null : `rep-${String(n % 7)}`,
            industry: null,
            parentCustomerId: null,
            latitude: null,
            longitude: null,
            currency: 'EUR',
          },
        }),
      ];
    case 1:
      return [
        event({
          type: 'MachineUpdated',
          event: {
            ...about,
            machineId: `M${String(n)}`,
            machineType: `press-${String(n % 4)}`,
            commissionedAtMs: atMs - 400 * DAY_MS,
            decommissionedAtMs: null,
          },
        }),
      ];
    case 2:
      return [{ kind: 'raw', key: customerId, value: Buffer.from('no avro at all') }];
    case 3:
      return [event({ type: 'ErasureRequested', event: { ...about, requestId: eventId } })];
    case 4:
      return [
        event({
          type: 'SegmentOverridden',
          event: { ...about, segment: 'KA', reason: 'strategic', expiresAtMs: atMs + 30 * DAY_MS },
        }),
      ];
    case 5:
      return [
        event({
          type: 'RatesOfDay',
          event: {
            eventId,
            occurredAtMs: atMs,
            reportingCurrency: 'EUR',
            epochDay: Math.floor(atMs / DAY_MS),
            rates: [{ currency: 'USD', minorRateNano: 900_000_000 + n }],
          },
        }),
      ];
    case 6:
      return [
        event(orderEvent(customerId, `usd-${String(n)}`, { currency: 'USD', orderedAtMs: atMs })),
      ];
    case 7:
      return [
        event(orderEvent(customerId, `bad-${String(n)}`, { currency: 'XXZ', orderedAtMs: atMs })),
      ];
    case 8:
      return [
        event({
          type: 'TerritoryStaffed',
          event: {
            eventId,
            occurredAtMs: atMs,
            territory: `T${String(n % 5)}`,
            salesRep: `rep-${String(n % 11)}`,
            staffedFromMs: atMs,
          },
        }),
      ];
    case 9:
      return [{ kind: 'raw', key: customerId, value: null }];
    case 10:
    case 11:
      return [
        event({
          type: 'CustomerMerged',
          event: {
            ...about,
            intoCustomerId: `C${String(n % customers).padStart(7, '0')}`,
            isReversal: n % 2 === 1,
          },
        }),
      ];
    default:
      return [];
  }
};

export type WorkloadOptions = {
  readonly orders: number;
  readonly seed: number;
  readonly customers?: number;
  readonly ordersPerAside?: number;
  /** Days between ticks; 1 when omitted. */
  readonly tickDays?: number;
};

/** Yields the workload; the same options give the same items. */
export function* createWorkload(options: WorkloadOptions): Generator<WorkItem> {
  const { customers = CUSTOMERS, ordersPerAside = ORDERS_PER_ASIDE, tickDays = 1 } = options;
  let tickAtMs = FROM_MS + DAY_MS;
  let n = 0;
  let ticks = 0;
  for (const order of createOrders({ ...options, customers, fromMs: FROM_MS })) {
    while (order.occurredAtMs >= tickAtMs) {
      // In slices, as a clock asks for, and whole, as who brings his own time does.
      yield event(tickEvent(tickAtMs, ticks % 2 === 0 ? SLICE_CUSTOMERS : null));
      tickAtMs += tickDays * DAY_MS;
      ticks += 1;
    }
    yield event({ type: 'OrderEvent', event: order });
    n += 1;
    if (n % ordersPerAside !== 0) continue;
    yield* aside({ n: n / ordersPerAside, customers }, order.customerId, order.occurredAtMs);
  }
}
