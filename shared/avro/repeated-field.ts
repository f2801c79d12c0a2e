/**
 * Encodes a record one of whose fields holds the same few immutable objects again and again (strategy
 * plans): they are packed once per object and copied from then on. A record's bytes are those of its
 * fields one after the other, so the fields before and behind are records of their own to avsc.
 */
import avro from 'avsc';
import type { RecordSchema } from './record-schemas.js';

/** The part of an Avro type that encoding needs: a negative result says how many bytes lack. */
export type BodyWriter = Pick<avro.Type, 'encode'>;

type Field = { readonly name: string; readonly type: avro.Schema };
type Fields = { readonly namespace?: string; readonly fields: readonly Field[] };

/** Creates a writer of the record; throws when it has no such field. */
export const createRepeatedFieldWriter = (
  { name, text }: RecordSchema,
  repeated: string,
): BodyWriter => {
  const { namespace, fields } = JSON.parse(text) as Fields;
  const at = fields.findIndex((field) => field.name === repeated);
  const field = fields[at];
  if (field === undefined) throw new RangeError(`${name} has no field ${repeated}`);
  // Named types are known to the parts behind the one that defines them.
  const registry: Record<string, avro.Type> = {};
  const partOf = (part: readonly Field[], suffix: string): avro.Type =>
    avro.Type.forSchema(
      {
        type: 'record',
        name: `${name}${suffix}`,
        ...(namespace === undefined ? {} : { namespace }),
        fields: [...part],
      },
      { registry },
    );
  const before = partOf(fields.slice(0, at), 'Before');
  const whole = partOf([field], 'Repeated');
  const behind = partOf(fields.slice(at + 1), 'Behind');
  const packed = new WeakMap<object, Buffer>();

  const pack = (record: Readonly<Record<string, unknown>>): Buffer => {
    const value = record[repeated];
    const known = typeof value === 'object' && value !== null ? packed.get(value) : undefined;
    if (known !== undefined) return known;
    const bytes = whole.toBuffer(record);
    if (typeof value === 'object' && value !== null) packed.set(value, bytes);
    return bytes;
  };

  return {
    encode: (record: Readonly<Record<string, unknown>>, buffer: Buffer, position = 0) => {
      const middle = before.encode(record, buffer, position);
      if (middle < 0) return middle;
      const bytes = pack(record);
      const end = middle + bytes.length;
      if (end > buffer.length) return buffer.length - end;
      bytes.copy(buffer, middle);
      return behind.encode(record, buffer, end);
    },
  };
};
