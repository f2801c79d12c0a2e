/**
 * A simulated after-sales business as a stream of input events, day by day, as real sources report it:
 * amended, cancelled, returned, late and repeated. Pure: the same options give the same events. Holds a few
 * numbers per customer and what is still to be reported.
 */
import type { OrderEvent, OrderLine } from '../core/contract.generated.js';
import type { BroadcastEvent, InputEvent } from '../core/engine/input-event.js';
import { MS_PER_DAY } from '../core/features/vector.js';
import { COUNTRIES, PRODUCT_GROUPS } from './catalogue.js';
import { drawLines, nextGapDays, returnChance } from './orders.js';
import {
  makeCustomer,
  unstaffedFromDay,
  type PopulationRules,
  type SimulatedCustomer,
} from './population.js';
import { openRandom, type Random } from './random.js';

/** A fall of the whole market: demand in a share of the territories goes down by a depth. */
export type Shock = {
  readonly fromDay: number;
  readonly rampDays: number;
  readonly depth: number;
  readonly territoryShare: number;
};

export type BusinessOptions = {
  readonly seed: number;
  readonly customers: number;
  /** Start of day 0, a midnight UTC. */
  readonly startMs: number;
  readonly rules?: Partial<Omit<PopulationRules, 'seed'>>;
  readonly shock?: Shock;
};

export type Business = {
  readonly customers: readonly SimulatedCustomer[];
  /** Events reported on a day, in the order of reporting; days are asked for in order, from 0. */
  readonly eventsOf: (day: number) => readonly InputEvent[];
};

const DEFAULT_RULES = {
  share: 0.12,
  fromDay: 400,
  toDay: 900,
  joinDays: 500,
  unstaffedShare: 0.1,
} as const;
const ORDER_STREAM = 0x3000_0000;
const RATE_STREAM = 0x4000_0000;
const SHOCK_STREAM = 0x5000_0000;
const AMENDED = 0.02;
const CANCELLED = 0.01;
const LATE = 0.02;
const REPEATED = 0.01;
const OFFERED = 0.03;
const LATE_DAYS_MAX = 5;
const RETURN_DAYS_MAX = 20;
const DAYS_PER_WEEK = 7;
/** 1970-01-01 was a Thursday. */
const isWeekend = (epochDay: number): boolean => ((epochDay + 4) % DAYS_PER_WEEK) % 6 === 0;

const CHANNELS: readonly [string, ...string[]] = ['shop', 'phone', 'rep', 'edi'];

type Member = { readonly customer: SimulatedCustomer; readonly random: Random; orders: number };

/** Opens a business; nothing is drawn but its customers. */
export const openBusiness = (options: BusinessOptions): Business => {
  const { seed, startMs, shock } = options;
  const rules: PopulationRules = { seed, ...DEFAULT_RULES, ...options.rules };
  const startDay = Math.floor(startMs / MS_PER_DAY);
  const members: Member[] = Array.from({ length: options.customers }, (_, number) => ({
    customer: makeCustomer(number, rules),
    random: openRandom(seed, ORDER_STREAM + number),
    orders: 0,
  }));
  const orderDays = new Map<number, number[]>();
  const reports = new Map<number, InputEvent[]>();
  const report = (day: number, input: InputEvent): void => {
    addTo(reports, day, input);
  };
  for (const [index, { customer }] of members.entries()) addTo(orderDays, customer.firstDay, index);

  const marketOf = (territory: string, day: number): number => {
    if (shock === undefined || day < shock.fromDay) return 1;
    let stream = SHOCK_STREAM;
    for (let i = 0; i < territory.length; i += 1) stream = stream * 31 + territory.charCodeAt(i);
    if (!openRandom(seed, stream | 0).chance(shock.territoryShare)) return 1;
    return 1 - shock.depth * Math.min(1, (day - shock.fromDay) / Math.max(1, shock.rampDays));
  };

  const orderOn = (day: number, index: number): void => {
    const member = members[index];
    if (member === undefined) return;
    const { customer, random } = member;
    if (member.orders === 0) reportMaster(day, customer);
    const workDay = isWeekend(startDay + day) ? day + 1 : day;
    if (workDay !== day) {
      addTo(orderDays, workDay, index);
      return;
    }
    addTo(orderDays, day + nextGapDays(customer, day, random), index);
    const market = marketOf(customer.territory, day);
    const lines = drawLines(customer, day, { random, market });
    if (lines.length === 0) return;
    member.orders += 1;
    reportOrder(day, member, lines);
  };

  const reportMaster = (day: number, customer: SimulatedCustomer): void => {
    const occurredAtMs = startMs + day * MS_PER_DAY;
    const { customerId } = customer;
    report(day, {
      type: 'CustomerUpdated',
      event: {
        eventId: `${customerId}/master`,
        occurredAtMs,
        customerId,
        country: customer.country.country,
        territory: customer.territory,
        latitude: customer.latitude,
        longitude: customer.longitude,
        // Who serves the customer follows from the staffing of its territory.
        salesRep: null,
        industry: customer.industry,
        parentCustomerId: null,
        currency: customer.country.currency,
      },
    });
    for (const { machineId, machineType, ageDays } of customer.machines) {
      report(day, {
        type: 'MachineUpdated',
        event: {
          eventId: `${machineId}/installed`,
          occurredAtMs,
          customerId,
          machineId,
          machineType,
          commissionedAtMs: startMs - ageDays * MS_PER_DAY,
          decommissionedAtMs: null,
        },
      });
    }
  };

  const reportOrder = (day: number, member: Member, euroLines: readonly OrderLine[]): void => {
    const { customer, random } = member;
    const orderedAtMs = startMs + day * MS_PER_DAY + 25_200_000 + random.below(36_000_000);
    const lines = inCurrency(euroLines, customer.country.rate);
    const placed = orderEvent(member, { kind: 'placed', version: 1, orderedAtMs, lines });
    const day1 = random.chance(LATE) ? day + 1 + random.below(LATE_DAYS_MAX) : day;
    report(day1, placed);
    if (random.chance(REPEATED)) report(day1, placed);
    if (random.chance(AMENDED)) {
      const kept = lines.slice(0, Math.max(1, lines.length - 1));
      const event = { kind: 'amended', version: 2, orderedAtMs, lines: kept } as const;
      report(day1 + 1, orderEvent(member, event));
    }
    if (random.chance(CANCELLED)) {
      report(
        day1 + 2,
        orderEvent(member, { kind: 'cancelled', version: 3, orderedAtMs, lines: [] }),
      );
    } else if (random.chance(returnChance(customer, day))) {
      const back = 1 + random.below(RETURN_DAYS_MAX);
      report(
        day1 + back + 1,
        orderEvent(member, {
          kind: 'returned',
          version: 1,
          orderedAtMs: startMs + (day1 + back) * MS_PER_DAY,
          lines: lines.slice(0, 1),
        }),
      );
    }
    if (random.chance(OFFERED)) {
      const group = random.pick(PRODUCT_GROUPS);
      const { cause, group: never } = customer.planted;
      if (cause === 'never_offered' && PRODUCT_GROUPS[never] === group) return;
      report(day, {
        type: 'ProductOffered',
        event: {
          eventId: `${customer.customerId}/offer-${group}-${String(day)}`,
          occurredAtMs: orderedAtMs,
          customerId: customer.customerId,
          productGroup: group,
          sku: null,
        },
      });
    }
  };

  const broadcastsOf = (day: number): readonly BroadcastEvent[] => [
    ...(day % DAYS_PER_WEEK === 0 ? [ratesOf(seed, { day, startMs })] : []),
    ...staffingOf(rules, { day, startMs }),
  ];

  return {
    customers: members.map(({ customer }) => customer),
    eventsOf: (day) => {
      for (const index of take(orderDays, day)) orderOn(day, index);
      return [...broadcastsOf(day), ...take(reports, day)];
    },
  };
};

