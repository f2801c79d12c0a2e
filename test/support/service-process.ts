/**
 * A service as a process of its own, as `kundenpuls <name>` starts it, with its log lines read. Kills are
 * by the process's own id. The build must be there: the first start makes it when it is stale.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../shared/avro/package-root.js';
import { NODE_FLAGS } from '../../shared/service/node-flags.js';

export type LogLine = Readonly<Record<string, unknown>> & { readonly event?: string };

export type ServiceProcess = {
  readonly child: ChildProcess;
  /** Lines logged so far. */
  readonly lines: readonly LogLine[];
  /** Resolves with the first line, logged already or yet to come, that passes; rejects at the end. */
  readonly line: (passes: (line: LogLine) => boolean) => Promise<LogLine>;
  /** Base address of metrics and health. */
  readonly url: () => Promise<string>;
  /** Sends a signal and resolves with the exit code, null after a kill. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>;
  /** Resolves with the exit code of a command that ends by itself. */
  readonly exited: Promise<number | null>;
  readonly output: () => string;
};

type ServiceOptions = {
  /** Added to this process's own. */
  readonly env: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly onLine?: (line: LogLine) => void;
};

/** This process's own variables but those for tests: a service refuses what it does not know. */
const ownEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('KUNDENPULS_TEST_')),
  );

/** Ends with this process what it has started, also when it is ended itself in the middle. */
const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** Starts a command. */
export const startService = (
  name: string,
  { env, args = [], onLine = () => undefined }: ServiceOptions,
): ServiceProcess => {
  const child = spawn(
    process.execPath,
    [...NODE_FLAGS, join(packageRoot(), 'services', 'cli', 'bin.mjs'), name, ...args],
    { env: { ...ownEnv(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  living.add(child);
  const lines: LogLine[] = [];
  const texts: string[] = [];
  let waiting: (() => void)[] = [];
  const wakeAll = (): void => {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  };
  child.stdout.on('data', (data: Buffer) => texts.push(data.toString()));
  createInterface({ input: child.stderr }).on('line', (text) => {
    texts.push(`${text}\n`);
    if (!text.startsWith('{')) return;
    const line = JSON.parse(text) as LogLine;
    lines.push(line);
    onLine(line);
    wakeAll();
  });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  let hasExited = false;
  void exited.then(() => {
    living.delete(child);
    hasExited = true;
    wakeAll();
  });
  const waitFor: ServiceProcess['line'] = async (passes) => {
    let from = 0;
    for (;;) {
      for (; from < lines.length; from += 1) {
        const candidate = lines[from];
        if (candidate !== undefined && passes(candidate)) return candidate;
      }
      if (hasExited) throw new Error(`${name} ended; it said:\n${texts.join('')}`);
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  return {
    child,
    lines,
    line: waitFor,
    url: async () => {
      const served = await waitFor(({ event }) => event === 'metrics_served');
      return String(served['url']).replace(/\/metrics$/, '');
    },
    end: (signal) => {
      child.kill(signal);
      return exited;
    },
    exited,
    output: () => texts.join(''),
  };
};

/** Environment of a scorer that notices a dead predecessor within a second. */
export const QUICK_SCORER = {
  KUNDENPULS_SCORER_PORT: '0',
  KUNDENPULS_SCORER_SESSION_TIMEOUT_MS: '6000',
} as const;
