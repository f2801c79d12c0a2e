import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { runReplay, type ReplayOptions } from '../../../services/replay/replay.js';
import { orderRowsOf, writeOrderFile } from '../../support/order-file.js';

// Every replay fits two models, which takes a while where other tests run beside it.
jest.setTimeout(180_000);

const SHAPE = { customers: 40, fromDay: '2023-01-01', days: 500 };
const AS_OF = '2024-03-01';
type Row = Record<string, string>;

describe('a replay', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'replay-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const write = (name: string, rows: readonly string[]): string => {
    const file = join(folder, name);
    writeOrderFile(file, rows);
    return file;
  };
  const replay = async (orders: string, options: Partial<ReplayOptions> = {}) => {
    const out = join(folder, 'out');
    const steps = new Set<string>();
    const lines = await runReplay(
      { orders, asOf: AS_OF, horizonDays: 60, out, ...options },
      (step) => steps.add(step),
    );
    const text = (name: string): string => readFileSync(join(out, name), 'utf8');
    const rows = (name: string): Row[] => parse(text(name), { columns: true });
    return {
      lines,
      steps,
      forecast: rows('forecast.csv'),
      segments: rows('segments.csv'),
      alerts: rows('alerts.csv'),
      files: text('forecast.csv') + text('segments.csv') + text('alerts.csv'),
      summary: JSON.parse(text('summary.json')) as {
        customers: number;
        counts: Record<string, number>;
        customersBehindShare: number;
        revenueBehindShare: number;
        churnedRevenueShare: number;
      },
    };
  };

  it('scores every customer, with groups that add up to the customer to the cent', async () => {
    const { forecast, segments, summary, steps } = await replay(write('a.csv', orderRowsOf(SHAPE)));
    expect(summary.customers).toBe(40);
    expect(segments.map((row) => row['segment'])).not.toContain('');
    const cents = (row: Row): number => Math.round(Number(row['expected_revenue']) * 100);
    for (const total of forecast.filter((row) => row['product_group'] === '')) {
      const parts = forecast.filter(
        (row) => row['customer_id'] === total['customer_id'] && row['product_group'] !== '',
      );
      expect(parts.reduce((sum, part) => sum + cents(part), 0)).toBe(cents(total));
      expect(Number(total['lower_80'])).toBeLessThanOrEqual(Number(total['upper_80']));
      expect(total['horizon_days']).toBe('60');
    }
    expect([...steps]).toContain('applying orders');
  });

  it('weighs churn, and what is behind its forecast, by revenue', async () => {
    const { segments, alerts, summary } = await replay(write('w.csv', orderRowsOf(SHAPE)));
    const revenueOf = (row: Row): number => Number(row['trailing_year']);
    const sumOf = (rows: readonly Row[], of: (row: Row) => number): number =>
      rows.reduce((sum, row) => sum + of(row), 0);
    const total = sumOf(segments, revenueOf);
    const lost = sumOf(segments, (row) => revenueOf(row) * (1 - Number(row['probability_alive'])));
    expect(summary.churnedRevenueShare).toBeCloseTo(lost / total, 3);
    expect(summary.churnedRevenueShare).toBeGreaterThan(0);
    const over = ['withdrawn', 'expired'];
    const behind = new Set(
      alerts.filter((row) => !over.includes(row['status'] ?? '')).map((row) => row['customer_id']),
    );
    const theirs = segments.filter((row) => behind.has(row['customer_id']));
    expect(summary.revenueBehindShare).toBeCloseTo(sumOf(theirs, revenueOf) / total, 3);
    expect(summary.customersBehindShare).toBeCloseTo(theirs.length / segments.length, 9);
  });

  it('knows nothing of what comes after the as-of time', async () => {
    const rows = orderRowsOf(SHAPE);
    const before = rows.filter((row) => (row.split(',')[3] ?? '') < AS_OF);
    expect(before.length).toBeLessThan(rows.length);
    const [whole, cut] = [
      await replay(write('whole.csv', rows)),
      await replay(write('cut.csv', before)),
    ];
    expect(whole.files).toBe(cut.files);
  });

  it('says so where no order lies before the as-of time', async () => {
    const file = write('late.csv', orderRowsOf({ ...SHAPE, customers: 2 }));
    await expect(replay(file, { asOf: '1999-01-01' })).rejects.toThrow(
      /no order of the file .* lies before --as-of 1999-01-01; the first is of \d{4}-\d{2}-\d{2}$/,
    );
  });

  it('gives the same whatever order the rows are in', async () => {
    const rows = orderRowsOf({ ...SHAPE, customers: 20 });
    const byTime = [...rows].sort((a, b) => {
      const [x = '', y = ''] = [a.split(',')[3], b.split(',')[3]];
      return x < y ? -1 : x > y ? 1 : 0;
    });
    const [one, two] = [await replay(write('c.csv', rows)), await replay(write('t.csv', byTime))];
    expect(one.files).toBe(two.files);
  });

  it('leaves broken rows out, names them, and scores the rest as if they were not there', async () => {
    const rows = orderRowsOf({ ...SHAPE, customers: 20 });
    const clean = await replay(write('clean.csv', rows));
    const broken = [...rows];
    broken.splice(10, 0, 'o1,1,c1,not-a-day,sku,group,1,1,EUR,DE');
    const { files, lines } = await replay(write('broken.csv', broken));
    expect(files).toBe(clean.files);
    expect(lines[0]).toMatch(/^line 12: ordered_at "not-a-day" is no date/);
  });

  it('refuses other currencies in words, and converts them with the rates of their days', async () => {
    const currencyOf = (c: number): string => (c % 10 === 0 ? 'CHF' : 'EUR');
    const orders = write('two.csv', orderRowsOf({ ...SHAPE, currencyOf }));
    const without = await replay(orders);
    expect(without.summary.customers).toBe(36);
    expect(without.lines.join('\n')).toMatch(
      /\d+ rows in CHF are left out, since no rate into EUR is known; give rates with --rates FILE/,
    );
    expect(without.summary.counts['dead-letter: rate-unknown']).toBeGreaterThan(0);
    const rates = join(folder, 'rates.csv');
    writeFileSync(rates, 'date,currency,rate\n2022-12-31,CHF,1\n2023-06-01,CHF,1\n');
    const converted = await replay(orders, { rates });
    const inEuro = await replay(write('one.csv', orderRowsOf(SHAPE)));
    expect(converted.files).toBe(inEuro.files);
  });

  it('says that the file ends long before the time it is scored at', async () => {
    const orders = write('end.csv', orderRowsOf({ ...SHAPE, customers: 2 }));
    const during = await replay(orders);
    expect(during.lines.join('\n')).not.toMatch(/last order/);
    const long = await replay(orders, { asOf: '2024-08-01' });
    expect(long.lines[0]).toMatch(
      /^The last order is of 2024-05-09, 83 days before --as-of: .* score as of 2024-05-10\.$/,
    );
  });

  it('says in a sentence that it cannot write where it was told to', async () => {
    const orders = write('d.csv', orderRowsOf({ ...SHAPE, customers: 1 }));
    await expect(replay(orders, { out: join(orders, 'below-a-file') })).rejects.toThrow(
      /^nothing can be written to --out .*below-a-file/,
    );
  });

  it('says in a sentence that the file has no order in it', async () => {
    await expect(replay(write('none.csv', []))).rejects.toThrow(/has no order that can be read/);
  });
});
