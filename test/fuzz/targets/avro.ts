/** Bytes on the input log: any, cut, flipped, with huge lengths, and under hostile schemas. */
import fc from 'fast-check';
import { createRecordDecoder, isRefusal } from '../../../shared/avro/record-decoder.js';
import { recordSchema, recordSchemas } from '../../../shared/avro/record-schemas.js';
import { isReasonCode } from '../../../shared/core/validation/reasons.js';
import { contractOf, recordOf } from '../arbitraries/avro.js';
import { anyBytes, mutated } from '../arbitraries/bytes.js';
import { mutatedJson } from '../arbitraries/json.js';
import { assertSense, fuzzTarget } from '../target.js';

const names = [...recordSchemas().keys()];
const { encoder, registry } = contractOf(names);

const valid = fc
  .constantFrom(...names)
  .chain((name) => recordOf(name).map((record) => encoder.encode(name, record)));

const framed = fc
  .tuple(fc.nat(names.length + 1), anyBytes)
  .map(([id, body]) => Buffer.concat([Buffer.from([0, 0, 0, 0, id]), body]));

const quiet = { sleep: (): Promise<void> => Promise.resolve(), nowMs: (): number => 0 };

const decodeAndCheck = async (
  value: Buffer,
  source: { readonly schemaById: (id: number) => Promise<string | null> },
): Promise<void> => {
  const decoder = createRecordDecoder({ registry: source, ...quiet });
  await decoder.prepare([value]);
  const decoded = decoder.decode(value);
  if (isRefusal(decoded)) {
    assertSense(isReasonCode(decoded.code), `refused without a reason: ${decoded.code}`);
  } else {
    assertSense(recordSchema(decoded.name).type.isValid(decoded.record), 'does not fit its schema');
  }
  decoder.inspect(value);
};

export const avroTargets = [
  fuzzTarget('avro bytes', fc.oneof(anyBytes, framed, mutated(valid), valid), (value) =>
    decodeAndCheck(value, registry),
  ),
  fuzzTarget(
    'avro schemas of the registry',
    fc.constantFrom(...names).chain((name) =>
      fc.tuple(
        fc.oneof(
          mutatedJson(JSON.parse(recordSchema(name).text)).map((schema) => JSON.stringify(schema)),
          fc.json(),
          fc.string(),
        ),
        fc.oneof(
          recordOf(name).map((record) => encoder.encode(name, record)),
          framed,
        ),
      ),
    ),
    ([text, value]) => decodeAndCheck(value, { schemaById: () => Promise.resolve(text) }),
  ),
];
