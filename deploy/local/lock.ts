/**
 * The lock of the local components: every file that is run, by its path in a Maven repository, with
 * size and checksum. Run as a program (`npm run components:lock`) it writes the lock anew from pom.xml.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../shared/avro/package-root.js';
import { copyWithMaven } from './maven.js';

export type LockedFile = {
  readonly use: 'kafka' | 'registry' | 'redis';
  /** Path in a Maven repository, for example org/apache/kafka/…/kafka-clients-4.1.1.jar. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
};

export const LOCK_FILE = join(packageRoot(), 'deploy/local/components/components.lock.json');

/** Reads the lock, which is part of the project. */
export const readLock = (): readonly LockedFile[] =>
  JSON.parse(readFileSync(LOCK_FILE, 'utf8')) as readonly LockedFile[];

const useOf = (path: string): LockedFile['use'] => {
  if (path.startsWith('io/apicurio/')) return 'registry';
  return path.startsWith('com/github/codemonstur/') ? 'redis' : 'kafka';
};

/** Resolves pom.xml and writes the lock; whoever runs it reviews the difference. */
export const writeLock = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'kundenpuls-lock-'));
  try {
    await copyWithMaven(folder);
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const files = paths
      .filter((path) => /\.(jar|tar\.gz)$/.test(path))
      .sort()
      .map((path): LockedFile => {
        const content = readFileSync(join(folder, path));
        const sha256 = createHash('sha256').update(content).digest('hex');
        return { use: useOf(path), path, bytes: content.length, sha256 };
      });
    writeFileSync(LOCK_FILE, `${JSON.stringify(files, null, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

if (process.argv[1]?.endsWith('deploy/local/lock.js') === true) void writeLock();
