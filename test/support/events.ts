/** Builders of input events for tests: everything but what a test is about has a plain default. */
import type {
  AlertFeedback,
  CustomerUpdated,
  MachineUpdated,
  OrderEvent,
  OrderLine,
  SegmentOverridden,
} from '../../shared/core/contract.generated.js';
import type { CustomerEvent } from '../../shared/core/engine/input-event.js';

export const DAY_MS = 86_400_000;
export const WEEK_MS = 7 * DAY_MS;
/** Monday, 2024-01-01 UTC: day 0 of the tests. */
export const START_MS = Date.UTC(2024, 0, 1);

/** Noon of a day, counted from the start of the tests. */
export const day = (n: number): number => START_MS + n * DAY_MS + DAY_MS / 2;

/** A line; the amount is in minor units. */
export const line = (over: Partial<OrderLine> = {}): OrderLine => ({
  lineId: '1',
  sku: 'filter',
  productGroup: 'spare-parts',
  quantity: 2,
  netAmountMinor: 100_000,
  ...over,
});

/** A placed order of customer c, recorded when it was placed. */
export const order = (over: Partial<OrderEvent> = {}): CustomerEvent => {
  const orderedAtMs = over.orderedAtMs ?? day(0);
  const orderId = over.orderId ?? 'o';
  const documentVersion = over.documentVersion ?? 1;
  return {
    type: 'OrderEvent',
    event: {
      eventId: `${orderId}/${over.kind ?? 'placed'}/${String(documentVersion)}`,
      occurredAtMs: orderedAtMs,
      customerId: 'c',
      orderId,
      documentVersion,
      kind: 'placed',
      orderedAtMs,
      currency: 'EUR',
      channel: 'shop',
      lines: [line()],
      ...over,
    },
  };
};

/** Orders on these days, one each, with the same lines. */
export const ordersOn = (
  days: readonly number[],
  over: Partial<OrderEvent> = {},
): readonly CustomerEvent[] =>
  days.map((n) =>
    order({ orderId: `${over.customerId ?? 'c'}-day-${String(n)}`, orderedAtMs: day(n), ...over }),
  );

/** Days from..to in steps. */
export const every = (stepDays: number, fromDay: number, toDay: number): readonly number[] =>
  Array.from(
    { length: Math.floor((toDay - fromDay) / stepDays) + 1 },
    (_, i) => fromDay + i * stepDays,
  );

export { tickOf as tick } from '../../shared/pipeline/order-log.js';

export const machine = (over: Partial<MachineUpdated> = {}): CustomerEvent => ({
  type: 'MachineUpdated',
  event: {
    eventId: 'machine',
    occurredAtMs: day(0),
    customerId: 'c',
    machineId: 'm-1',
    machineType: 'press',
    commissionedAtMs: day(-5 * 365),
    decommissionedAtMs: null,
    ...over,
  },
});

export const customerUpdated = (over: Partial<CustomerUpdated> = {}): CustomerEvent => ({
  type: 'CustomerUpdated',
  event: {
    eventId: 'master',
    occurredAtMs: day(0),
    customerId: 'c',
    country: 'DE',
    territory: 'north',
    latitude: null,
    longitude: null,
    salesRep: 'rep-1',
    industry: null,
    parentCustomerId: null,
    currency: 'EUR',
    ...over,
  },
});

export const override = (over: Partial<SegmentOverridden> = {}): CustomerEvent => ({
  type: 'SegmentOverridden',
  event: {
    eventId: 'override',
    occurredAtMs: day(0),
    customerId: 'c',
    segment: 'KA',
    reason: 'strategic',
    expiresAtMs: null,
    ...over,
  },
});

export const alertFeedback = (
  over: Partial<AlertFeedback> & Pick<AlertFeedback, 'alertId' | 'status'>,
): CustomerEvent => ({
  type: 'AlertFeedback',
  event: {
    eventId: 'feedback',
    occurredAtMs: day(0),
    customerId: 'c',
    snoozedUntilMs: null,
    ...over,
  },
});

export const merged = (
  customerId: string,
  intoCustomerId: string,
  { isReversal = false, atMs = day(0) }: { isReversal?: boolean; atMs?: number } = {},
): CustomerEvent => ({
  type: 'CustomerMerged',
  event: { eventId: 'merge', occurredAtMs: atMs, customerId, intoCustomerId, isReversal },
});

export const erasure = (customerId: string, atMs: number): CustomerEvent => ({
  type: 'ErasureRequested',
  event: { eventId: 'erase', occurredAtMs: atMs, customerId, requestId: `erase-${customerId}` },
});