const addTo = <T>(days: Map<number, T[]>, day: number, item: T): void => {
  const known = days.get(day);
  if (known === undefined) days.set(day, [item]);
  else known.push(item);
};

const take = <T>(days: Map<number, T[]>, day: number): readonly T[] => {
  const taken = days.get(day) ?? [];
  days.delete(day);
  return taken;
};

const inCurrency = (lines: readonly OrderLine[], rate: number): readonly OrderLine[] =>
  rate === 1
    ? lines
    : lines.map((line) => ({ ...line, netAmountMinor: Math.round(line.netAmountMinor / rate) }));

type Version = Pick<OrderEvent, 'kind' | 'orderedAtMs' | 'lines'> & { readonly version: number };

const orderEvent = (
  { customer, orders }: Member,
  { kind, version, orderedAtMs, lines }: Version,
): InputEvent => {
  const { customerId, country } = customer;
  const orderId = `${customerId}-${String(orders)}`;
  return {
    type: 'OrderEvent',
    event: {
      eventId: `${orderId}/${kind}/${String(version)}`,
      occurredAtMs: orderedAtMs,
      customerId,
      orderId,
      documentVersion: version,
      kind,
      orderedAtMs,
      currency: country.currency,
      channel: CHANNELS[customer.number % CHANNELS.length] ?? 'shop',
      lines,
    },
  };
};

/** Rates of a day: the mean of each currency, wandering by a few per cent. */
const ratesOf = (
  seed: number,
  { day, startMs }: { readonly day: number; readonly startMs: number },
): BroadcastEvent => {
  const random = openRandom(seed, RATE_STREAM + day);
  const foreign = COUNTRIES.filter(({ currency }) => currency !== 'EUR');
  const occurredAtMs = startMs + day * MS_PER_DAY;
  return {
    type: 'RatesOfDay',
    event: {
      eventId: `rates-${String(day)}`,
      occurredAtMs,
      epochDay: Math.floor(occurredAtMs / MS_PER_DAY),
      reportingCurrency: 'EUR',
      rates: foreign.map(({ currency, rate }) => ({
        currency,
        minorRateNano: Math.round(rate * (1 + 0.02 * random.normal()) * 1e9),
      })),
    },
  };
};

/** Staffing of the territories: all on day 0, and those that lose their representative. */
const staffingOf = (
  rules: PopulationRules,
  { day, startMs }: { readonly day: number; readonly startMs: number },
): readonly BroadcastEvent[] => {
  const events: BroadcastEvent[] = [];
  for (const { country, territories } of COUNTRIES) {
    for (let i = 1; i <= territories; i += 1) {
      const territory = `${country}-${String(i)}`;
      const isLost = unstaffedFromDay(territory, rules) === day;
      if (day !== 0 && !isLost) continue;
      const staffedFromMs = startMs + day * MS_PER_DAY;
      events.push({
        type: 'TerritoryStaffed',
        event: {
          eventId: `${territory}/staffing-${String(day)}`,
          occurredAtMs: staffedFromMs,
          territory,
          salesRep: isLost ? null : `rep-${territory}`,
          staffedFromMs,
        },
      });
    }
  }
  return events;
};
