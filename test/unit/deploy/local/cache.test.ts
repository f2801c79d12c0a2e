/** The cache of components is complete and as pinned, or it is not there. */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { provideComponents } from '../../../../deploy/local/cache.js';
import type { Download } from '../../../../deploy/local/download.js';
import type { LockedFile } from '../../../../deploy/local/lock.js';

const root = mkdtempSync(join(tmpdir(), 'kundenpuls-cache-'));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** An archive as the registry comes in, with one file. */
const archive = ((): Buffer => {
  const folder = mkdtempSync(join(root, 'archive-'));
  writeFileSync(join(folder, 'registry-runner.jar'), 'runner');
  execFileSync('tar', [
    '-czf',
    join(folder, 'registry.tar.gz'),
    '-C',
    folder,
    'registry-runner.jar',
  ]);
  return readFileSync(join(folder, 'registry.tar.gz'));
})();

const contents: ReadonlyMap<string, Buffer> = new Map([
  ['a/kafka.jar', Buffer.from('kafka')],
  ['b/registry.tar.gz', archive],
  ['c/redis.jar', Buffer.from('redis')],
]);
const useOf = (path: string): LockedFile['use'] => {
  if (path.startsWith('a/')) return 'kafka';
  return path.startsWith('b/') ? 'registry' : 'redis';
};
const lock: readonly LockedFile[] = [...contents].map(([path, content]) => ({
  use: useOf(path),
  path,
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
}));

/** Writes the files, some of them replaced, and counts its calls. */
const createDownload = (replaced: ReadonlyMap<string, Buffer> = new Map()) => {
  let calls = 0;
  const fetchFiles: Download = (files, folder) => {
    calls += 1;
    for (const { path } of files) {
      const content = replaced.get(path) ?? contents.get(path) ?? Buffer.alloc(0);
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    return Promise.resolve();
  };
  return { fetchFiles, calls: () => calls };
};

const provide = (cacheFolder: string, fetchFiles: Download) =>
  provideComponents({ cacheFolder, fetchFiles, lock, say: () => undefined });
const newFolder = (): string => mkdtempSync(join(root, 'cache-'));

describe('the cache of components', () => {
  it('fetches once, unpacks, and is there for the next run', async () => {
    const folder = newFolder();
    const { fetchFiles, calls } = createDownload();
    const first = await provide(folder, fetchFiles);
    expect(first.kafkaJars.map((jar) => readFileSync(jar, 'utf8'))).toEqual(['kafka']);
    expect(readdirSync(first.registryFolder)).toEqual(['registry-runner.jar']);
    expect(await provide(folder, fetchFiles)).toEqual(first);
    expect(calls()).toBe(1);
  });

  it('keeps nothing of a file whose checksum differs, and says which', async () => {
    const folder = newFolder();
    const broken = createDownload(new Map([['a/kafka.jar', Buffer.from('KAFKA')]]));
    await expect(provide(folder, broken.fetchFiles)).rejects.toThrow(
      'kafka.jar is not the file that was pinned (its checksum differs)',
    );
    const { fetchFiles } = createDownload();
    const { kafkaJars } = await provide(folder, fetchFiles);
    expect(readFileSync(kafkaJars[0] ?? '', 'utf8')).toBe('kafka');
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('throws away what a killed run left half-written', async () => {
    const folder = newFolder();
    const { fetchFiles } = createDownload();
    await provide(folder, fetchFiles);
    const [name = ''] = readdirSync(folder);
    rmSync(join(folder, name), { recursive: true });
    mkdirSync(join(folder, `${name}.partial-1`, 'files'), { recursive: true });
    await provide(folder, fetchFiles);
    expect(readdirSync(folder)).toEqual([name]);
  });

  it('fetches anew when a file was damaged', async () => {
    const folder = newFolder();
    const { fetchFiles, calls } = createDownload();
    const { kafkaJars } = await provide(folder, fetchFiles);
    appendFileSync(kafkaJars[0] ?? '', 'damage');
    await provide(folder, fetchFiles);
    expect(calls()).toBe(2);
    expect(readFileSync(kafkaJars[0] ?? '', 'utf8')).toBe('kafka');
  });

  it('says how to move the cache when its folder cannot be made', async () => {
    const file = join(root, 'a-file');
    writeFileSync(file, '');
    const { fetchFiles, calls } = createDownload();
    await expect(provide(join(file, 'cache'), fetchFiles)).rejects.toThrow('set XDG_CACHE_HOME');
    expect(calls()).toBe(0);
    expect(existsSync(join(file, 'cache'))).toBe(false);
  });
});
