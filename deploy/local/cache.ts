/**
 * The downloaded components, kept in the user's cache folder so that a fresh clone is quick. A cache
 * is complete or absent: it is filled and checked under another name, then moved into place, and a
 * start that is killed leaves only a part that the next one throws away.
 */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { download, type Download } from './download.js';
import { LocalError } from './local-error.js';
import { readLock, type LockedFile } from './lock.js';
import { runTool } from './run-tool.js';
import { withRunLock } from './run-lock.js';

/** What the downloads and their unpacked form take, with room to spare. */
const DISK_BYTES_MIN = 1 << 30;
const UNPACK_TIMEOUT_MS = 120_000;
const HASH_CHARACTERS = 12;

export type Components = {
  readonly kafkaJars: readonly string[];
  /** Folder with the unpacked registry. */
  readonly registryFolder: string;
  /** The jar that carries redis-server. */
  readonly redisJar: string;
};

export type CacheOptions = {
  /** Null for the user's cache folder. */
  readonly cacheFolder: string | null;
  readonly say: (sentence: string) => void;
  /** The project's lock when left out. */
  readonly lock?: readonly LockedFile[];
  /** Through Maven or from its Central when left out. */
  readonly fetchFiles?: Download;
};

/** Returns the components, downloading what is missing. Throws LocalError with the way out. */
export const provideComponents = async (options: CacheOptions): Promise<Components> => {
  const { lock = readLock() } = options;
  const parent = options.cacheFolder ?? defaultFolder();
  const hash = createHash('sha256').update(JSON.stringify(lock)).digest('hex');
  const folder = join(parent, `components-${hash.slice(0, HASH_CHARACTERS)}`);
  if (!isComplete(folder, lock)) {
    makeFolder(parent);
    await withRunLock(`${folder}.lock`, options.say, () => fill(folder, lock, options));
  }
  const fileOf = (path: string): string => join(folder, 'files', path);
  const only = (use: LockedFile['use']): readonly string[] =>
    lock.filter((file) => file.use === use).map(({ path }) => fileOf(path));
  return {
    kafkaJars: only('kafka'),
    registryFolder: join(folder, 'registry'),
    redisJar: only('redis')[0] ?? '',
  };
};

const defaultFolder = (): string =>
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kundenpuls');

const makeFolder = (folder: string): void => {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new LocalError(
      `the cache folder ${folder} cannot be made; set XDG_CACHE_HOME to a folder you may write to`,
      { cause: error },
    );
  }
};

/** The move into place comes last, so sizes are checked only against damage from outside. */
const isComplete = (folder: string, lock: readonly LockedFile[]): boolean =>
  existsSync(join(folder, 'complete')) &&
  existsSync(join(folder, 'registry')) &&
  lock.every(({ path, bytes }) => {
    const file = join(folder, 'files', path);
    return existsSync(file) && statSync(file).size === bytes;
  });

const fill = async (
  folder: string,
  lock: readonly LockedFile[],
  { say, fetchFiles = download }: CacheOptions,
): Promise<void> => {
  // Another start may have filled it while this one waited for the lock.
  if (isComplete(folder, lock)) return;
  removeLeftovers(folder);
  checkDisk(dirname(folder));
  const partial = `${folder}.partial-${String(process.pid)}`;
  const files = join(partial, 'files');
  mkdirSync(files, { recursive: true });
  const megabytes = Math.round(lock.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20);
  say(`fetching Kafka and the schema registry, once (${String(megabytes)} MB) …`);
  await fetchFiles(lock, files);
  for (const file of lock) await verify(join(files, file.path), file);
  await unpack(lock, { files, partial });
  writeFileSync(join(partial, 'complete'), '');
  renameSync(partial, folder);
  say(`kept in ${folder}`);
};

const removeLeftovers = (folder: string): void => {
  rmSync(folder, { recursive: true, force: true });
  for (const name of readdirSync(dirname(folder))) {
    if (!name.startsWith(`${basename(folder)}.partial-`)) continue;
    rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
};

const checkDisk = (folder: string): void => {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= DISK_BYTES_MIN) return;
  const free = Math.floor((bavail * bsize) / 2 ** 20);
  throw new LocalError(
    `only ${String(free)} MB are free in ${folder}, 1024 MB are needed; make room there or set ` +
      'XDG_CACHE_HOME to a folder on another disk',
  );
};

const verify = async (file: string, { path, sha256 }: LockedFile): Promise<void> => {
  if (!existsSync(file)) throw new LocalError(`the download left out ${path}; try again`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  if (hash.digest('hex') === sha256) return;
  throw new LocalError(
    `${basename(path)} is not the file that was pinned (its checksum differs): a broken download or ` +
      `a mirror that serves something else; delete ${dirname(path)} in the local Maven repository ` +
      '(usually ~/.m2/repository) and try again',
  );
};

const unpack = async (
  lock: readonly LockedFile[],
  { files, partial }: { readonly files: string; readonly partial: string },
): Promise<void> => {
  const archive = lock.find(({ use }) => use === 'registry');
  if (archive === undefined) throw new LocalError('components.lock.json names no registry');
  const folder = join(partial, 'registry');
  mkdirSync(folder);
  await runTool({
    command: 'tar',
    args: ['-xzf', join(files, archive.path), '-C', folder],
    what: 'unpacking the schema registry',
    timeoutMs: UNPACK_TIMEOUT_MS,
  });
};
