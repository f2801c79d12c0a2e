/** Outputs read back: dead letters for people to mend and print, messages for CRMs. */
import fc from 'fast-check';
import { letterAsJson, letterInWords, listInWords } from '../../../services/dead-letters/print.js';
import { createRecordDecoder } from '../../../shared/avro/record-decoder.js';
import type { DeadLetter } from '../../../shared/core/contract.generated.js';
import { CannotFix, selectLetters, setFields } from '../../../shared/dead-letters/letters.js';
import { createRenderer } from '../../../shared/delivery/message.js';
import { wholeLines, withoutCustomer } from '../../../shared/delivery/ndjson-log.js';
import { contractOf, recordOf } from '../arbitraries/avro.js';
import { anyBytes, mutated } from '../arbitraries/bytes.js';
import { oddValue } from '../arbitraries/json.js';
import { assertSense, fuzzTarget } from '../target.js';

const DELIVERED = ['SegmentChanged', 'UnderPerformanceAlert', 'SalesOpportunity'].map(
  (name) => `kundenpuls.outputs.${name}`,
);
const DEAD_LETTER = 'kundenpuls.outputs.DeadLetter';
const { encoder, registry } = contractOf([...DELIVERED, DEAD_LETTER]);

const anyLetter = recordOf(DEAD_LETTER) as fc.Arbitrary<DeadLetter>;

const path = fc.oneof(
  fc.constantFrom('a', 'a.b', 'a.0', '__proto__.polluted', 'constructor.prototype.polluted'),
  fc.constantFrom('', '.', 'a..b', 'toString', 'lines.0.sku', 'a.length'),
  fc.string({ maxLength: 10 }),
);
const assignment = fc
  .tuple(path, fc.oneof(fc.json(), fc.string()))
  .map(([name, value]) => `${name}=${value}`);
const fixable = fc.oneof(
  fc.record({ a: fc.jsonValue({ maxDepth: 3 }) }),
  oddValue.map((value) => ({ a: value, lines: [{ sku: 'S' }] })),
);

const messageBytes = fc
  .constantFrom(...DELIVERED)
  .chain((name) => recordOf(name).map((record) => encoder.encode(name, record)));

const lines = (): Buffer => {
  const line = (offset: number, customerId: string): string =>
    JSON.stringify({ id: 'i', customerId, source: { topic: 't', partition: 0, offset } });
  return Buffer.from(`${line(1, 'c')}\n${line(2, 'd')}\n${line(3, 'c')}\n`);
};

export const outputTargets = [
  fuzzTarget(
    'fixes of dead letters',
    fc.tuple(fixable, fc.array(assignment, { maxLength: 4 })),
    ([record, assignments]) => {
      try {
        setFields(record, assignments);
      } catch (error) {
        if (!(error instanceof CannotFix)) throw error;
      }
      assertSense(!('polluted' in {}), 'a prototype was changed');
    },
  ),
  fuzzTarget('prints of dead letters', fc.array(anyLetter, { maxLength: 4 }), (letters) => {
    const open = letters.map((letter, offset) => ({ letter, partition: 0, offset }));
    const filter = { code: null, topic: null, outputId: null, sinceMs: 0, limit: 10 };
    selectLetters(open, filter);
    listInWords(open, { customerOf: () => null }, 0);
    for (const each of open) {
      letterInWords(each, null);
      JSON.parse(letterAsJson(each, null));
    }
  }),
  fuzzTarget(
    'messages to CRMs',
    fc.oneof(messageBytes, mutated(messageBytes), anyBytes),
    async (value) => {
      const renderer = createRenderer(createRecordDecoder({ registry }));
      const record = { offset: 1, timestampMs: 1_700_000_000_000, key: Buffer.from('c'), value };
      await renderer.prepare([record]);
      const rendered = renderer.render(record, 't', 0);
      if (rendered.kind === 'message') JSON.parse(rendered.message.body);
    },
  ),
  fuzzTarget('files of messages', fc.oneof(anyBytes, mutated(fc.constant(lines()))), (bytes) => {
    const { whole, last } = wholeLines(bytes);
    assertSense(whole.length <= bytes.length, 'more than there was');
    assertSense(last === null || Number.isFinite(last.source.offset), 'an offset that is none');
    const kept = withoutCustomer(bytes, 'c');
    assertSense(kept.length <= bytes.length, 'more than there was');
  }),
];
