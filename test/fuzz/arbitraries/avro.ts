/** Records that fit their Avro schema and nothing else: any number, any text, any length. */
import fc from 'fast-check';
import { recordSchema } from '../../../shared/avro/record-schemas.js';
import { createRecordEncoder } from '../../../shared/avro/record-encoder.js';

type Schema = string | readonly Schema[] | Readonly<Record<string, unknown>>;

/** The largest number that avsc reads and writes; beyond it a record is refused as undecodable. */
const LONG_MAX = 2 ** 53 - 2;
const LONGS = [0, -1, 1, 2 ** 31, LONG_MAX, -LONG_MAX, 8.64e15, -8.64e15, 8.64e15 + 1, 1e12, 1e13];

const long = fc.oneof(
  fc.constantFrom(...LONGS),
  fc.maxSafeInteger().map((value) => Math.max(-LONG_MAX, Math.min(LONG_MAX, value))),
  // Times of the business, so that a record also gets past the first check.
  fc.integer({ min: 1_650_000_000, max: 1_760_000_000 }).map((seconds) => seconds * 1_000),
  fc.integer({ min: 0, max: 100_000 }),
);
const text = fc.oneof(
  fc.constantFrom('', 'c', 'c1', 'EUR', 'USD', 'JPY', 'KWD', 'steady', 'builtin-1', '\u0000', 'DE'),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ unit: 'binary-ascii', maxLength: 300 }),
);

const PRIMITIVES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  null: fc.constant(null),
  boolean: fc.boolean(),
  int: fc.oneof(fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31)), fc.integer()),
  long,
  float: fc.float(),
  double: fc.oneof(fc.double(), fc.double({ min: 0, max: 1_000, noNaN: true })),
  string: text,
  bytes: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
};

type Field = { readonly name: string; readonly type: Schema };

const ofSchema = (
  schema: Schema,
  named: Map<string, fc.Arbitrary<unknown>>,
): fc.Arbitrary<unknown> => {
  if (typeof schema === 'string') {
    const known = PRIMITIVES[schema] ?? named.get(schema.split('.').at(-1) ?? '');
    if (known === undefined) throw new RangeError(`no arbitrary for ${schema}`);
    return known;
  }
  if (Array.isArray(schema)) {
    return fc.oneof(...(schema as readonly Schema[]).map((branch) => ofSchema(branch, named)));
  }
  const { type, name, items, symbols, fields } = schema as Readonly<Record<string, unknown>>;
  const made =
    type === 'record'
      ? fc.record(
          Object.fromEntries(
            (fields as readonly Field[]).map((field) => [field.name, ofSchema(field.type, named)]),
          ),
        )
      : type === 'array'
        ? fc.array(ofSchema(items as Schema, named), { maxLength: 6 })
        : type === 'enum'
          ? fc.constantFrom(...(symbols as readonly string[]))
          : ofSchema(type as Schema, named);
  if (typeof name === 'string') named.set(name, made);
  return made;
};

const made = new Map<string, fc.Arbitrary<object>>();

/** Any record of the contract, by its full name. */
export const recordOf = (name: string): fc.Arbitrary<object> => {
  const known = made.get(name);
  if (known !== undefined) return known;
  const schema = JSON.parse(recordSchema(name).text) as Schema;
  const arbitrary = ofSchema(schema, new Map()) as fc.Arbitrary<object>;
  made.set(name, arbitrary);
  return arbitrary;
};

/** Names with ids, and a registry that knows them. */
export const contractOf = (names: readonly string[]) => {
  const ids = new Map(names.map((name, i) => [name, i + 1]));
  return {
    encoder: createRecordEncoder(ids),
    registry: {
      schemaById: (id: number): Promise<string | null> => {
        const name = names[id - 1];
        return Promise.resolve(name === undefined ? null : recordSchema(name).text);
      },
    },
  };
};
