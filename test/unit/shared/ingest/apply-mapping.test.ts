import { describeRecord } from '../../../../shared/avro/describe-record.js';
import { recordSchema, recordSchemas } from '../../../../shared/avro/record-schemas.js';
import { applyMapping, chooseMapping } from '../../../../shared/ingest/apply-mapping.js';
import { MappingError, parseMapping } from '../../../../shared/ingest/mapping-file.js';

const NAMESPACE = 'kundenpuls.events.';
const contract = {
  fieldsOf: (event: string) =>
    recordSchemas().has(NAMESPACE + event) ? describeRecord(NAMESPACE + event) : null,
};
const source = {
  topic: 'erp.orders',
  format: 'json',
  event: 'OrderEvent',
  where: [{ from: 'type', in: ['ORDER', 'CREDIT'] }],
  fields: {
    customerId: { from: 'debtor.no' },
    orderId: { from: 'number' },
    documentVersion: { from: 'version', default: 1 },
    kind: { from: 'type', values: { ORDER: 'placed', CREDIT: 'returned' } },
    orderedAtMs: { from: 'date', date: 'dd.MM.yyyy', timeZone: 'Europe/Vienna' },
    currency: { from: 'currency' },
    lines: {
      each: 'items',
      fields: {
        lineId: { from: 'pos' },
        sku: { from: 'article' },
        productGroup: { from: 'group', default: 'other' },
        quantity: { from: 'qty', decimal: ',', absolute: true },
        netAmountMinor: { from: 'net', moneyIn: '../currency', decimal: ',', absolute: true },
      },
    },
  },
} as const;
const order = {
  type: 'ORDER',
  debtor: { no: 4711 },
  number: 'A-1',
  date: '30.03.2025',
  currency: 'EUR',
  items: [{ pos: 1, article: 'S-1', qty: '-2,5', net: '-1.234,50' }],
};
const mapping = (overrides: object = {}) => {
  const text = JSON.stringify({ version: 1, sources: [{ ...source, ...overrides }] });
  const [parsed] = parseMapping(text, contract);
  if (parsed === undefined) throw new Error('nothing was parsed');
  return parsed;
};
const record = (json: unknown) => ({
  topic: 'erp.orders',
  partition: 2,
  offset: 7,
  timestampMs: 1_000,
  key: null,
  json,
});
const map = (json: unknown, overrides: object = {}) =>
  applyMapping(mapping(overrides), describeRecord(`${NAMESPACE}OrderEvent`), record(json));

describe('a mapping', () => {
  it('makes a foreign document a complete event of the contract', () => {
    const event = map(order);
    expect(event).toEqual({
      eventId: 'erp.orders-2-7',
      occurredAtMs: 1_000,
      customerId: '4711',
      orderId: 'A-1',
      documentVersion: 1,
      kind: 'placed',
      // Midnight in Vienna on the night that the clocks went forward.
      orderedAtMs: Date.UTC(2025, 2, 29, 23),
      currency: 'EUR',
      channel: 'unknown',
      lines: [
        { lineId: '1', sku: 'S-1', productGroup: 'other', quantity: 2.5, netAmountMinor: 123_450 },
      ],
    });
    expect(recordSchema(`${NAMESPACE}OrderEvent`).type.isValid(event)).toBe(true);
  });

  it.each([
    [{ ...order, debtor: {} }, /customerId: debtor.no is missing/],
    [{ ...order, type: 'OTHER' }, /kind: "OTHER" has no translation/],
    [{ ...order, date: '2025-03-30' }, /orderedAtMs: "2025-03-30" is no date of the form dd.MM/],
    [{ ...order, currency: 'XXX' }, /lines: items.0: netAmountMinor: .* is no amount in "XXX"/],
    [{ ...order, items: [{ ...order.items[0], net: '1,234' }] }, /is no amount in "EUR"/],
    [{ ...order, items: 'none' }, /lines: items is no list/],
    [{ ...order, version: 1.5 }, /documentVersion: 1.5 is no whole number/],
    [{ ...order, number: { deep: true } }, /orderId: .* is no single value/],
  ])('refuses a record it cannot map, with the field and the reason', (json, message) => {
    expect(() => map(json)).toThrow(message);
  });

  it('does not find what only the prototype has', () => {
    expect(() =>
      map(
        { ...order, debtor: [] },
        { fields: { ...source.fields, customerId: { from: 'debtor.constructor.name' } } },
      ),
    ).toThrow(/is missing/);
  });

  it('leaves records that do not meet its conditions alone', () => {
    expect(chooseMapping([mapping()], record(order))).not.toBeNull();
    expect(chooseMapping([mapping()], record({ type: 'OFFER' }))).toBeNull();
    expect(chooseMapping([mapping()], record('no object'))).toBeNull();
  });

  it.each([
    ['iso', '2025-01-02T03:04:05+01:00', Date.UTC(2025, 0, 2, 2, 4, 5)],
    ['epoch-s', 1_735_787_045, 1_735_787_045_000],
    ['epoch-ms', '1735787045123', 1_735_787_045_123],
    [undefined, '2025-01-02', Date.UTC(2025, 0, 2)],
  ])('reads times of the form %s', (date, value, ms) => {
    const orderedAtMs = { from: 'date', ...(date === undefined ? {} : { date }) };
    const event = map({ ...order, date: value }, { fields: { ...source.fields, orderedAtMs } });
    expect(event['orderedAtMs']).toBe(ms);
  });
});

describe('a mapping file', () => {
  it('tells all problems at once, by where they are', () => {
    const { currency: _currency, ...fields } = source.fields;
    const text = JSON.stringify({
      version: 1,
      sources: [
        { ...source, fields: { ...fields, colour: { from: 'x' }, orderId: {} } },
        { ...source, event: 'Invoice' },
      ],
    });
    const problems = (): readonly string[] => {
      try {
        parseMapping(text, contract);
        return [];
      } catch (error) {
        return error instanceof MappingError ? error.problems : [String(error)];
      }
    };
    expect(problems()).toEqual([
      'sources.0.fields.currency: is missing',
      'sources.0.fields.orderId: needs either "from" or "value"',
      'sources.0.fields.colour: the event has no such field',
      'sources.1.event: Invoice is no event of the contract',
    ]);
  });

  it('refuses what is no JSON and settings it does not know', () => {
    expect(() => parseMapping('{', contract)).toThrow(MappingError);
    expect(() => mapping({ colour: 'red' })).toThrow(/colour/);
  });
});
