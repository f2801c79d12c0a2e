/**
 * The histories of a simulation: short and nasty. Few customers, so that everything meets: orders with
 * corrections, cancellations, returns, repeats and late documents, ticks, rates, activations, master
 * data, feedback, erasures, and poison of every kind.
 */
import type { OrderEvent } from '../../../shared/core/contract.generated.js';
import { isBroadcast, type InputEvent } from '../../../shared/core/engine/input-event.js';
import { partitionOf } from '../../../shared/core/partitioner.js';
import type { Random } from '../engine/random.js';
import { SIM_ARTEFACTS } from './artefacts.js';
import { encodeEvent, UNKNOWN_SCHEMA_ID } from './contract.js';

/** A record to be produced; `event` is null for poison. */
export type PlannedRecord = {
  readonly partitions: readonly number[];
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly event: InputEvent | null;
};

export type WorkloadOptions = {
  readonly random: Random;
  readonly partitionCount: number;
  readonly records: number;
};

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2024, 0, 1);
const CUSTOMERS_PER_PARTITION = 3;
const SKUS = ['filter', 'hose', 'valve', 'pump', 'seal'] as const;
const GROUPS = ['hydraulics', 'wear'] as const;

/** Customer ids that the partitioner spreads evenly over the partitions. */
const createCustomers = (partitionCount: number): string[] => {
  const byPartition = Array.from({ length: partitionCount }, (): string[] => []);
  for (let i = 0; byPartition.some((list) => list.length < CUSTOMERS_PER_PARTITION); i += 1) {
    const id = `c${String(i)}`;
    const list = byPartition[partitionOf(id, partitionCount)];
    if (list !== undefined && list.length < CUSTOMERS_PER_PARTITION) list.push(id);
  }
  return byPartition.flat();
};

type Make = () => InputEvent;

/** Plans the records of a run, in the order they will be produced. */
export const planWorkload = (options: WorkloadOptions): PlannedRecord[] => {
  const { random, partitionCount, records } = options;
  const customers = createCustomers(partitionCount);
  const orders: OrderEvent[] = [];
  const activations = [...SIM_ARTEFACTS];
  let nowMs = START_MS;
  let serial = 0;
  const head = (): { eventId: string; occurredAtMs: number } => {
    serial += 1;
    return { eventId: `e${String(serial)}`, occurredAtMs: nowMs };
  };
  const customerId = (): string => random.pick(customers);
  const lines = (): OrderEvent['lines'] =>
    Array.from({ length: 1 + random.below(3) }, (_, i) => ({
      lineId: String(i + 1),
      sku: random.pick(SKUS),
      productGroup: random.pick(GROUPS),
      quantity: 1 + random.below(9),
      netAmountMinor: 100 * (1 + random.below(60_000)),
    }));
  const order = (): OrderEvent => {
    const event: OrderEvent = {
      ...head(),
      customerId: customerId(),
      orderId: `o${String(serial)}`,
      documentVersion: 1,
      kind: 'placed',
      orderedAtMs: nowMs - (random.chance(0.15) ? random.below(40) * DAY_MS : 0),
      currency: random.chance(0.1) ? 'USD' : 'EUR',
      channel: random.pick(['shop', 'edi', 'rep']),
      lines: lines(),
    };
    orders.push(event);
    return event;
  };
  const correction = (): OrderEvent => {
    const before = orders.length === 0 ? order() : random.pick(orders.slice(-20));
    const kind = random.pick(['amended', 'amended', 'cancelled', 'returned'] as const);
    const event: OrderEvent = {
      ...before,
      ...head(),
      kind,
      documentVersion: kind === 'returned' ? 1 + random.below(2) : before.documentVersion + 1,
      lines: kind === 'cancelled' ? [] : lines(),
    };
    if (kind !== 'returned') orders.push(event);
    return event;
  };
  const orderEvent = (event: OrderEvent): InputEvent => ({ type: 'OrderEvent', event });
  const kinds: readonly (readonly [number, Make])[] = [
    [40, () => orderEvent(order())],
    [14, () => orderEvent(correction())],
    [5, () => orderEvent(orders.length === 0 ? order() : random.pick(orders))],
    [12, () => tick(head())],
    [3, () => rates(head(), random)],
    [1, () => staffing(head(), random)],
    [4, () => activation(head(), activations.shift() ?? random.pick(SIM_ARTEFACTS))],
    [4, () => master(head(), customerId(), random)],
    [3, () => machine(head(), customerId(), random)],
    [2, () => override(head(), customerId(), random)],
    [
      2,
      () => ({
        type: 'ProductOffered',
        event: {
          ...head(),
          customerId: customerId(),
          productGroup: random.pick(GROUPS),
          sku: null,
        },
      }),
    ],
    [
      1,
      () => ({
        type: 'CustomerMerged',
        event: {
          ...head(),
          customerId: customerId(),
          intoCustomerId: customerId(),
          isReversal: random.chance(0.3),
        },
      }),
    ],
    [
      3,
      () => ({
        type: 'ErasureRequested',
        event: { ...head(), customerId: customerId(), requestId: `r${String(serial)}` },
      }),
    ],
  ];
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0);
  const drawEvent = (): InputEvent => {
    let at = random.below(total);
    for (const [weight, make] of kinds) {
      if (at < weight) return make();
      at -= weight;
    }
    return orderEvent(order());
  };
  const toRecord = (event: InputEvent): PlannedRecord => {
    const value = encodeEvent(event);
    if (isBroadcast(event)) {
      const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
      return { partitions, key: null, value, event };
    }
    const { customerId: id } = event.event;
    return { partitions: [partitionOf(id, partitionCount)], key: Buffer.from(id), value, event };
  };
  return Array.from({ length: records }, () => {
    nowMs += random.below(3) * DAY_MS + random.below(DAY_MS);
    const good = toRecord(drawEvent());
    return random.chance(0.05) ? poison(good, random) : good;
  });
};

