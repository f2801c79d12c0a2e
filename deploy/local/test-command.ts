/**
 * `npm test`: static checks, the stack, every kind of test, and one last line that counts. Each static
 * check counts as one test, and so does a suite that could not run. Arguments go to Jest and choose a
 * part; static checks are then left out, and with `--selectProjects fast` the stack too.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../shared/avro/package-root.js';
import { removeCompose, whyNoCompose } from './docker.js';
import { LocalError, messageOf } from './local-error.js';
import { dropRunLock, takeRunLock } from './run-lock.js';
import { provideStack } from './sources.js';
import type { ProvidedStack } from './stack.js';
import { countChecks, readJestReport, summaryLine, type TestCounts } from './test-report.js';

/** A whole run takes about ten minutes on two cores; one that takes this long hangs. */
const JEST_TIMEOUT_MS = 40 * 60_000;
const CHECK_TIMEOUT_MS = 5 * 60_000;
const PROJECT_PREFIX = 'kundenpuls-';

const say = (sentence: string): void => {
  process.stderr.write(`kundenpuls test: ${sentence}\n`);
};

const bin = (path: string): string => join(packageRoot(), 'node_modules', path);

const CHECKS: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: 'types of the tests', args: [bin('typescript/bin/tsc'), '-p', 'test/tsconfig.json'] },
  { name: 'lint', args: [bin('eslint/bin/eslint.js'), '.'] },
  {
    name: 'format',
    args: [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'],
  },
];

/** Runs the tests and sets the exit code; the last line on standard output is the count. */
export const main = async (jestArgs: readonly string[]): Promise<void> => {
  const stop = new AbortController();
  const onSignal = (): void => {
    stop.abort();
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const counts = await run(jestArgs, stop.signal).catch((error: unknown): TestCounts => {
    say(error instanceof LocalError ? error.message : describe(error));
    return { passed: 0, failed: 1, skipped: 0 };
  });
  const isInterrupted = stop.signal.aborted;
  if (isInterrupted) say('interrupted');
  process.exitCode = isInterrupted ? 130 : Number(counts.failed > 0 || counts.passed === 0);
  process.stdout.write(`${summaryLine(counts)}\n`);
};

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

const run = async (jestArgs: readonly string[], stop: AbortSignal): Promise<TestCounts> => {
  const home = join(packageRoot(), '.kundenpuls');
  const folder = join(home, `test-${String(process.pid)}`);
  await removeOldRuns(home);
  mkdirSync(folder, { recursive: true });
  takeRunLock(join(folder, 'lock'));
  const starting = isFastOnly(jestArgs) ? Promise.resolve(null) : openStack(folder);
  // A failure to start is reported when it is waited for, after the checks.
  starting.catch(() => undefined);
  let stack: ProvidedStack | null = null;
  try {
    const checks = jestArgs.length === 0 ? await runChecks(stop) : [];
    stack = await starting;
    const report = join(folder, 'report.json');
    const code = await runJest({ jestArgs, report, env: stack?.env ?? {}, stop });
    const counts = readJestReport(report, { code, say });
    return countChecks(counts, checks);
  } finally {
    await (stack ?? (await starting.catch(() => null)))?.stop();
    dropRunLock(join(folder, 'lock'));
    rmSync(folder, { recursive: true, force: true });
  }
};

const isFastOnly = (jestArgs: readonly string[]): boolean => {
  const at = jestArgs.indexOf('--selectProjects');
  return at !== -1 && jestArgs[at + 1] === 'fast' && !jestArgs.includes('services');
};

const openStack = (folder: string): Promise<ProvidedStack> =>
  provideStack({
    folder: join(folder, 'stack'),
    env: process.env,
    project: `${PROJECT_PREFIX}test-${String(process.pid)}`,
    isEphemeral: true,
    say,
  });

/** Folders and containers of runs that were killed; those of runs under way are left alone. */
const removeOldRuns = async (home: string): Promise<void> => {
  const ended = readdirSync(home).filter(
    (name) => /^test-\d+$/.test(name) && takeRunLock(join(home, name, 'lock')) === null,
  );
  const hasCompose = ended.length > 0 && (await whyNoCompose()) === null;
  for (const name of ended) {
    try {
      if (hasCompose) await removeCompose(`${PROJECT_PREFIX}${name}`);
      rmSync(join(home, name), { recursive: true, force: true });
    } catch (error) {
      say(`what the run ${name} left behind stays: ${messageOf(error)}`);
    }
  }
};

/** All at once: lint takes as long as the others together, and each uses one core. */
const runChecks = (stop: AbortSignal): Promise<readonly boolean[]> =>
  Promise.all(
    CHECKS.map(async ({ name, args }) => {
      const startedMs = Date.now();
      const code = await runNode({ args, env: {}, stop, timeoutMs: CHECK_TIMEOUT_MS });
      const seconds = String(Math.round((Date.now() - startedMs) / 1_000));
      say(`${name}: ${code === 0 ? 'passed' : 'FAILED'} (${seconds} s)`);
      return code === 0;
    }),
  );

type JestRun = {
  readonly jestArgs: readonly string[];
  readonly report: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stop: AbortSignal;
};

const runJest = ({ jestArgs, report, env, stop }: JestRun): Promise<number> =>
  runNode({
    args: [
      bin('jest/bin/jest.js'),
      ...['--config', 'test/jest.config.mjs', '--ci', '--json', '--outputFile', report],
      ...jestArgs,
    ],
    env,
    stop,
    timeoutMs: JEST_TIMEOUT_MS,
  });

type NodeRun = {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stop: AbortSignal;
  readonly timeoutMs: number;
};

/** Runs a Node program; its standard output is not ours, whose last line is the count. */
const runNode = ({ args, env, stop, timeoutMs }: NodeRun): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], {
      cwd: packageRoot(),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: timeoutMs,
    });
    const end = (): void => {
      child.kill('SIGTERM');
    };
    stop.addEventListener('abort', end, { once: true });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      stop.removeEventListener('abort', end);
      if (signal !== null && !stop.aborted) {
        say(`${args[0] ?? ''} was ended by ${signal}: it took longer than it may`);
      }
      resolve(code ?? 1);
    });
  });
