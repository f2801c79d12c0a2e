/**
 * CDNOW, the cohort sample of the BG/NBD and Gamma-Gamma papers: 2,357 customers who first bought in
 * the first quarter of 1997, to June 1998.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { dayMs, toOrderEvent, type Source } from './dataset.js';

const CENTS = 100;

/** Reads the file of the data folder. */
export const readCdnow = (folder: string): Source => {
  const text = gunzipSync(readFileSync(join(folder, 'cdnow_sample.csv.gz')));
  const rows: string[][] = parse(text, { from_line: 2 });
  const events = rows.flatMap(([, customerId = '', date = '', quantity = '1', amount = '0'], i) => {
    const netAmountMinor = Math.round(Number(amount) * CENTS);
    const line = {
      lineId: '1',
      sku: 'cd',
      productGroup: 'cd',
      quantity: Number(quantity),
      netAmountMinor,
    };
    const draft = {
      orderId: String(i),
      customerId,
      atMs: dayMs(date),
      isReturn: false,
      lines: [line],
    };
    return netAmountMinor > 0 ? [toOrderEvent(draft, 'USD')] : [];
  });
  return {
    name: 'cdnow',
    title: 'CDNOW cohort (Fader, Hardie)',
    currency: 'USD',
    events: events.sort((a, b) => a.orderedAtMs - b.orderedAtMs),
    firstMs: dayMs('1997-01-01'),
    untilMs: dayMs('1998-07-01'),
    firstOriginWeek: 26,
    originStepWeeks: 4,
    horizonsWeeks: [4, 13],
  };
};
