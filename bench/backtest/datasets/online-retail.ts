/**
 * UCI "Online Retail": a gift shop full of wholesalers, December 2010 to December 2011. Cleaning as
 * the data folder's README says: returns netted, lines without a customer and non-product codes left
 * out, weeks counted from 2010-12-01. The product group is the first two characters of the code.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { dayMs, toOrderEvent, type DocumentDraft, type Source } from './dataset.js';

const NOT_PRODUCTS: ReadonlySet<string> = new Set([
  'POST',
  'DOT',
  'M',
  'C2',
  'D',
  'S',
  'B',
  'BANK CHARGES',
  'AMAZONFEE',
  'CRUK',
  'PADS',
]);
const isProduct = (code: string): boolean =>
  !NOT_PRODUCTS.has(code.toUpperCase()) && !code.toLowerCase().startsWith('gift_');

const FIRST_DAY = '2010-12-01';
const UNTIL_DAY = '2011-12-10';
const PENCE = 100;

/** Reads the file of the data folder. */
export const readOnlineRetail = (folder: string): Source => {
  const text = gunzipSync(readFileSync(join(folder, 'online_retail.csv.gz')));
  const rows = parse(text, { from_line: 2, relax_column_count: true });
  const drafts = new Map<string, DocumentDraft>();
  for (const [i, row] of rows.entries()) {
    const [invoice = '', code = '', , quantityText = '', date = '', priceText = '', customer = ''] =
      row;
    const quantity = Number(quantityText);
    const amountMinor = Math.round(quantity * Number(priceText) * PENCE);
    if (customer === '' || amountMinor === 0 || !isProduct(code)) continue;
    const isReturn = amountMinor < 0;
    const key = `${invoice} ${customer} ${String(isReturn)}`;
    let draft = drafts.get(key);
    if (draft === undefined) {
      const atMs = Date.parse(`${date.replace(' ', 'T')}Z`);
      draft = { orderId: invoice, customerId: customer, atMs, isReturn, lines: [] };
      drafts.set(key, draft);
    }
    draft.lines.push({
      lineId: String(i),
      sku: code,
      productGroup: code.slice(0, 2),
      quantity: Math.abs(quantity),
      netAmountMinor: Math.abs(amountMinor),
    });
  }
  return {
    name: 'online-retail',
    title: 'Gift wholesale (UCI Online Retail)',
    currency: 'GBP',
    events: [...drafts.values()]
      .sort((a, b) => a.atMs - b.atMs)
      .map((draft) => toOrderEvent(draft, 'GBP')),
    firstMs: dayMs(FIRST_DAY),
    untilMs: dayMs(UNTIL_DAY),
    firstOriginWeek: 26,
    originStepWeeks: 4,
    horizonsWeeks: [4, 8],
  };
};
