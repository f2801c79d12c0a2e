/** Finds the lines about a customer in the files of the delivering services. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type Copy = { readonly file: string; readonly line: unknown };

const parse = (text: string): { readonly customerId?: unknown } | null => {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' ? parsed : null;
  } catch {
    return null;
  }
};

/** Returns the lines, file by file; throws when the folder cannot be read. */
export const findCopies = async (folder: string, customerId: string): Promise<readonly Copy[]> => {
  const found: Copy[] = [];
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ndjson')).sort();
  for (const file of files) {
    const text = await readFile(join(folder, file), 'utf8');
    if (!text.includes(JSON.stringify(customerId))) continue;
    for (const line of text.split('\n').map(parse)) {
      if (line?.customerId === customerId) found.push({ file, line });
    }
  }
  return found;
};
