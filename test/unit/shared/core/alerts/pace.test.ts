/** Whether a customer stopped at once or faded, by its last three orders. */
import { describe, expect, it } from '@jest/globals';
import { viewDocuments } from '../../../../../shared/core/alerts/ledger-view.js';
import { paceBefore } from '../../../../../shared/core/alerts/pace.js';
import { MS_PER_DAY } from '../../../../../shared/core/features/vector.js';

const viewOf = (orders: readonly (readonly [day: number, netMinor: number])[]) =>
  viewDocuments(() =>
    orders.map(([day, netMinor], i) => ({
      orderHash: i,
      isReturn: false,
      isForwarded: false,
      version: 1,
      orderedAtMs: day * MS_PER_DAY,
      lines: [{ skuId: 1, groupId: 1, quantityMilli: 1_000, netMinor }],
    })),
  );

const steady = Array.from({ length: 12 }, (_, i) => [7 * i, 10_000] as const);
const endMs = 400 * MS_PER_DAY;

describe('the pace of the last orders', () => {
  it('is 1 for a customer that stopped at once, however long ago', () => {
    expect(paceBefore(viewOf(steady), endMs)).toBeCloseTo(1, 12);
  });

  it('falls with smaller and with later orders', () => {
    const smaller = [...steady, [84, 5_000], [91, 5_000], [98, 5_000]] as const;
    const later = [...steady, [91, 10_000], [105, 10_000], [119, 10_000]] as const;
    expect(paceBefore(viewOf(smaller), endMs)).toBeCloseTo(0.5, 12);
    expect(paceBefore(viewOf(later), endMs)).toBeCloseTo(0.5, 12);
  });

  it('sees only what came before the time, and needs seven orders', () => {
    expect(paceBefore(viewOf(steady), 7 * 7 * MS_PER_DAY)).toBeCloseTo(1, 12);
    expect(paceBefore(viewOf(steady), 6 * 7 * MS_PER_DAY)).toBeNull();
  });
});
