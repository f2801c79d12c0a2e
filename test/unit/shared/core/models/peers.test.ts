/** What comparable customers buy, learned from a year of documents and from master data. */
import { describe, expect, it } from '@jest/globals';
import { MS_PER_DAY } from '../../../../../shared/core/features/vector.js';
import { fitPeers } from '../../../../../shared/core/models/peers.js';

const asOfMs = 1_000 * MS_PER_DAY;
const names = ['parts', 'oil'];
const nameOf = (id: number): string => names[id] ?? '';

const historyOf = (customer: number, lines: readonly (readonly [number, number, number])[]) => ({
  customerId: `c-${String(customer)}`,
  documents: lines.map(([day, groupId, netMinor], i) => ({
    orderHash: i,
    isReturn: netMinor < 0,
    isForwarded: false,
    version: 1,
    orderedAtMs: day * MS_PER_DAY,
    lines: [{ skuId: groupId, groupId, quantityMilli: 1_000, netMinor }],
  })),
});

/** Ten customers with a press buy parts for 100, 200 … 1,000; five of them oil for 50. */
const histories = Array.from({ length: 10 }, (_, i) =>
  historyOf(i, [[900, 0, 100 * (i + 1)], ...(i < 5 ? ([[950, 1, 50]] as const) : [])]),
);
const traitsOf = () => ({
  machines: [],
  machineTypes: new Set(['press']),
  industry: 'metal',
});

describe('peers', () => {
  it('count the buyers of each group and what the middle one spends in a year', () => {
    const [industry, press, ...more] = fitPeers(histories, { asOfMs, nameOf, traitsOf });
    expect(more).toEqual([]);
    expect(industry).toMatchObject({ kind: 'industry', name: 'metal', customers: 10 });
    expect(press).toEqual({
      kind: 'machine_type',
      name: 'press',
      customers: 10,
      trailingMinor: 550,
      groups: [
        { productGroup: 'oil', buyers: 5, yearlyMinor: 50 },
        { productGroup: 'parts', buyers: 10, yearlyMinor: 500 },
      ],
    });
  });

  it('see a year back, and nothing after the as-of time', () => {
    const old = Array.from({ length: 10 }, (_, i) => historyOf(i, [[100, 0, 100]]));
    const later = Array.from({ length: 10 }, (_, i) => historyOf(i, [[1_000, 0, 100]]));
    for (const unseen of [old, later]) {
      expect(fitPeers(unseen, { asOfMs, nameOf, traitsOf })).toEqual([]);
    }
  });

  it('do not count what came back, and say nothing from a handful', () => {
    const returned = histories.map(({ customerId, documents }, i) => ({
      customerId,
      documents: [...documents, ...historyOf(i, [[960, 0, -100 * (i + 1)]]).documents],
    }));
    const [, press] = fitPeers(returned, { asOfMs, nameOf, traitsOf });
    expect(press?.groups.map(({ productGroup }) => productGroup)).toEqual(['oil']);
    expect(fitPeers(histories.slice(0, 7), { asOfMs, nameOf, traitsOf })).toEqual([]);
  });

  it('leave out customers of whom nothing is known', () => {
    expect(fitPeers(histories, { asOfMs, nameOf, traitsOf: () => null })).toEqual([]);
  });
});
