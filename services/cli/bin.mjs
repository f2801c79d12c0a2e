#!/usr/bin/env -S node --max-semi-space-size=64
/**
 * The bin: builds the project when its build is missing or older than a source file (a clone that was
 * just updated), then hands over to dist/services/cli/main.js. An installed package has no sources and
 * is never built.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const entry = join(root, 'dist', 'services', 'cli', 'main.js');
const stamp = join(root, 'dist', '.tsbuildinfo');
const SOURCE_FOLDERS = ['services', 'shared', 'bench', 'deploy'];

const newestMs = (folder) => {
  let newest = 0;
  for (const item of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, item.name);
    if (item.isDirectory()) newest = Math.max(newest, newestMs(path));
    else if (/\.(ts|json)$/.test(item.name)) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
};

const isStale = () => {
  const folders = SOURCE_FOLDERS.map((name) => join(root, name)).filter(existsSync);
  if (!existsSync(join(root, 'tsconfig.json'))) return false;
  if (!existsSync(entry) || !existsSync(stamp)) return true;
  return Math.max(...folders.map(newestMs)) > statSync(stamp).mtimeMs;
};

if (isStale()) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  if (!existsSync(tsc)) {
    process.stderr.write('kundenpuls: dependencies are not installed; run `npm ci` first\n');
    process.exit(1);
  }
  const built = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.json')], {
    stdio: ['ignore', 2, 2],
  });
  if (built.status !== 0 && !existsSync(entry)) {
    process.stderr.write('kundenpuls: the build failed; see the errors above\n');
    process.exit(1);
  }
  // A build that changed nothing leaves its stamp alone; it is up to date all the same.
  if (existsSync(stamp)) utimesSync(stamp, new Date(), new Date());
}

const { main } = await import(pathToFileURL(entry).href);
await main(process.argv);
