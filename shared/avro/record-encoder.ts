/**
 * Encodes records in the registry's wire format: a zero byte, the schema id, the Avro body. Ids are
 * looked up once, at the start; encoding itself is synchronous, writes into one scratch buffer and
 * copies out exactly the bytes it needs.
 */
import { recordSchema } from './record-schemas.js';
import type { RegistryClient } from './registry-client.js';
import { createRepeatedFieldWriter, type BodyWriter } from './repeated-field.js';

export const MAGIC_BYTE = 0;
/** Magic byte and schema id. */
export const HEADER_BYTES = 5;
const SCRATCH_BYTES = 64 << 10;

/** Fields that hold the same few objects again and again, by record. */
const REPEATED_FIELDS: ReadonlyMap<string, string> = new Map([
  ['kundenpuls.outputs.SegmentChanged', 'plan'],
]);

const writerOf = (name: string): BodyWriter => {
  const schema = recordSchema(name);
  const repeated = REPEATED_FIELDS.get(name);
  return repeated === undefined ? schema.type : createRepeatedFieldWriter(schema, repeated);
};

export type RecordEncoder = {
  /** Encodes a record of the contract by its full name; throws when it does not fit the schema. */
  readonly encode: (name: string, record: object) => Buffer;
};

/** Creates an encoder from the ids of the records that will be encoded. */
export const createRecordEncoder = (ids: ReadonlyMap<string, number>): RecordEncoder => {
  const writers = new Map<string, { readonly id: number; readonly writer: BodyWriter }>();
  for (const [name, id] of ids) writers.set(name, { id, writer: writerOf(name) });
  let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  scratch[0] = MAGIC_BYTE;

  const encodeInto = (writer: BodyWriter, record: object): number => {
    const end = writer.encode(record, scratch, HEADER_BYTES);
    if (end >= 0) return end;
    scratch = Buffer.allocUnsafeSlow(scratch.length * 2 - end);
    scratch[0] = MAGIC_BYTE;
    return encodeInto(writer, record);
  };

  return {
    encode: (name, record) => {
      const known = writers.get(name);
      if (known === undefined) throw new RangeError(`no schema id was looked up for ${name}`);
      const end = encodeInto(known.writer, record);
      scratch.writeUInt32BE(known.id, 1);
      const value = Buffer.allocUnsafe(end);
      scratch.copy(value, 0, 0, end);
      return value;
    },
  };
};

/** Looks up the ids of records; throws in words when one is not registered. */
export const openRecordEncoder = async (
  registry: RegistryClient,
  names: readonly string[],
): Promise<RecordEncoder> => {
  const ids = new Map<string, number>();
  for (const name of names) {
    const id = await registry.lookup(name, recordSchema(name).text);
    if (id === null) {
      throw new Error(
        `the schema of ${name} is not registered in this version; run \`kundenpuls setup\``,
      );
    }
    ids.set(name, id);
  }
  return createRecordEncoder(ids);
};
