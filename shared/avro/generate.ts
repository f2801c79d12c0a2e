/**
 * Generates the TypeScript types of the event contract from the Avro schemas, so that the two cannot
 * drift: the result is committed and a test compares it with a fresh run (`npm run generate`).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './package-root.js';
import { listSchemaFiles } from './schema-files.js';

type AvroSchema =
  | string
  | readonly AvroSchema[]
  | {
      readonly type: AvroSchema;
      readonly name?: string;
      readonly doc?: string;
      readonly items?: AvroSchema;
      readonly symbols?: readonly string[];
      readonly fields?: readonly { name: string; type: AvroSchema; doc?: string }[];
    };

const PRIMITIVES: Readonly<Record<string, string>> = {
  string: 'string',
  int: 'number',
  long: 'number',
  double: 'number',
  boolean: 'boolean',
  bytes: 'Uint8Array',
  null: 'null',
};

const shortName = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** Returns the TypeScript source for the named types in the given Avro schemas, in order. */
export const generateTypes = (schemas: readonly AvroSchema[]): string => {
  const emitted = new Map<string, string>();

  const typeOf = (schema: AvroSchema): string => {
    if (typeof schema === 'string') return PRIMITIVES[schema] ?? shortName(schema);
    if (Array.isArray(schema)) return schema.map(typeOf).join(' | ');
    const node = schema as Exclude<AvroSchema, string | readonly AvroSchema[]>;
    if (node.type === 'array') return `readonly ${typeOf(node.items ?? 'null')}[]`;
    if (node.type === 'enum') return emitEnum(node);
    if (node.type === 'record') return emitRecord(node);
    return typeOf(node.type);
  };

  const emitEnum = (node: { name?: string; doc?: string; symbols?: readonly string[] }): string => {
    const name = shortName(node.name ?? '');
    const symbols = (node.symbols ?? []).map((symbol) => `'${symbol}'`);
    const list = `${name.replace(/[a-z](?=[A-Z])/g, '$&_').toUpperCase()}_SYMBOLS`;
    emitted.set(
      name,
      `/** ${node.doc ?? ''} */\nexport const ${list} = [${symbols.join(', ')}] as const;\n` +
        `export type ${name} = (typeof ${list})[number];\n`,
    );
    return name;
  };

  const emitRecord = (node: {
    name?: string;
    doc?: string;
    fields?: readonly { name: string; type: AvroSchema; doc?: string }[];
  }): string => {
    const name = shortName(node.name ?? '');
    const lines = (node.fields ?? []).map(
      (field) => `  /** ${field.doc ?? ''} */\n  readonly ${field.name}: ${typeOf(field.type)};`,
    );
    emitted.set(
      name,
      `/** ${node.doc ?? ''} */\nexport type ${name} = {\n${lines.join('\n')}\n};\n`,
    );
    return name;
  };

  schemas.forEach(typeOf);
  return [
    '// Generated from schemas/ by `npm run generate`; do not edit.',
    '',
    ...emitted.values(),
  ].join('\n');
};

/** Generates the contract from the files in `schemas/`. */
export const generateContract = (): string =>
  generateTypes(
    listSchemaFiles().map((file) => JSON.parse(readFileSync(file, 'utf8')) as AvroSchema),
  );

export const CONTRACT_FILE = join(packageRoot(), 'shared/core/contract.generated.ts');

if (process.argv[1]?.endsWith('generate.js') === true) {
  writeFileSync(CONTRACT_FILE, generateContract());
}
