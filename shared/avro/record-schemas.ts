/**
 * The records of the contract as Avro types, by full name. Subjects are named after the record
 * (record name strategy), so one topic can carry several.
 */
import { readFileSync } from 'node:fs';
import avro from 'avsc';
import './bounded-arrays.js';
import { listSchemaFiles } from './schema-files.js';

export type RecordSchema = {
  /** Full name, which is also the subject. */
  readonly name: string;
  /** The schema as registered: the file's text, compacted, so that white space makes no version. */
  readonly text: string;
  readonly type: avro.Type;
};

let cached: ReadonlyMap<string, RecordSchema> | null = null;

/** Returns all records of the contract, by full name. */
export const recordSchemas = (): ReadonlyMap<string, RecordSchema> => {
  cached ??= new Map(
    listSchemaFiles().map((file) => {
      const schema = readRecordSchema(readFileSync(file, 'utf8'));
      return [schema.name, schema];
    }),
  );
  return cached;
};

/** Parses the text of a record's schema; throws when it is not a named record. */
export const readRecordSchema = (text: string): RecordSchema => {
  const parsed = JSON.parse(text) as avro.Schema;
  const type = avro.Type.forSchema(parsed);
  const { name } = type;
  if (name === undefined) throw new TypeError('the schema is not a named record');
  return { name, text: JSON.stringify(parsed), type };
};

/** Returns a record of the contract; throws for a name that is not in it. */
export const recordSchema = (name: string): RecordSchema => {
  const schema = recordSchemas().get(name);
  if (schema === undefined) throw new RangeError(`the contract has no record ${name}`);
  return schema;
};
