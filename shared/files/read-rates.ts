/**
 * Reads a file of exchange rates: `date, currency, rate`, the rate being how many units of the
 * reporting currency one unit of the currency is worth on that day. Given out as the broadcasts that
 * the scorer knows, one per day, in order.
 */
import type { RatesOfDay } from '../core/contract.generated.js';
import { MS_PER_DAY } from '../core/features/vector.js';
import { currencyDigits } from '../core/validation/currency-digits.js';
import { toTimeMs } from './dates.js';
import {
  openTable,
  TableFileError,
  toNumber,
  type BrokenRow,
  type TableRow,
} from './table-reader.js';

const COLUMNS = ['date', 'currency', 'rate'] as const;
const NANO = 1_000_000_000;

type Rate = RatesOfDay['rates'][number];

/** Converts units per unit into billionths of a minor unit per minor unit. */
export const toMinorRateNano = (
  rate: number,
  currency: string,
  reporting: string,
): number | null => {
  const [own, target] = [currencyDigits(currency), currencyDigits(reporting)];
  if (own === null || target === null || !(rate > 0)) return null;
  const nano = Math.round(rate * 10 ** (target - own) * NANO);
  return Number.isSafeInteger(nano) && nano > 0 ? nano : null;
};

/** The broadcast of one day's rates; its id is its day, so that a repeated one is the same event. */
export const toRatesOfDay = (
  epochDay: number,
  reportingCurrency: string,
  rates: readonly Rate[],
): RatesOfDay => ({
  eventId: `rates-${String(epochDay)}`,
  occurredAtMs: epochDay * MS_PER_DAY,
  epochDay,
  reportingCurrency,
  rates: [...rates],
});

/** Reads the file; broken rows are named and left out. Throws TableFileError when it is no such file. */
export const readRates = async (options: {
  readonly file: string;
  readonly reportingCurrency: string;
  readonly onBroken: (row: BrokenRow) => void;
}): Promise<readonly RatesOfDay[]> => {
  const { file, reportingCurrency, onBroken } = options;
  const table = await openTable({ file, onBroken });
  const indexes = COLUMNS.map((column) => table.header.indexOf(column));
  if (indexes.includes(-1)) {
    throw new TableFileError(
      `the file ${file} has the columns ${table.header.join(', ')}; rates need ${COLUMNS.join(', ')}`,
    );
  }
  const days = new Map<number, Rate[]>();
  const addRow = ({ line, fields }: TableRow): void => {
    const [date = '', currency = '', text = ''] = indexes.map((i) => fields[i]?.trim());
    const atMs = toTimeMs(date);
    const rate = toNumber(text, table.mayHaveDecimalCommas);
    const minorRateNano = rate === null ? null : toMinorRateNano(rate, currency, reportingCurrency);
    if (atMs === null) onBroken({ line, reason: `date "${date}" is no date` });
    else if (minorRateNano === null) {
      onBroken({ line, reason: `"${text}" is no rate of "${currency}" into ${reportingCurrency}` });
    } else {
      const epochDay = Math.floor(atMs / MS_PER_DAY);
      const rates = days.get(epochDay) ?? [];
      days.set(epochDay, [
        ...rates.filter((r) => r.currency !== currency),
        { currency, minorRateNano },
      ]);
    }
  };
  for await (const batch of table.rows()) batch.forEach(addRow);
  return [...days]
    .sort(([a], [b]) => a - b)
    .map(([epochDay, rates]) => toRatesOfDay(epochDay, reportingCurrency, rates));
};
