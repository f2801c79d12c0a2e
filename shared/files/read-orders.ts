/**
 * Reads a file of orders (CSV, plain or gzip) row by row. A broken row is named by its line number and
 * left out; the rest goes on. Columns are found by name, and a mapping renames them.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { ORDER_KIND_SYMBOLS, type OrderKind } from '../core/contract.generated.js';
import { currencyDigits } from '../core/validation/currency-digits.js';
import { createOrderRows, type OrderRow, type OrderRows } from './order-rows.js';

/** Columns of the file; the last two may be missing. */
export const ORDER_COLUMNS = [
  'order_id',
  'line_id',
  'customer_id',
  'ordered_at',
  'sku',
  'product_group',
  'quantity',
  'net_amount',
  'currency',
  'country',
] as const;
const OPTIONAL_COLUMNS = ['kind', 'document_version'] as const;
type Column = (typeof ORDER_COLUMNS)[number] | (typeof OPTIONAL_COLUMNS)[number];

export type BrokenRow = { readonly line: number; readonly reason: string };

export type ReadOrdersOptions = {
  readonly file: string;
  /** Column of the file by column expected here, for files that name them otherwise. */
  readonly columnNames: ReadonlyMap<string, string>;
  readonly onBroken: (row: BrokenRow) => void;
  /** Bytes read of the file, for a progress bar. */
  readonly onProgress: (bytes: number, total: number) => void;
};

/** The file cannot be read as orders at all; the message says what to do. */
export class OrdersFileError extends Error {
  override readonly name = 'OrdersFileError';
}

const indexColumns = (
  header: readonly string[],
  columnNames: ReadonlyMap<string, string>,
): ReadonlyMap<Column, number> => {
  const indexes = new Map<Column, number>();
  const missing: string[] = [];
  for (const column of [...ORDER_COLUMNS, ...OPTIONAL_COLUMNS]) {
    const name = columnNames.get(column) ?? column;
    const index = header.findIndex((field) => field.trim().replace(/^\uFEFF/, '') === name);
    if (index >= 0) indexes.set(column, index);
    else if ((ORDER_COLUMNS as readonly string[]).includes(column)) missing.push(name);
  }
  if (missing.length > 0) {
    throw new OrdersFileError(
      `the file lacks the columns ${missing.join(', ')}; it has ${header.join(', ')}. ` +
        'Name them with --map expected=actual[,expected=actual…].',
    );
  }
  return indexes;
};

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const toNumber = (text: string): number | null => (NUMBER.test(text) ? Number(text) : null);

const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$/;
/** Times without a zone are taken as UTC, so that no machine's zone changes a score. */
const toTimeMs = (text: string): number | null => {
  const iso = LOCAL_TIME.test(text)
    ? text.length === 10
      ? `${text}T00:00:00Z`
      : `${text.replace(' ', 'T')}Z`
    : text;
  const time = Date.parse(iso);
  return Number.isNaN(time) ? null : time;
};

const KINDS: ReadonlySet<string> = new Set(ORDER_KIND_SYMBOLS);

/** The document's version, 1 when the file tells none; null when it is no whole number from 1. */
const toVersion = (text: string): number | null => {
  const version = text === '' ? 1 : toNumber(text);
  return version !== null && version >= 1 && Number.isInteger(version) ? version : null;
};

/** Converts a row, or says in words what is wrong with it. */
const toRow = (
  fields: readonly string[],
  indexes: ReadonlyMap<Column, number>,
): OrderRow | string => {
  const read = (column: Column): string => (fields[indexes.get(column) ?? -1] ?? '').trim();
  const customerId = read('customer_id');
  if (customerId === '') return 'customer_id is empty';
  const orderId = read('order_id');
  if (orderId === '') return 'order_id is empty';
  const orderedAtMs = toTimeMs(read('ordered_at'));
  if (orderedAtMs === null) return `ordered_at "${read('ordered_at')}" is no date`;
  const quantity = toNumber(read('quantity'));
  if (quantity === null) return `quantity "${read('quantity')}" is no number`;
  const amount = toNumber(read('net_amount'));
  if (amount === null) return `net_amount "${read('net_amount')}" is no number`;
  const currency = read('currency');
  const digits = currencyDigits(currency);
  if (digits === null) return `currency "${currency}" is not in ISO 4217`;
  const kind = read('kind');
  if (kind !== '' && !KINDS.has(kind)) return `kind "${kind}" is none of ${[...KINDS].join(', ')}`;
  if (amount < 0 && (kind === 'placed' || kind === 'amended')) {
    return `net_amount "${read('net_amount')}" is negative on a ${kind} order; returns have kind returned`;
  }
  const version = toVersion(read('document_version'));
  if (version === null) {
    return `document_version "${read('document_version')}" is no whole number from 1`;
  }
  const netAmountMinor = Math.round(amount * 10 ** digits);
  if (!Number.isSafeInteger(netAmountMinor)) return `net_amount "${read('net_amount')}" is absurd`;
  return {
    orderId,
    lineId: read('line_id'),
    customerId,
    orderedAtMs,
    sku: read('sku'),
    productGroup: read('product_group'),
    quantity,
    netAmountMinor,
    currency,
    country: read('country'),
    kind: kind === '' ? null : (kind as OrderKind),
    documentVersion: version,
  };
};

/** Reads all rows of the file. Throws OrdersFileError when it is missing or has other columns. */
export const readOrders = async (options: ReadOrdersOptions): Promise<OrderRows> => {
  const { file, onBroken, onProgress } = options;
  const size = await stat(file).then(
    (found) => found.size,
    () => {
      throw new OrdersFileError(`the file ${file} does not exist or cannot be read`);
    },
  );
  const source = createReadStream(file, { highWaterMark: 1 << 20 });
  const parser = parse({ relax_column_count: true, skip_empty_lines: true, info: true });
  const isGzip = file.endsWith('.gz');
  const stream = isGzip ? source.pipe(createGunzip()) : source;
  const fail = (error: Error): void => {
    parser.destroy(new OrdersFileError(`the file ${file} cannot be read: ${error.message}`));
  };
  source.on('error', fail);
  stream.on('error', fail);
  stream.pipe(parser);
  const rows = createOrderRows();
  let indexes: ReadonlyMap<Column, number> | null = null;
  let seen = 0;
  const records = parser as AsyncIterable<{ info: { lines: number }; record: string[] }>;
  for await (const { info, record } of records) {
    if (indexes === null) {
      indexes = indexColumns(record, options.columnNames);
      continue;
    }
    const row = toRow(record, indexes);
    if (typeof row === 'string') onBroken({ line: info.lines, reason: row });
    else rows.add(row);
    seen += 1;
    if (seen % 10_000 === 0) onProgress(source.bytesRead, size);
  }
  if (indexes === null) throw new OrdersFileError(`the file ${file} is empty`);
  onProgress(size, size);
  return rows;
};
