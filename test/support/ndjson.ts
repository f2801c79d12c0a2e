/** Reads what the sinks wrote as JSON lines. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type NdjsonLine = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: number };
};

/** Returns all lines of the files of a folder, by file name, which is by partition and offset. */
export const readNdjson = async (folder: string): Promise<readonly NdjsonLine[]> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ndjson')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const lines = texts.join('').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as NdjsonLine);
};
