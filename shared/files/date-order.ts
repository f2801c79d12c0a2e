/** Finds out whether the dates of a table have the day or the month first, while it is read. */
import { dateHint, type DateOrder } from './dates.js';
import { TableFileError, type Table, type TableRow } from './table-reader.js';

type DatedRows = { readonly rows: readonly TableRow[]; readonly dateOrder: DateOrder | null };

/** What the dates of some rows tell, and one that could be read in both ways. */
const hintOf = (
  rows: readonly TableRow[],
  dateOf: (fields: readonly string[]) => string,
): { readonly order: DateOrder | null; readonly either: string | null } => {
  let either: string | null = null;
  for (const { fields } of rows) {
    const text = dateOf(fields);
    const hint = dateHint(text);
    if (hint === 'either') either ??= text;
    else if (hint !== 'nothing') return { order: hint, either };
  }
  return { order: null, either };
};

/**
 * The rows of a table with the order of their dates, null where they start with the year. Rows that could be
 * read in both ways are held back until a date tells which: the file may be a pipe, which is read once.
 */
export async function* withDateOrder(
  { file, table }: { readonly file: string; readonly table: Table },
  dateOf: (fields: readonly string[]) => string,
): AsyncGenerator<DatedRows> {
  let held: TableRow[] = [];
  let unsettled: string | null = null;
  let settled: Pick<DatedRows, 'dateOrder'> | null = null;
  for await (const batch of table.rows()) {
    if (settled === null && batch.length > 0) {
      const { order, either } = hintOf(batch, dateOf);
      unsettled ??= either;
      if (order !== null || unsettled === null) settled = { dateOrder: order };
    }
    for (const row of batch) held.push(row);
    if (settled === null) continue;
    yield { rows: held, ...settled };
    held = [];
  }
  if (unsettled === null || held.length === 0) return;
  throw new TableFileError(
    `the dates of the file ${file}, such as ${unsettled}, may have the day or the month first, and none of ` +
      'them tells which; write them as 2025-12-31',
  );
}