type Head = { readonly eventId: string; readonly occurredAtMs: number };

const rates = (head: Head, random: Random): InputEvent => ({
  type: 'RatesOfDay',
  event: {
    ...head,
    epochDay: Math.floor(head.occurredAtMs / DAY_MS),
    reportingCurrency: 'EUR',
    rates: [{ currency: 'USD', minorRateNano: 800_000_000 + random.below(300_000_000) }],
  },
});

const staffing = (head: Head, random: Random): InputEvent => ({
  type: 'TerritoryStaffed',
  event: {
    ...head,
    territory: random.pick(['north', 'south']),
    salesRep: random.pick(['ann', 'bob', null]),
    staffedFromMs: head.occurredAtMs,
  },
});

const activation = (head: Head, artefact: (typeof SIM_ARTEFACTS)[number]): InputEvent => {
  const { kind, version, sha256 } = artefact;
  return { type: 'ArtefactActivated', event: { ...head, kind, version, sha256 } };
};

const master = (head: Head, customerId: string, random: Random): InputEvent => ({
  type: 'CustomerUpdated',
  event: {
    ...head,
    customerId,
    country: 'DE',
    territory: random.pick(['north', 'south']),
    latitude: null,
    longitude: null,
    salesRep: random.chance(0.3) ? 'cy' : null,
    industry: random.pick(['mining', 'food', null]),
    parentCustomerId: null,
    currency: 'EUR',
  },
});

/** Every other one goes on with itself, a customer at a time. */
const tick = ({ eventId, occurredAtMs }: Head): InputEvent => ({
  type: 'Tick',
  event: { eventId, tickAtMs: occurredAtMs, customersMax: /[02468]$/.test(eventId) ? 1 : null },
});

const machine = (head: Head, customerId: string, random: Random): InputEvent => ({
  type: 'MachineUpdated',
  event: {
    ...head,
    customerId,
    machineId: `m${String(random.below(3))}`,
    machineType: random.pick(['press', 'excavator']),
    commissionedAtMs: head.occurredAtMs - random.below(2_000) * DAY_MS,
    decommissionedAtMs: random.chance(0.2) ? head.occurredAtMs : null,
  },
});

const override = (head: Head, customerId: string, random: Random): InputEvent => ({
  type: 'SegmentOverridden',
  event: {
    ...head,
    customerId,
    segment: random.pick(['KA', 'B', null]),
    reason: 'simulated',
    expiresAtMs: random.chance(0.5) ? head.occurredAtMs + 30 * DAY_MS : null,
  },
});

/** Spoils a record in one of the ways the decoder and the validation refuse. */
const poison = (good: PlannedRecord, random: Random): PlannedRecord => {
  const { partitions, key, value } = good;
  const bytes = value ?? Buffer.alloc(0);
  const spoilt = (spoiltValue: Buffer | null): PlannedRecord => ({
    partitions,
    key,
    value: spoiltValue,
    event: null,
  });
  switch (random.below(5)) {
    case 0:
      return spoilt(null);
    case 1:
      return spoilt(Buffer.from('not avro at all'));
    case 2: {
      const unknown = Buffer.from(bytes);
      unknown.writeUInt32BE(UNKNOWN_SCHEMA_ID, 1);
      return spoilt(unknown);
    }
    case 3:
      return spoilt(bytes.subarray(0, 5 + random.below(4)));
    default:
      return { partitions, key: Buffer.from('somebody else'), value, event: null };
  }
};
