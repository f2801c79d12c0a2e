/** Mapping files and the foreign records they are applied to. */
import fc from 'fast-check';
import { describeRecord } from '../../../shared/avro/describe-record.js';
import { INPUT_EVENT_TYPES } from '../../../shared/core/engine/input-event.js';
import {
  MappingError,
  parseMapping,
  type SourceMapping,
} from '../../../shared/ingest/mapping-file.js';
import { createTransform } from '../../../shared/ingest/transform.js';
import { contractOf } from '../arbitraries/avro.js';
import { jsonText, mutatedJson, oddValue } from '../arbitraries/json.js';
import { assertSense, fuzzTarget } from '../target.js';

const NAMESPACE = 'kundenpuls.events.';
const EVENT_TYPES: ReadonlySet<string> = new Set(INPUT_EVENT_TYPES);
const contract = {
  fieldsOf: (event: string) => (EVENT_TYPES.has(event) ? describeRecord(NAMESPACE + event) : null),
};
const { encoder } = contractOf([
  ...INPUT_EVENT_TYPES.map((type) => NAMESPACE + type),
  'kundenpuls.outputs.DeadLetter',
]);

const MAPPING = {
  version: 1,
  sources: [
    {
      topic: 'erp',
      format: 'json',
      event: 'OrderEvent',
      where: [{ from: 'type', in: ['order', 1, null] }],
      fields: {
        customerId: { from: 'debtor.number' },
        orderId: { from: 'id' },
        documentVersion: { from: 'version', default: 1 },
        kind: { from: 'kind', values: { N: 'placed', C: 'cancelled' }, default: 'placed' },
        orderedAtMs: { from: 'date', date: 'dd.MM.yyyy', timeZone: 'Europe/Berlin' },
        currency: { from: 'currency', default: 'EUR' },
        channel: { value: 'erp' },
        lines: {
          each: 'rows',
          fields: {
            lineId: { from: 'n' },
            sku: { from: 'sku' },
            productGroup: { from: '../group', default: 'none' },
            quantity: { from: 'qty', decimal: ',' },
            netAmountMinor: { from: 'net', moneyIn: '../currency', decimal: ',', absolute: true },
          },
        },
      },
    },
  ],
} as const;

const RECORD = {
  type: 'order',
  debtor: { number: 4711 },
  id: 'O-1',
  version: 2,
  kind: 'N',
  date: '31.12.2025',
  currency: 'EUR',
  group: 'oil',
  rows: [{ n: 1, sku: 'S', qty: '1,5', net: '-1.234,50' }],
};

const parse = (document: unknown): readonly SourceMapping[] | null => {
  try {
    return parseMapping(jsonText(document), contract);
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    assertSense(error.problems.length > 0, 'refused without a problem');
    return null;
  }
};

const transformOf = (mappings: readonly SourceMapping[]) =>
  createTransform({
    customerEvents: 'customer-events',
    deadLetters: 'dead-letters',
    partitionCount: 3,
    mappings,
    fieldsOf: (event) => describeRecord(NAMESPACE + event),
    decode: () => ({ code: 'not-avro', detail: '' }),
    inspect: () => null,
    encode: encoder.encode,
  });

const record = (json: unknown) => ({
  topic: 'erp',
  partition: 0,
  offset: 1,
  timestampMs: 1_700_000_000_000,
  key: Buffer.from('k'),
  value: Buffer.from(jsonText(json)),
});

const right = transformOf(parse(MAPPING) ?? []);

export const foreignTargets = [
  fuzzTarget('foreign records', fc.oneof(mutatedJson(RECORD), oddValue), (json) => {
    const { outcome, produced } = right(record(json));
    assertSense(outcome === 'skipped' || produced.length > 0, 'a record was lost');
  }),
  fuzzTarget('mapping files', mutatedJson(MAPPING), (document) => {
    const mappings = parse(document);
    if (mappings !== null) transformOf(mappings)(record(RECORD));
  }),
];
