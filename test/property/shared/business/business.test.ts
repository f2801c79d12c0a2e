import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { InputEvent } from '../../../../shared/core/engine/input-event.js';
import { openBusiness, type BusinessOptions } from '../../../../shared/business/business.js';
import { refuseOrderEvent } from '../../../../shared/core/validation/order-event.js';
import { DAY_MS, START_MS } from '../../../support/events.js';

const OPTIONS: BusinessOptions = { seed: 7, customers: 300, startMs: START_MS };
const DAYS = 760;

const run = (options: BusinessOptions, days = DAYS) => {
  const business = openBusiness(options);
  const events: InputEvent[] = [];
  for (let day = 0; day < days; day += 1) events.push(...business.eventsOf(day));
  return { business, events };
};

const digest = (events: readonly InputEvent[]): string =>
  createHash('sha256').update(JSON.stringify(events)).digest('hex');

const { business, events } = run(OPTIONS);
const orders = events.flatMap((input) => (input.type === 'OrderEvent' ? [input.event] : []));

describe('the simulated business', () => {
  it('is the same for the same seed and another for another', () => {
    expect(digest(run(OPTIONS).events)).toBe(digest(events));
    expect(digest(run({ ...OPTIONS, seed: 8 }).events)).not.toBe(digest(events));
  });

  it('reports only orders that are accepted, in the ways of real sources', () => {
    expect(orders.length).toBeGreaterThan(3_000);
    for (const order of orders) {
      expect(refuseOrderEvent(order, START_MS + (DAYS + 1) * DAY_MS)).toBeNull();
    }
    const kinds = new Set(orders.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['amended', 'cancelled', 'placed', 'returned']);
    const ids = orders.map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBeLessThan(ids.length);
  });

  it('knows a customer and its machines before its first order', () => {
    const known = new Set<string>();
    for (const input of events) {
      if (input.type === 'CustomerUpdated') known.add(input.event.customerId);
      if (input.type === 'OrderEvent') expect(known).toContain(input.event.customerId);
    }
  });

  const placedBy = (cause: string) => {
    const truth = new Map(
      business.customers.flatMap(({ customerId, planted }) =>
        planted.cause === cause ? [[customerId, planted.onsetDay] as const] : [],
      ),
    );
    expect(truth.size).toBeGreaterThan(0);
    return orders.flatMap(({ customerId, orderedAtMs, kind }) => {
      const onsetDay = truth.get(customerId);
      const day = (orderedAtMs - START_MS) / DAY_MS;
      return kind !== 'placed' || onsetDay === undefined ? [] : [day - onsetDay];
    });
  };

  it('buys nothing from the day of an insolvency on', () => {
    expect(Math.max(...placedBy('insolvency_like'))).toBeLessThan(1);
  });

  it('fades over weeks when it churns, and then buys nothing', () => {
    const days = placedBy('churned');
    expect(Math.max(...days)).toBeGreaterThan(7);
    expect(Math.max(...days)).toBeLessThan(7 * 12);
  });

  it('never sells a group that was planted as never offered', () => {
    const groups = ['spare-parts', 'consumables', 'maintenance', 'tooling'];
    const never = new Map(
      business.customers
        .filter(({ planted }) => planted.cause === 'never_offered')
        .map(({ customerId, planted }) => [customerId, groups[planted.group]]),
    );
    expect(never.size).toBeGreaterThan(0);
    for (const { customerId, lines } of orders) {
      const group = never.get(customerId);
      expect(lines.some(({ productGroup }) => productGroup === group)).toBe(false);
    }
  });

  it('falls in half of the territories when the market does', () => {
    const shock = { fromDay: 400, rampDays: 14, depth: 0.4, territoryShare: 0.5 };
    const inPeriod = (of: readonly InputEvent[]): number =>
      of.reduce((sum, input) => {
        if (input.type !== 'OrderEvent' || input.event.kind !== 'placed') return sum;
        const day = (input.event.orderedAtMs - START_MS) / DAY_MS;
        if (day < 430 || day > 730) return sum;
        return sum + input.event.lines.reduce((total, l) => total + l.netAmountMinor, 0);
      }, 0);
    const share = inPeriod(run({ ...OPTIONS, shock }).events) / inPeriod(events);
    expect(share).toBeGreaterThan(0.6);
    expect(share).toBeLessThan(0.95);
  });
});
