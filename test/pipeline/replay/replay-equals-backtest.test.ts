/** A replay forecasts what the back-test measures: same file, origin and horizon, same cents. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { originsFor, toDataset } from '../../../bench/backtest/datasets/dataset.js';
import { readOrderFile } from '../../../bench/backtest/datasets/order-file.js';
import { METHOD_NAMES, OURS, runProtocol } from '../../../bench/backtest/protocol.js';
import { runReplay } from '../../../services/replay/replay.js';
import { orderRowsOf, writeOrderFile } from '../../support/order-file.js';

// Fits three models, which takes a while where other tests run beside it.
jest.setTimeout(180_000);

const HORIZON_WEEKS = 4;
/** Enough customers for trees. */
const SHAPE = { customers: 120, fromDay: '2023-01-01', days: 420 };

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
    const dataset = {
      ...toDataset(await readOrderFile(orders)),
      horizonsWeeks: [HORIZON_WEEKS],
      originStepWeeks: 1_000,
    };
    const [originMs = 0, ...others] = originsFor(dataset, HORIZON_WEEKS);
    expect(others).toEqual([]);
    let hasTrees = false;
    const [setting] = runProtocol(dataset, ({ model }) => {
      hasTrees = model.horizons[0]?.trees !== null;
    });
    expect(hasTrees).toBe(true);
    const at = METHOD_NAMES.indexOf(OURS);
    const measured = new Map(
      setting?.cases.map((asked) => [
        dataset.histories[asked.customer]?.customerId,
        [asked.forecastsMinor[at], asked.lower80Minor, asked.upper80Minor],
      ]),
    );
    const out = join(folder, 'out');
    const asOf = new Date(originMs).toISOString();
    await runReplay({ orders, asOf, horizonDays: HORIZON_WEEKS * 7, out }, () => undefined);
    const rows: Record<string, string>[] = parse(readFileSync(join(out, 'forecast.csv'), 'utf8'), {
      columns: true,
    });
    const cents = (text = ''): number => Math.round(Number(text) * 100);
    const replayed = new Map(
      rows
        .filter((row) => row['product_group'] === '')
        .map((row) => [
          row['customer_id'],
          [cents(row['expected_revenue']), cents(row['lower_80']), cents(row['upper_80'])],
        ]),
    );
    expect(replayed.size).toBe(SHAPE.customers);
    expect(Object.fromEntries(replayed)).toEqual(Object.fromEntries(measured));
  });
});
