/** On the wholesaler's real orders, too, a replay forecasts what the back-test measures. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { findDataFolder } from '../../../bench/backtest/datasets/dataset.js';
import { readOnlineRetail } from '../../../bench/backtest/datasets/online-retail.js';
import { writeOrderFile } from '../../support/order-file.js';
import { replayAndMeasure } from '../../support/replay-and-measure.js';

// A replay of 130,000 rows, which takes minutes where other tests run beside it.
jest.setTimeout(900_000);
/** Enough for every path of training; each is fitted on these alone, in replay and back-test alike. */
const CUSTOMERS_EVERY = 3;

const data = findDataFolder();
if (data === null) {
  process.stderr.write('SKIPPED: replay = back-test on ../shared/data/online_retail.csv.gz\n');
}

/** The orders of every third customer as rows of an order file; amounts in pounds. */
const rowsOf = (folder: string): readonly string[] =>
  [...readOnlineRetail(folder).events].flatMap(({ eventId, kind, ...order }) => {
    if (Number(order.customerId) % CUSTOMERS_EVERY !== 0) return [];
    return order.lines.map(({ lineId, sku, productGroup, quantity, netAmountMinor }) => {
      const amount = ((kind === 'returned' ? -1 : 1) * netAmountMinor) / 100;
      const at = new Date(order.orderedAtMs).toISOString();
      const fields = [`${eventId}/${order.customerId}`, lineId, order.customerId, at, sku];
      return [...fields, productGroup, quantity, amount.toFixed(2), order.currency, ''].join(',');
    });
  });

(data === null ? describe.skip : describe)('a replay of the wholesaler', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'replay-wholesale-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('forecasts of every customer what the back-test measures', async () => {
    const orders = join(folder, 'orders.csv');
    writeOrderFile(orders, rowsOf(data ?? ''));
    const { replayed, measured } = await replayAndMeasure(orders, {
      out: join(folder, 'out'),
      horizonWeeks: 8,
      originWeek: 34,
    });
    expect(measured.size).toBeGreaterThan(800);
    const asked = [...replayed].filter(([customerId]) => measured.has(customerId));
    expect(Object.fromEntries(asked)).toEqual(Object.fromEntries(measured));
    // Who only returned is in the replay, with nothing expected, and asked by no back-test.
    for (const [customerId, totals] of replayed) {
      if (!measured.has(customerId)) expect(totals).toEqual([0, 0, 0, 0]);
    }
  });
});
