import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OrderEvent } from '../../../../shared/core/contract.generated.js';
import { readOrders, type ReadOrdersOptions } from '../../../../shared/files/read-orders.js';
import { openTable, toNumber, type BrokenRow } from '../../../../shared/files/table-reader.js';

const HEADER =
  'order_id,line_id,customer_id,ordered_at,sku,product_group,quantity,net_amount,currency,country';
const ROW = 'o1,1,c1,2024-03-01 10:30,seal,seals,2,19.90,EUR,DE';

describe('an orders file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'orders-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const write = (content: string | Buffer, name = 'orders.csv'): string => {
    const file = join(folder, name);
    writeFileSync(file, content);
    return file;
  };
  const read = async (
    content: string | Buffer,
    options: Partial<ReadOrdersOptions> = {},
  ): Promise<{ events: OrderEvent[]; broken: BrokenRow[] }> => {
    const broken: BrokenRow[] = [];
    const rows = await readOrders({
      file: write(content),
      columnNames: new Map(),
      onBroken: (row) => broken.push(row),
      onProgress: () => undefined,
      ...options,
    });
    return { events: [...rows.events(Infinity)], broken };
  };
  const expectFirst = (events: readonly OrderEvent[]): void => {
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      orderId: 'o1',
      customerId: 'c1',
      kind: 'placed',
      orderedAtMs: Date.parse('2024-03-01T10:30:00Z'),
      lines: [{ lineId: '1', sku: 'seal', quantity: 2, netAmountMinor: 1_990 }],
    });
  };

  it.each([
    ['as it should be', `${HEADER}\n${ROW}\n`],
    ['with a byte-order mark', `\uFEFF${HEADER}\n${ROW}\n`],
    ['with Windows line ends', `${HEADER}\r\n${ROW}\r\n`],
    ['without a last line end', `${HEADER}\n${ROW}`],
    ['gzipped, whatever its name', gzipSync(`${HEADER}\n${ROW}\n`)],
    ['with tabs', `${HEADER}\n${ROW}\n`.replaceAll(',', '\t')],
    ['with semicolons', `${HEADER}\n${ROW}\n`.replaceAll(',', ';')],
    [
      'with semicolons and decimal commas',
      `${HEADER}\n${ROW}`.replaceAll(',', ';').replace('19.90', '19,90'),
    ],
  ])('is read %s', async (_, content) => {
    const { events, broken } = await read(content);
    expectFirst(events);
    expect(broken).toEqual([]);
  });

  it('names broken rows by their line and goes on', async () => {
    const rows = [
      ROW,
      'o2,1,,2024-03-01,seal,seals,1,1,EUR,DE',
      'o3,1,c1,yesterday,seal,seals,1,1,EUR,DE',
      'o4,1,c1,2024-03-01,seal,seals,one,1,EUR,DE',
      'o5,1,c1,2024-03-01,seal,seals,1,"1,5",EUR,DE',
      'o6,1,c1,2024-03-01,seal,seals,1,1,EURO,DE',
      'o7,1,c1,2024-03-01,"seal ""A"""',
      'o8,1,c1,2024-03-01,"seal',
    ];
    const { events, broken } = await read(`${HEADER}\n${rows.join('\n')}\n`);
    expectFirst(events);
    expect(broken).toEqual([
      { line: 3, reason: 'customer_id is empty' },
      {
        line: 4,
        reason: 'ordered_at "yesterday" is no date; write it as 2025-12-31 or 2025-12-31 13:45',
      },
      { line: 5, reason: 'quantity "one" is no number' },
      { line: 6, reason: 'net_amount "1,5" is no number' },
      { line: 7, reason: 'currency "EURO" is not in ISO 4217' },
      { line: 8, reason: 'quantity "" is no number' },
      { line: 9, reason: 'a quote is opened and never closed' },
    ]);
  });

  const dated = (dates: readonly string[]): string =>
    [
      HEADER,
      ...dates.map((date, i) =>
        ROW.replace('2024-03-01 10:30', date).replace('o1', `o${String(i)}`),
      ),
    ].join('\n');

  it.each([
    ['day', ['05-01-2024', '03-02-2024', '21-07-2024'], ['2024-01-05', '2024-02-03', '2024-07-21']],
    ['month', ['5/1/2024', '3/2/2024', '7/21/2024'], ['2024-03-02', '2024-05-01', '2024-07-21']],
  ])('has the %s first in all its dates where one tells it', async (part, dates, days) => {
    const remarks: string[] = [];
    const { events, broken } = await read(dated(dates), { onRemark: (text) => remarks.push(text) });
    expect(broken).toEqual([]);
    expect(events.map((event) => new Date(event.orderedAtMs).toISOString().slice(0, 10))).toEqual(
      days,
    );
    expect(remarks).toEqual([`Dates are read with the ${part} first.`]);
  });

  it('names what contradicts the order of its dates', async () => {
    const { broken } = await read(dated(['21-07-2024', '07-21-2024']));
    expect(broken).toEqual([
      {
        line: 3,
        reason: 'ordered_at "07-21-2024" is no date; write it as 2025-12-31 or 2025-12-31 13:45',
      },
    ]);
  });

  it('is refused where no date tells whether day or month comes first', async () => {
    await expect(read(dated(['05/01/2024', '06/01/2024']))).rejects.toThrow(
      /such as 05\/01\/2024, may have the day or the month first/,
    );
  });

  it('makes one order of what a customer bought on one day where orders have no names', async () => {
    const remarks: string[] = [];
    const { events } = await read(
      `${HEADER.replace('order_id,', '')}\n` +
        '1,c1,2024-03-01 10:30,a,g,1,5,EUR,DE\n1,c2,2024-03-01,a,g,1,5,EUR,DE\n' +
        '2,c1,2024-03-01 17:00,b,g,1,6,EUR,DE\n1,c1,2024-03-02,a,g,1,5,EUR,DE\n',
      { onRemark: (text) => remarks.push(text) },
    );
    expect(
      events.map(({ customerId, orderId, lines }) => [customerId, orderId, lines.length]),
    ).toEqual([
      ['c2', '2024-03-01', 1],
      ['c1', '2024-03-01', 2],
      ['c1', '2024-03-02', 1],
    ]);
    expect(remarks).toEqual(['Without order_id, what a customer bought on one day is one order.']);
    await expect(
      read(`${HEADER}\n${ROW}\n`, { constants: new Map([['order_id', 'x']]) }),
    ).rejects.toThrow(/--set order_id would make one order of all rows/);
  });

  it('says where names are not in UTF-8', async () => {
    const remarks: string[] = [];
    const content = Buffer.from(`${HEADER}\n${ROW}\n${ROW.replace('c1', 'Müller')}\n`, 'latin1');
    const { events } = await read(content, { onRemark: (text) => remarks.push(text) });
    expect(events).toHaveLength(2);
    expect(remarks).toEqual([
      expect.stringMatching(/^1 rows name something in letters that are no UTF-8/),
    ]);
  });

  it('goes on after a row that is no CSV', async () => {
    const { events, broken } = await read(`${HEADER}\nx,1,c"1,2024,\n${ROW}\n`);
    expectFirst(events);
    expect(broken.map(({ line }) => line)).toEqual([2]);
  });

  it('takes negative amounts for returns and numbers lines that have no number', async () => {
    const header = HEADER.replace('line_id,', '');
    const { events } = await read(
      `${header}\no1,c1,2024-03-01,a,g,1,5,EUR,DE\no1,c1,2024-03-01,b,g,1,6,EUR,DE\n` +
        'o1,c1,2024-03-05,a,g,-1,-5,EUR,DE\n',
    );
    expect(events.map(({ kind, lines }) => [kind, lines])).toEqual([
      [
        'placed',
        [
          { lineId: '1', sku: 'a', productGroup: 'g', quantity: 1, netAmountMinor: 500 },
          { lineId: '2', sku: 'b', productGroup: 'g', quantity: 1, netAmountMinor: 600 },
        ],
      ],
      [
        'returned',
        [{ lineId: '1', sku: 'a', productGroup: 'g', quantity: 1, netAmountMinor: 500 }],
      ],
    ]);
  });

  it('maps columns and takes constants for those that are not there', async () => {
    const { events } = await read(
      'nr,debtor,day,item,pieces,total\no1,c1,2024-03-01 10:30,seal,2,19.90\n',
      {
        columnNames: new Map([
          ['order_id', 'nr'],
          ['customer_id', 'debtor'],
          ['ordered_at', 'day'],
          ['sku', 'item'],
          ['quantity', 'pieces'],
          ['net_amount', 'total'],
        ]),
        constants: new Map([
          ['currency', 'EUR'],
          ['country', 'DE'],
          ['product_group', 'all'],
        ]),
      },
    );
    expectFirst(events);
  });

  it('says which columns are missing and which are there', async () => {
    await expect(read('order_id,sku\n1,2\n')).rejects.toThrow(
      /lacks the columns customer_id, ordered_at, .*; it has order_id, sku\. Name them with --map/,
    );
  });

  it('refuses to map a column that is none', async () => {
    const columnNames = new Map([['customer', 'debtor']]);
    await expect(read(`${HEADER}\n${ROW}\n`, { columnNames })).rejects.toThrow(
      /--map names customer, but the columns are order_id/,
    );
  });

  it.each([
    ['an empty file', '', 'is empty'],
    ['a workbook', Buffer.from('PK\u0003\u0004rest'), 'save the sheet as CSV'],
    ['UTF-16', Buffer.from(`\uFEFF${HEADER}`, 'utf16le'), 'is UTF-16; save it as UTF-8'],
    [
      'half a gzip file',
      gzipSync(`${HEADER}\n${ROW}\n`).subarray(0, 60),
      'in the middle of its gzip',
    ],
    ['bytes', Buffer.from([1, 0, 2, 0, 10]), 'is no text'],
  ])('refuses %s with a sentence', async (_, content, sentence) => {
    await expect(read(content)).rejects.toThrow(sentence);
  });

  it('refuses a folder and a file that is not there with a sentence', async () => {
    const onBroken = (): void => undefined;
    await expect(openTable({ file: folder, onBroken })).rejects.toThrow('is a folder');
    await expect(openTable({ file: join(folder, 'none'), onBroken })).rejects.toThrow(
      'does not exist',
    );
  });

  it('reads decimal commas only where the comma is free', () => {
    expect(toNumber('1.234,5', true)).toBe(1_234.5);
    expect(toNumber('1234,5', true)).toBe(1_234.5);
    expect(toNumber('1234,5', false)).toBeNull();
    expect(toNumber('1.5', true)).toBe(1.5);
    expect(toNumber('', true)).toBeNull();
  });
});
