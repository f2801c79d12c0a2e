/** A replay forecasts what the back-test measures: same file, origin and horizon, same cents. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { orderRowsOf, writeOrderFile } from '../../support/order-file.js';
import { replayAndMeasure } from '../../support/replay-and-measure.js';

// Fits three models, which takes a while where other tests run beside it.
jest.setTimeout(180_000);

const HORIZON_WEEKS = 4;
/** Enough customers for trees. */
const SHAPE = { customers: 160, fromDay: '2023-01-01', days: 420 };

/** Every fifth order comes back in part, a week later. */
const withReturns = (rows: readonly string[]): readonly string[] =>
  rows.flatMap((row, i) => {
    if (i % 5 !== 0) return [row];
    const [order = '', , customer = '', at = '', sku = '', group = ''] = row.split(',');
    const backAt = new Date(Date.parse(at) + 7 * 86_400_000).toISOString();
    return [row, `r-${order}-${String(i)},1,${customer},${backAt},${sku},${group},-1,-9.37,EUR,DE`];
  });

describe('a replay and the back-test', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'replay-backtest-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('forecast the same of every customer, to the cent', async () => {
    const orders = join(folder, 'orders.csv');
    writeOrderFile(orders, withReturns(orderRowsOf(SHAPE)));
    const { replayed, measured, hasTrees } = await replayAndMeasure(orders, {
      out: join(folder, 'out'),
      horizonWeeks: HORIZON_WEEKS,
    });
    expect(hasTrees).toBe(true);
    expect(replayed.size).toBe(SHAPE.customers);
    expect(Object.fromEntries(replayed)).toEqual(Object.fromEntries(measured));
  });
});
