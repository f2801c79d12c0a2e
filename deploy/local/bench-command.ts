/** `npm run bench`: the stack, then bench/main.ts with the given arguments; its exit code is ours. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../shared/avro/package-root.js';
import { LocalError } from './local-error.js';
import { provideStack } from './sources.js';

const say = (sentence: string): void => {
  process.stderr.write(`kundenpuls bench: ${sentence}\n`);
};

/** Runs the bench in a process of its own, so that what it measures is its own. */
export const main = async (args: readonly string[]): Promise<void> => {
  const folder = join(packageRoot(), '.kundenpuls', `bench-${String(process.pid)}`);
  mkdirSync(folder, { recursive: true });
  try {
    const stack = await provideStack({
      folder,
      env: process.env,
      project: `kundenpuls-bench-${String(process.pid)}`,
      isEphemeral: true,
      say,
    });
    try {
      process.exitCode = await runBench(args, stack.env);
    } finally {
      await stack.stop();
    }
  } catch (error) {
    if (!(error instanceof LocalError)) throw error;
    say(error.message);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const runBench = (args: readonly string[], env: Readonly<Record<string, string>>) =>
  new Promise<number>((resolve, reject) => {
    const bench = spawn(process.execPath, ['dist/bench/main.js', ...args], {
      cwd: packageRoot(),
      env: { ...process.env, ...env },
      stdio: 'inherit',
    });
    const end = (): void => {
      bench.kill('SIGTERM');
    };
    process.once('SIGINT', end).once('SIGTERM', end);
    bench.once('error', reject);
    bench.once('exit', (code) => {
      resolve(code ?? 1);
    });
  });
