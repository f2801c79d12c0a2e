/** Troubles planted into given orders. */
import { describe, expect, it } from '@jest/globals';
import {
  applyTroubles,
  plantTroubles,
  REAL_TROUBLES,
} from '../../../../bench/causes/plant-real.js';
import type { OrderEvent } from '../../../../shared/core/contract.generated.js';
import { day } from '../../../support/events.js';

/** Weekly orders of two groups for a year, and a return in the last week. */
const ordersOf = (customerId: string): readonly OrderEvent[] =>
  Array.from({ length: 53 }, (_, week): OrderEvent => {
    const kind = week === 52 ? 'returned' : 'placed';
    return {
      eventId: `${customerId}/${String(week)}`,
      occurredAtMs: day(week * 7),
      customerId,
      orderId: `${customerId}/${String(week)}`,
      documentVersion: 1,
      kind,
      orderedAtMs: day(week * 7),
      currency: 'EUR',
      channel: 'file',
      lines: ['parts', 'oil'].map((productGroup, i) => ({
        lineId: String(i + 1),
        sku: productGroup,
        productGroup,
        quantity: 2,
        netAmountMinor: kind === 'returned' ? 100 : 1_000,
      })),
    };
  });

const customers = Array.from({ length: 20 }, (_, i) => `c${String(i)}`);
const events = customers.flatMap(ordersOf);
const asked = { each: 2, startMs: day(0), onsetFromDay: 200, onsetToDay: 260 };
const planted = plantTroubles(events, { ...asked, seed: 1 });
const sumOf = (of: readonly OrderEvent[]): number =>
  of.reduce(
    (sum, { kind, lines }) =>
      sum +
      (kind === 'returned' ? -1 : 1) * lines.reduce((all, line) => all + line.netAmountMinor, 0),
    0,
  );

describe('troubles planted into orders', () => {
  it('come to as many customers of each kind, the same for the same seed', () => {
    expect(planted.map(({ trouble }) => trouble)).toEqual(
      REAL_TROUBLES.flatMap((trouble) => [trouble, trouble]),
    );
    expect(new Set(planted.map(({ customerId }) => customerId)).size).toBe(planted.length);
    expect(plantTroubles([...events].reverse(), { ...asked, seed: 1 })).toEqual(planted);
    expect(plantTroubles(events, { ...asked, seed: 2 })).not.toEqual(planted);
  });

  it('cost exactly what they say they cost, and nobody else anything', () => {
    const left = applyTroubles(events, planted, day(0));
    const lost = planted.reduce((sum, { lostMinor }) => sum + lostMinor, 0);
    expect(sumOf(events) - sumOf(left)).toBe(lost);
    for (const customerId of customers) {
      if (planted.some((trouble) => trouble.customerId === customerId)) continue;
      const own = (of: readonly OrderEvent[]) => of.filter((e) => e.customerId === customerId);
      expect(own(left)).toEqual(own(events));
    }
  });

  it('leave what was before, and nothing of a scope that stopped', () => {
    const left = applyTroubles(events, planted, day(0));
    for (const { customerId, trouble, group, onsetDay, keptDays } of planted) {
      const own = left.filter((event) => event.customerId === customerId);
      const after = own.filter(({ orderedAtMs }) => orderedAtMs >= day(onsetDay));
      expect(own.length - after.length).toBe(Math.ceil(onsetDay / 7));
      expect(keptDays).toBe(52 - Math.ceil(onsetDay / 7));
      if (trouble === 'all stopped') expect(after).toEqual([]);
      if (trouble !== 'one group stopped') continue;
      const groups = after.flatMap(({ lines }) => lines.map(({ productGroup }) => productGroup));
      expect(new Set(groups).size).toBe(1);
      expect(groups).not.toContain(group);
    }
  });

  it('come to active customers only', () => {
    const gone = events.filter(({ orderedAtMs }) => orderedAtMs < day(100));
    expect(plantTroubles(gone, { ...asked, seed: 1 })).toEqual([]);
  });
});
