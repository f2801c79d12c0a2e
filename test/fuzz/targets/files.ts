/** Files of orders and rates: rows are read, named as broken, or the file is refused in a sentence. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readOrders } from '../../../shared/files/read-orders.js';
import { readRates } from '../../../shared/files/read-rates.js';
import { TableFileError } from '../../../shared/files/table-reader.js';
import { refuseOrderEvent } from '../../../shared/core/validation/order-event.js';
import { isReasonCode } from '../../../shared/core/validation/reasons.js';
import { anyBytes, mutated } from '../arbitraries/bytes.js';
import { assertSense, fuzzTarget } from '../target.js';

const ORDERS =
  'order_id,line_id,customer_id,ordered_at,sku,product_group,quantity,net_amount,currency,country,kind,document_version\n';
const RATES = 'date,currency,rate\n';

const cell = fc.oneof(
  fc.constantFrom('', 'EUR', 'USD', 'XXX', 'KWD', 'placed', 'returned', 'cancelled', '1', '-1'),
  fc.constantFrom('2025-12-31', '2025-12-31 13:45', '+275760-09-13', '-271821-04-20', '1e999'),
  fc.constantFrom('0x10', '1.234,5', '9007199254740993', '1e-320', '"', '""', 'a"b', '\u0000'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.double().map(String),
);

const table = (header: string, columns: number): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      fc.constantFrom(',', ';', '\t', '|'),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.array(cell, { minLength: columns - 2, maxLength: columns + 1 }), {
        maxLength: 8,
      }),
    )
    .map(([delimiter, end, rows]) =>
      Buffer.from(
        header.replaceAll(',', delimiter) + rows.map((row) => row.join(delimiter) + end).join(''),
      ),
    );

const fileOf = (header: string, columns: number): fc.Arbitrary<Buffer> => {
  const plain = table(header, columns);
  return fc.oneof(
    plain,
    mutated(plain),
    anyBytes,
    mutated(plain.map((bytes) => gzipSync(bytes))),
    plain.map((bytes) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes])),
  );
};

/** Writes the bytes to a file of their own for as long as they are read. */
const withFile = async (bytes: Buffer, read: (file: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'kundenpuls-fuzz-'));
  try {
    const file = join(folder, 'table.csv');
    writeFileSync(file, bytes);
    await read(file);
  } catch (error) {
    if (!(error instanceof TableFileError)) throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const isTime = (ms: number): boolean => Number.isInteger(ms) && Math.abs(ms) <= 8.64e15;

export const fileTargets = [
  fuzzTarget('order files', fileOf(ORDERS, 12), (bytes) =>
    withFile(bytes, async (file) => {
      const rows = await readOrders({
        file,
        columnNames: new Map(),
        onBroken: ({ reason }) => {
          assertSense(reason !== '', 'a broken row without a reason');
        },
        onProgress: () => undefined,
      });
      for (const event of rows.events(Number.POSITIVE_INFINITY)) {
        assertSense(isTime(event.orderedAtMs), 'a time that is none');
        for (const { quantity, netAmountMinor } of event.lines) {
          assertSense(Number.isFinite(quantity) && quantity >= 0, 'a quantity that is none');
          assertSense(Number.isSafeInteger(netAmountMinor), 'an amount that is none');
        }
        const refusal = refuseOrderEvent(event, 0);
        assertSense(refusal === null || isReasonCode(refusal), 'refused without a reason');
      }
    }),
  ),
  fuzzTarget('rate files', fileOf(RATES, 3), (bytes) =>
    withFile(bytes, async (file) => {
      const days = await readRates({
        file,
        reportingCurrency: 'EUR',
        onBroken: () => undefined,
      });
      for (const { epochDay, rates } of days) {
        assertSense(Number.isInteger(epochDay), 'a day that is none');
        for (const { minorRateNano } of rates) {
          assertSense(Number.isSafeInteger(minorRateNano) && minorRateNano > 0, 'no rate');
        }
      }
    }),
  ),
];
