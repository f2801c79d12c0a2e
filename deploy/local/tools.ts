/** The tools of the machine that local components need: Java, and redis-server from where it is. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { LocalError } from './local-error.js';
import { runTool, tryTool } from './run-tool.js';

const JAVA_MAJOR_MIN = 17;
const REDIS_MAJOR_MIN = 6;
const VERSION_TIMEOUT_MS = 30_000;
const APT_TIMEOUT_MS = 300_000;

/** Returns the command of a Java that is new enough; throws LocalError with the way out. */
export const provideJava = async (): Promise<string> => {
  const home = process.env['JAVA_HOME'];
  const commands = [...(home ? [join(home, 'bin', 'java')] : []), 'java'];
  const found: string[] = [];
  for (const command of commands) {
    const text = await tryTool({ command, args: ['-version'], timeoutMs: VERSION_TIMEOUT_MS });
    const version = /version "([^"]+)"/.exec(text ?? '')?.[1];
    if (version === undefined) continue;
    if (Number.parseInt(version, 10) >= JAVA_MAJOR_MIN) return command;
    found.push(version);
  }
  const wayOut =
    'install it (Debian and Ubuntu: `apt-get install openjdk-17-jre-headless`) or start Docker, or ' +
    'give addresses of running components (README, "Own components")';
  throw new LocalError(
    found.length === 0
      ? `Java ${String(JAVA_MAJOR_MIN)} is needed to run Kafka here and there is none; ${wayOut}`
      : `Java ${String(JAVA_MAJOR_MIN)} is needed, here is ${found.join(' and ')}; ${wayOut}`,
  );
};

export type RedisSource = {
  /** The jar that carries redis-server, see components/pom.xml. */
  readonly redisJar: string;
  readonly say: (sentence: string) => void;
};

/** Returns the command of redis-server: installed, or installed now, or the one from the jar. */
export const provideRedis = async ({ redisJar, say }: RedisSource): Promise<string> => {
  for (const command of ['redis-server', 'valkey-server']) {
    if (await isUsable(command)) return command;
  }
  if (await installRedis(say)) return 'redis-server';
  const carried = await unpackRedis(redisJar);
  if (carried !== null && (await isUsable(carried))) {
    say('using the redis-server that comes with the components (6.2)');
    return carried;
  }
  throw new LocalError(
    'redis-server is needed and there is none; install it (Debian and Ubuntu: ' +
      '`apt-get install redis-server`) or set KUNDENPULS_REDIS_URL to a running Redis',
  );
};

const isUsable = async (command: string): Promise<boolean> => {
  const text = await tryTool({ command, args: ['--version'], timeoutMs: VERSION_TIMEOUT_MS });
  return Number(/v=(\d+)/.exec(text ?? '')?.[1] ?? 0) >= REDIS_MAJOR_MIN;
};

/** As root on Debian and Ubuntu. The package's own service is kept from starting: 6379 stays free. */
const installRedis = async (say: (sentence: string) => void): Promise<boolean> => {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  say('installing redis-server with apt-get …');
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const install = {
    command: 'apt-get',
    args: ['install', '-y', '-q', '--no-install-recommends', 'redis-server'],
    timeoutMs: APT_TIMEOUT_MS,
    env,
  };
  if ((await tryTool(install)) === null) {
    await tryTool({ command: 'apt-get', args: ['update', '-q'], timeoutMs: APT_TIMEOUT_MS, env });
    await tryTool(install);
  }
  return isUsable('redis-server');
};

const CARRIED: Readonly<Record<string, string>> = {
  'linux-x64': 'redis-server-6.2.6-v5-linux-amd64',
  'linux-arm64': 'redis-server-6.2.7-linux-arm64',
  'darwin-x64': 'redis-server-6.2.6-v5-darwin-amd64',
  'darwin-arm64': 'redis-server-6.2.6-v5-darwin-arm64',
};

const unpackRedis = async (jar: string): Promise<string | null> => {
  const entry = CARRIED[`${platform()}-${arch()}`];
  if (entry === undefined || !existsSync(jar)) return null;
  const folder = join(dirname(jar), 'unpacked');
  const file = join(folder, entry);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const extract = { what: 'unpacking redis-server', timeoutMs: VERSION_TIMEOUT_MS, cwd: folder };
  // A JDK brings jar; a JRE does not, but unzip or Python often are there.
  const ways = [
    { command: 'jar', args: ['xf', jar, entry] },
    { command: 'unzip', args: ['-qo', jar, entry] },
    { command: 'python3', args: ['-m', 'zipfile', '-e', jar, folder] },
  ];
  for (const way of ways) {
    if ((await runTool({ ...extract, ...way }).catch(() => null)) === null) continue;
    if (!existsSync(file)) continue;
    chmodSync(file, 0o755);
    return file;
  }
  return null;
};
