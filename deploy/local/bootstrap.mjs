/**
 * What `npm start`, `npm test` and `npm run bench` call on a fresh clone: plain Node, since nothing is
 * installed yet. Checks the machine, installs dependencies when they are missing or stale, builds, and
 * hands over to compiled code. Whatever is wrong is said in a sentence with the way out.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NODE_MAJOR = 20;
const NODE_MINOR = 20;
const MIB = 2 ** 20;
/** Dependencies take about 350 MB, the build 20 MB, a test run with its logs and topics up to 1 GB. */
const DISK_BYTES_MIN = 2_048 * MIB;
const COMMANDS = {
  start: 'dist/services/cli/main.js',
  test: 'dist/deploy/local/test-command.js',
  bench: 'dist/deploy/local/bench-command.js',
};

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const [command = '', ...rest] = process.argv.slice(2);

class Trouble extends Error {}
const say = (sentence) => process.stderr.write(`kundenpuls: ${sentence}\n`);

const checkNode = () => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_MAJOR || (major === NODE_MAJOR && minor >= NODE_MINOR)) return;
  throw new Trouble(
    `Node ${NODE_MAJOR}.${NODE_MINOR} or newer is needed, this is ${process.versions.node}; ` +
      'install it from https://nodejs.org or with nvm (`nvm install 20`)',
  );
};

const checkFolder = () => {
  try {
    mkdirSync(join(root, '.kundenpuls'), { recursive: true });
  } catch (error) {
    throw new Trouble(
      `the folder ${root} cannot be written to (${error.code}); clone into a folder of your own`,
    );
  }
  const { bavail, bsize } = statfsSync(root);
  if (bavail * bsize >= DISK_BYTES_MIN) return;
  throw new Trouble(
    `only ${Math.floor((bavail * bsize) / MIB)} MB are free on the disk of ${root}, ` +
      `${DISK_BYTES_MIN / MIB} MB are needed; make room or clone to another disk`,
  );
};

const readLock = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;

/** Says what is missing against the lock file; null when all is there as locked. */
const missingDependency = () => {
  const installedFile = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return 'dependencies';
  let installed;
  try {
    installed = readLock(installedFile);
  } catch {
    return 'a readable list of what is installed';
  }
  const wanted = Object.entries(readLock(join(root, 'package-lock.json')));
  const missing = wanted.find(
    ([path, { version, optional }]) =>
      path !== '' && !optional && (installed[path]?.version !== version || !existsIn(path)),
  );
  return missing === undefined ? null : missing[0].replace(/^node_modules\//, '');
};

const existsIn = (path) => existsSync(join(root, path, 'package.json'));

const npm = (args) => {
  // npm tells its own path to what it runs; without it (plain node) the one on the PATH is taken.
  const script = process.env.npm_execpath;
  const isScript = script !== undefined && /\.c?js$/.test(script);
  return spawnSync(isScript ? process.execPath : 'npm', isScript ? [script, ...args] : args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
};

const install = () => {
  const missing = missingDependency();
  if (missing === null) return;
  const modules = join(root, 'node_modules');
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) {
    say(`${missing} is not as locked in ${realpathSync(modules)}, which is a link: left alone`);
    return;
  }
  say('installing dependencies (about a minute the first time) …');
  // Its warnings are about packages that load only where Node is newer; its errors are said all the same.
  const { error, status } = npm([
    ...['ci', '--ignore-scripts', '--no-audit', '--no-fund'],
    '--loglevel=error',
  ]);
  if (error?.code === 'ENOENT') {
    throw new Trouble('npm is not there; it comes with Node: install Node from https://nodejs.org');
  }
  if (status === 0) return;
  throw new Trouble(
    'npm could not install the dependencies (see above); check the network and `npm config get ' +
      'registry`, make room on the disk when it says ENOSPC, then try again',
  );
};

const build = () => {
  // Later builds only look at what changed and take seconds; the first one would look like a hang.
  if (!existsSync(join(root, 'dist', '.tsbuildinfo'))) say('building (about half a minute) …');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.json')], {
    stdio: ['ignore', 2, 2],
  });
  if (status === 0) return;
  throw new Trouble('the build failed; the errors above name file and line');
};

const main = async () => {
  const entry = COMMANDS[command];
  if (entry === undefined) {
    throw new Trouble(`no command "${command}"; there are ${Object.keys(COMMANDS).join(', ')}`);
  }
  checkNode();
  checkFolder();
  install();
  build();
  const loaded = await import(pathToFileURL(join(root, entry)).href);
  const argv = command === 'start' ? [...process.argv.slice(0, 2), command, ...rest] : rest;
  await loaded.main(argv);
};

try {
  await main();
} catch (error) {
  say(error instanceof Trouble ? error.message : (error?.stack ?? String(error)));
  process.exitCode = 1;
  // The test command ends with its line whatever happened, so that a reader of it is never misled.
  if (command === 'test') process.stdout.write('0 passed, 1 failed\n');
}
