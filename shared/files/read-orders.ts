/**
 * Reads a file of orders row by row (docs/order-files.md). A broken row is named by its line number
 * and left out; the rest goes on. Columns are found by name, and a mapping renames them.
 */
import { ORDER_KIND_SYMBOLS, type OrderKind } from '../core/contract.generated.js';
import { currencyDigits } from '../core/validation/currency-digits.js';
import { createOrderRows, type OrderRow, type OrderRows } from './order-rows.js';
import { withDateOrder } from './date-order.js';
import { isoDateOf, toTimeMs, type DateOrder } from './dates.js';
import { openTable, TableFileError, toNumber, type BrokenRow } from './table-reader.js';

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

export type ReadOrdersOptions = {
  readonly file: string;
  /** Column of the file by column expected here, for files that name them otherwise. */
  readonly columnNames: ReadonlyMap<string, string>;
  /** Value of columns that the file does not have, the same for all rows. */
  readonly constants?: ReadonlyMap<string, string>;
  readonly onBroken: (row: BrokenRow) => void;
  /** What a person should know of how the file was read, one sentence each. */
  readonly onRemark?: (remark: string) => void;
  /** Bytes read of the file, for a progress bar. */
  readonly onProgress: (bytes: number, total: number) => void;
};

const COLUMNS: readonly Column[] = [...ORDER_COLUMNS, ...OPTIONAL_COLUMNS];
/**
 * Lines are numbered within their order when the file does not name them; what a customer bought on one day is
 * one order where orders have no names.
 */
const MAY_BE_MISSING: ReadonlySet<string> = new Set(['order_id', 'line_id', ...OPTIONAL_COLUMNS]);

/** Says which of the named columns are none of ours; null when all are. */
const explainUnknown = (names: Iterable<string>, option: string): string | null => {
  const unknown = [...names].filter((name) => !(COLUMNS as readonly string[]).includes(name));
  return unknown.length === 0
    ? null
    : `${option} names ${unknown.join(', ')}, but the columns are ${COLUMNS.join(', ')}`;
};

type FieldReader = {
  (fields: readonly string[], column: Column): string;
  readonly has: (column: Column) => boolean;
};

/** Finds the columns in the header; throws in words when some are missing or named wrongly. */
const createFieldReader = (header: readonly string[], options: ReadOrdersOptions): FieldReader => {
  const { columnNames, constants = new Map<string, string>() } = options;
  const problem =
    explainUnknown(columnNames.keys(), '--map') ?? explainUnknown(constants.keys(), '--set');
  if (problem !== null) throw new TableFileError(problem);
  if (constants.has('order_id')) {
    throw new TableFileError(
      '--set order_id would make one order of all rows of a customer; without a column order_id, what a ' +
        'customer bought on one day is one order',
    );
  }
  const indexes = new Map<Column, number>();
  const missing: string[] = [];
  for (const column of COLUMNS) {
    const name = columnNames.get(column) ?? column;
    const index = header.indexOf(name);
    if (index >= 0) indexes.set(column, index);
    else if (columnNames.has(column)) missing.push(name);
    else if (!constants.has(column) && !MAY_BE_MISSING.has(column)) missing.push(name);
  }
  if (missing.length > 0) {
    throw new TableFileError(
      `the file ${options.file} lacks the columns ${missing.join(', ')}; it has ` +
        `${header.join(', ')}. Name them with --map COLUMN=NAME, or give all rows one value with ` +
        '--set COLUMN=VALUE.',
    );
  }
  const readField = (fields: readonly string[], column: Column): string => {
    const index = indexes.get(column);
    const field = index === undefined ? undefined : fields[index]?.trim();
    return field === undefined || field === '' ? (constants.get(column) ?? '') : field;
  };
  return Object.assign(readField, { has: (column: Column) => indexes.has(column) });
};

/** What stands for bytes that are no UTF-8. */
const REPLACEMENT = '\uFFFD';
const isGarbled = ({ orderId, customerId, sku, productGroup }: OrderRow): boolean =>
  [orderId, customerId, sku, productGroup].some((name) => name.includes(REPLACEMENT));

const KINDS: ReadonlySet<string> = new Set(ORDER_KIND_SYMBOLS);
const isKind = (text: string): text is OrderKind => KINDS.has(text);

