/** Lists the Avro schema files of the contract, in a stable order. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './package-root.js';

const FOLDERS = ['events', 'outputs'] as const;

/** Returns the absolute paths of all `.avsc` files, events before outputs, by name. */
export const listSchemaFiles = (): readonly string[] =>
  FOLDERS.flatMap((folder) => {
    const path = join(packageRoot(), 'schemas', folder);
    return readdirSync(path)
      .filter((name) => name.endsWith('.avsc'))
      .sort()
      .map((name) => join(path, name));
  });
