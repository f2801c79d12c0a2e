/** Describes the fields of a record of the contract, for those who fill it from outside: a mapping. */
import { recordSchema } from './record-schemas.js';

export type FieldKind =
  'string' | 'int' | 'long' | 'double' | 'boolean' | 'enum' | 'time' | 'records' | 'other';

export type FieldDescription = {
  readonly name: string;
  readonly kind: FieldKind;
  /** Null is a value of it. */
  readonly isNullable: boolean;
  /** The default of the schema, when it has one: the field need not be given. */
  readonly fallback: { readonly value: unknown } | null;
  readonly symbols: readonly string[];
  /** Fields of the items of an array of records. */
  readonly items: readonly FieldDescription[];
};

type Json = Readonly<Record<string, unknown>>;

const SCALARS: ReadonlySet<string> = new Set(['string', 'int', 'long', 'double', 'boolean']);
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const isScalar = (name: string): name is FieldKind => SCALARS.has(name);

type Shape = Pick<FieldDescription, 'kind' | 'symbols' | 'items'>;
const shape = (kind: FieldKind, rest: Partial<Shape> = {}): Shape => ({
  symbols: [],
  items: [],
  ...rest,
  kind,
});

const shapeOf = (type: unknown): Shape => {
  if (typeof type === 'string') return shape(isScalar(type) ? type : 'other');
  if (!isJson(type)) return shape('other');
  if (type['logicalType'] === 'timestamp-millis') return shape('time');
  if (type['type'] === 'enum') return shape('enum', { symbols: type['symbols'] as string[] });
  const items = type['items'];
  if (type['type'] === 'array' && isJson(items) && items['type'] === 'record') {
    return shape('records', { items: fieldsOf(items) });
  }
  return shape('other');
};

const fieldsOf = (record: Json): readonly FieldDescription[] =>
  (record['fields'] as readonly Json[]).map((field) => {
    const { name, type } = field;
    const branches = Array.isArray(type) ? (type as readonly unknown[]) : [type];
    return {
      name: String(name),
      isNullable: branches.includes('null'),
      fallback: 'default' in field ? { value: field['default'] } : null,
      ...shapeOf(branches.find((branch) => branch !== 'null')),
    };
  });

/** Returns the fields of a record by its full name; throws for a name not in the contract. */
export const describeRecord = (name: string): readonly FieldDescription[] =>
  fieldsOf(JSON.parse(recordSchema(name).text) as Json);
