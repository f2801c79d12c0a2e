/**
 * Opens a file of orders for scoring, for `replay` and `stream` alike: reads the orders and the rates,
 * settles the reporting currency and the rulebook, and tells what was left out. The same arguments give
 * the same log, whoever runs it.
 */
import type { RatesOfDay } from '../core/contract.generated.js';
import { builtinRulebook, type Rulebook } from '../core/rulebook/rulebook.js';
import { isCurrency } from '../core/validation/currencies.js';
import { createBrokenRows } from '../files/broken-rows.js';
import { toTimeMs } from '../files/dates.js';
import type { OrderRows } from '../files/order-rows.js';
import { readOrders } from '../files/read-orders.js';
import { readRates } from '../files/read-rates.js';
import { TableFileError } from '../files/table-reader.js';

/** Options as the commands give them. */
export type OrderFileOptions = {
  readonly orders: string;
  /** Column of the file by column expected. */
  readonly map?: Readonly<Record<string, string>>;
  /** Value of columns the file does not have. */
  readonly set?: Readonly<Record<string, string>>;
  readonly rates?: string;
  /** ISO 4217; without it the most frequent currency of the file. */
  readonly reportingCurrency?: string;
  readonly horizonDays: number;
};

export type OrderFile = {
  readonly rows: OrderRows;
  readonly rulebook: Rulebook;
  readonly rates: readonly RatesOfDay[];
  readonly brokenRows: number;
  /** What a person should know about the file, one sentence a line. */
  readonly remarks: readonly string[];
};

export type Progress = (step: string, done: number, total: number) => void;

const toMap = (record: Readonly<Record<string, string>> = {}): ReadonlyMap<string, string> =>
  new Map(Object.entries(record));

/** Parses the time of `--as-of`; a date is its start, and without a zone it is UTC. */
export const parseAsOf = (text: string): number => {
  const asOfMs = toTimeMs(text);
  if (asOfMs === null) {
    throw new TableFileError(`--as-of "${text}" is no date; write it as 2011-08-31`);
  }
  return asOfMs;
};

const reportingCurrencyOf = (given: string | undefined, rows: OrderRows): string => {
  if (given === undefined) return rows.currencies()[0] ?? builtinRulebook.reportingCurrency;
  if (isCurrency(given)) return given;
  throw new TableFileError(`--reporting-currency "${given}" is not in ISO 4217`);
};

/** The built-in rulebook, with the horizon asked for and its amounts taken at par. */
const rulebookOf = (reportingCurrency: string, horizonDays: number): Rulebook => {
  const { version, forecastHorizonsDays } = builtinRulebook;
  return {
    ...builtinRulebook,
    version: `${version}-${reportingCurrency}-h${String(horizonDays)}`,
    reportingCurrency,
    forecastHorizonsDays: [...new Set([...forecastHorizonsDays, horizonDays])].sort(
      (a, b) => a - b,
    ),
  };
};

const remarkOnCurrencies = (rows: OrderRows, reporting: string, rates: readonly RatesOfDay[]) => {
  const known = new Set(rates.flatMap((day) => day.rates.map(({ currency }) => currency)));
  const unknown = rows.currencies().filter((code) => code !== reporting && !known.has(code));
  if (unknown.length === 0) return [];
  const count = unknown.reduce((sum, code) => sum + rows.rowCountIn(code), 0);
  return [
    `${String(count)} rows in ${unknown.join(', ')} are left out, since no rate into ${reporting} is ` +
      'known; give rates with --rates FILE (date, currency, rate).',
  ];
};

/** Reads the file; throws TableFileError, in words, when nothing can be scored. */
export const openOrderFile = async (
  options: OrderFileOptions,
  onProgress: Progress,
): Promise<OrderFile> => {
  const broken = createBrokenRows();
  const remarksOnRows: string[] = [];
  const rows = await readOrders({
    file: options.orders,
    columnNames: toMap(options.map),
    constants: toMap(options.set),
    onBroken: broken.add,
    onRemark: (remark) => remarksOnRows.push(remark),
    onProgress: (bytes, total) => {
      onProgress('reading orders', bytes, total);
    },
  });
  const reporting = reportingCurrencyOf(options.reportingCurrency, rows);
  const brokenRates = createBrokenRows('rates: ');
  const rates =
    options.rates === undefined
      ? []
      : await readRates({
          file: options.rates,
          reportingCurrency: reporting,
          onBroken: brokenRates.add,
        });
  const remarks = [
    ...broken.describe(),
    ...remarksOnRows,
    ...brokenRates.describe(),
    ...remarkOnCurrencies(rows, reporting, rates),
  ];
  if (rows.rowCount() === 0) {
    throw new TableFileError(
      [...remarks, `the file ${options.orders} has no order that can be read`].join('\n'),
    );
  }
  return {
    rows,
    rulebook: rulebookOf(reporting, options.horizonDays),
    rates,
    brokenRows: broken.count(),
    remarks,
  };
};