/** Reads the columns that may be missing. */
const toDocument = (
  read: (column: Column) => string,
  amount: number,
): Pick<OrderRow, 'kind' | 'documentVersion'> | string => {
  const kind = read('kind');
  if (kind !== '' && !isKind(kind)) return `kind "${kind}" is none of ${[...KINDS].join(', ')}`;
  if (amount < 0 && (kind === 'placed' || kind === 'amended')) {
    return `net_amount "${read('net_amount')}" is negative on a ${kind} order; returns have kind returned`;
  }
  const version = read('document_version') === '' ? 1 : toNumber(read('document_version'), false);
  if (version === null || version < 1 || !Number.isInteger(version)) {
    return `document_version "${read('document_version')}" is no whole number from 1`;
  }
  return { kind: kind === '' ? null : kind, documentVersion: version };
};

const WORDS: Readonly<Record<DateOrder, string>> = { 'day-first': 'day', 'month-first': 'month' };

/** How the file's rows are to be read. */
type Dialect = {
  readonly mayHaveDecimalCommas: boolean;
  readonly dateOrder: DateOrder | null;
  readonly hasOrderIds: boolean;
};

/** Converts a row, or says in words what is wrong with it. */
const toRow = (
  read: (column: Column) => string,
  { mayHaveDecimalCommas, dateOrder, hasOrderIds }: Dialect,
): OrderRow | string => {
  const customerId = read('customer_id');
  if (customerId === '') return 'customer_id is empty';
  const named = read('order_id');
  if (hasOrderIds && named === '') return 'order_id is empty';
  const orderedAtMs = toTimeMs(read('ordered_at'), dateOrder);
  if (orderedAtMs === null) {
    return `ordered_at "${read('ordered_at')}" is no date; write it as 2025-12-31 or 2025-12-31 13:45`;
  }
  const quantity = toNumber(read('quantity'), mayHaveDecimalCommas);
  if (quantity === null) return `quantity "${read('quantity')}" is no number`;
  const amount = toNumber(read('net_amount'), mayHaveDecimalCommas);
  if (amount === null) return `net_amount "${read('net_amount')}" is no number`;
  const currency = read('currency');
  const digits = currencyDigits(currency);
  if (digits === null) return `currency "${currency}" is not in ISO 4217`;
  const document = toDocument(read, amount);
  if (typeof document === 'string') return document;
  const netAmountMinor = Math.round(amount * 10 ** digits);
  if (!Number.isSafeInteger(netAmountMinor)) return `net_amount "${read('net_amount')}" is absurd`;
  return {
    orderId: hasOrderIds ? named : isoDateOf(orderedAtMs),
    lineId: read('line_id'),
    customerId,
    orderedAtMs,
    sku: read('sku'),
    productGroup: read('product_group'),
    quantity,
    netAmountMinor,
    currency,
    country: read('country'),
    ...document,
  };
};

/** Reads all rows of the file. Throws TableFileError when it is missing or has other columns. */
export const readOrders = async (options: ReadOrdersOptions): Promise<OrderRows> => {
  const { file, onBroken, onProgress, onRemark = () => undefined } = options;
  const table = await openTable({ file, onBroken, onProgress });
  const readField = createFieldReader(table.header, options);
  const hasOrderIds = readField.has('order_id');
  if (!hasOrderIds) onRemark('Without order_id, what a customer bought on one day is one order.');
  const rows = createOrderRows();
  let garbled = 0;
  let said: DateOrder | null = null;
  const dateOf = (fields: readonly string[]): string => readField(fields, 'ordered_at');
  for await (const { rows: batch, dateOrder } of withDateOrder({ file, table }, dateOf)) {
    if (dateOrder !== null && said === null)
      onRemark(`Dates are read with the ${WORDS[dateOrder]} first.`);
    said = dateOrder;
    const dialect = { mayHaveDecimalCommas: table.mayHaveDecimalCommas, dateOrder, hasOrderIds };
    for (const { line, fields } of batch) {
      const row = toRow((column) => readField(fields, column), dialect);
      if (typeof row === 'string') {
        onBroken({ line, reason: row });
        continue;
      }
      if (isGarbled(row)) garbled += 1;
      rows.add(row);
    }
  }
  if (garbled > 0) {
    onRemark(
      `${String(garbled)} rows name something in letters that are no UTF-8; names that differ only in them are ` +
        'taken for one. Save the file as UTF-8.',
    );
  }
  return rows;
};
