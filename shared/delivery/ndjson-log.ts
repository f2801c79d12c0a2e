/**
 * Appends messages of one topic partition to files of JSON lines, each message exactly once. The files
 * are the position: the last whole line says which record came last, so nothing beside them can
 * disagree. Opening cuts a torn last line and puts a copy in the file's place: a process that was
 * thought dead then writes to a file that no longer has a name. Erasing rewrites files in the same way.
 */
import { createHash } from 'node:crypto';
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { Message, Source } from './message.js';

export type NdjsonEntry = { readonly offset: number; readonly body: string };

export type NdjsonLog = {
  /** Offset of the next record to append; null when the folder holds nothing of the partition. */
  readonly next: () => number | null;
  /** Appends lines and resolves when they are on the disk. */
  readonly append: (entries: readonly NdjsonEntry[]) => Promise<void>;
  /** Deletes all lines about a customer and notes that it was done. */
  readonly erase: (message: Message, source: Source) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type NdjsonOptions = {
  readonly folder: string;
  readonly topic: string;
  readonly partition: number;
  /** A file is followed by the next once it is larger. */
  readonly fileBytesMax: number;
};

/** Another process took the partition over and replaced the file: this one must stop writing. */
export class FileTakenOver extends Error {
  override readonly name = 'FileTakenOver';
}

/** Files stay small enough to be read whole when the service starts or a customer is erased. */
export const FILE_BYTES_MAX = 16 << 20;

const NEWLINE = 0x0a;
const OFFSET_DIGITS = 15;
const SUFFIX = '.ndjson';
const TEMPORARY = '.tmp';

type Line = { readonly customerId?: unknown; readonly source: Source };

/** Parses a line of ours; null for anything else, such as the zeros a power cut leaves. */
const parseLine = (bytes: Buffer): Line | null => {
  try {
    const parsed = JSON.parse(bytes.toString('utf8')) as Partial<Line> | null;
    return typeof parsed?.source?.offset === 'number' ? (parsed as Line) : null;
  } catch {
    return null;
  }
};

/** Returns the bytes up to the end of the last line of ours, and that line. */
export const wholeLines = (
  bytes: Buffer,
): { readonly whole: Buffer; readonly last: Line | null } => {
  let end = bytes.lastIndexOf(NEWLINE) + 1;
  while (end > 0) {
    const start = end < 2 ? 0 : bytes.lastIndexOf(NEWLINE, end - 2) + 1;
    const last = parseLine(bytes.subarray(start, end - 1));
    if (last !== null) return { whole: bytes.subarray(0, end), last };
    end = start;
  }
  return { whole: bytes.subarray(0, 0), last: null };
};

/** Returns the bytes without the lines about a customer; the same buffer when there are none. */
export const withoutCustomer = (bytes: Buffer, customerId: string): Buffer => {
  if (!bytes.includes(JSON.stringify(customerId))) return bytes;
  const kept: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline + 1;
    const line = bytes.subarray(start, end);
    if (parseLine(line)?.customerId !== customerId) kept.push(line);
    start = end;
  }
  return Buffer.concat(kept);
};

/** The line that stays of an erased customer: enough to find copies made of the file, no name. */
export const erasureLine = (
  { id, customerId }: Message,
  { topic, partition, offset }: Source,
): string => {
  const source = { topic, partition, offset };
  const customerIdSha256 = createHash('sha256').update(customerId).digest('hex');
  return JSON.stringify({ id, type: 'customer-erased', customerIdSha256, source });
};

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Opens the log and takes it over from whoever wrote it before. */
export const openNdjsonLog = async (options: NdjsonOptions): Promise<NdjsonLog> => {
  const { folder, topic, partition, fileBytesMax } = options;
  const prefix = `${topic}-p${String(partition)}-`;
  const isOurs = (name: string): boolean =>
    name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length, -SUFFIX.length));
  const nameAt = (offset: number): string =>
    `${prefix}${String(offset).padStart(OFFSET_DIGITS, '0')}${SUFFIX}`;
  const offsetOf = (name: string): number => Number(name.slice(prefix.length, -SUFFIX.length));
  const listFiles = async (): Promise<string[]> =>
    (await readdir(folder)).filter((name) => name.endsWith(SUFFIX) && isOurs(name)).sort();

  /** Puts other bytes in a file's place, atomically and durably. */
  const replaceFile = async (name: string, bytes: Buffer): Promise<void> => {
    const temporary = join(folder, `.${name}.${String(process.pid)}${TEMPORARY}`);
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, join(folder, name));
    await syncFolder(folder);
  };

  let handle: FileHandle | null = null;
  let active: string | null = null;
  let activeBytes = 0;
  let next: number | null = null;

  const closeActive = async (): Promise<void> => {
    const closing = handle;
    handle = null;
    await closing?.close();
  };
  const openActive = async (name: string, bytes: number): Promise<FileHandle> => {
    await closeActive();
    handle = await open(join(folder, name), 'a');
    active = name;
    activeBytes = bytes;
    return handle;
  };

  const takeOver = async (): Promise<void> => {
    await mkdir(folder, { recursive: true });
    const leftovers = (await readdir(folder)).filter(
      (name) => name.startsWith(`.${prefix}`) && name.endsWith(TEMPORARY),
    );
    await Promise.all(leftovers.map((name) => rm(join(folder, name), { force: true })));
    const name = (await listFiles()).at(-1);
    if (name === undefined) return;
    const { whole, last } = wholeLines(await readFile(join(folder, name)));
    next = last === null ? offsetOf(name) : last.source.offset + 1;
    await replaceFile(name, whole);
    await openActive(name, whole.length);
  };

  /** Throws when the file we hold open is no longer the one with the name. */
  const assertOurs = async (): Promise<void> => {
    if (handle === null || active === null) return;
    const path = join(folder, active);
    const [held, named] = await Promise.all([handle.stat(), stat(path).catch(() => null)]);
    if (named !== null && named.ino === held.ino) return;
    throw new FileTakenOver(
      `${path} was replaced or removed while this service wrote it; is a second one running on ` +
        'this folder? The newest file of a partition must stay where it is.',
    );
  };

  const writerAt = async (offset: number): Promise<FileHandle> => {
    await assertOurs();
    if (handle !== null && activeBytes <= fileBytesMax) return handle;
    const opened = await openActive(nameAt(offset), 0);
    await syncFolder(folder);
    return opened;
  };

  const append: NdjsonLog['append'] = async (entries) => {
    const [first] = entries;
    const last = entries.at(-1);
    if (first === undefined || last === undefined) return;
    const writer = await writerAt(first.offset);
    const bytes = Buffer.from(entries.map(({ body }) => `${body}\n`).join(''));
    await writer.appendFile(bytes);
    await writer.datasync();
    activeBytes += bytes.length;
    next = last.offset + 1;
  };

  const erase: NdjsonLog['erase'] = async (message, source) => {
    await assertOurs();
    for (const name of await listFiles()) {
      const bytes = await readFile(join(folder, name));
      const kept = withoutCustomer(bytes, message.customerId);
      if (kept === bytes) continue;
      await replaceFile(name, kept);
      if (name === active) await openActive(name, kept.length);
    }
    await append([{ offset: source.offset, body: erasureLine(message, source) }]);
  };

  await takeOver();
  return { next: () => next, append, erase, close: closeActive };
};
