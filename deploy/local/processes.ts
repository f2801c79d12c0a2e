/**
 * Child processes that never outlive their owner. Each runs in a group of its own, so that Ctrl-C in
 * the terminal reaches only the owner, which then stops them in order; and a guard (guard.sh) ends
 * what is left when the owner is gone, even by SIGKILL. Their output goes to a file each.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../shared/avro/package-root.js';
import { codeOf, LocalError, messageOf } from './local-error.js';

/** Marks what an owner started, for the guard to find what it was not told of in time. */
const OWNER_VARIABLE = 'LOCAL_STACK_OWNER';
const TAIL_LINES = 20;
/** Time between asking a process to end and killing it. */
const STOP_GRACE_MS = 10_000;

export type ProcessSpec = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

export type ProcessExit = { readonly code: number | null; readonly signal: string | null };

export type OwnedProcess = {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly isRunning: () => boolean;
  readonly exited: Promise<ProcessExit>;
  /** Sends a signal to the process and what it started; SIGSTOP and SIGCONT work as well. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Asks it to end, kills it after the grace time, and returns when it is gone. */
  readonly stop: (graceMs?: number) => Promise<ProcessExit>;
};

export type ProcessKeeper = {
  /** Starts a process; rejects with a LocalError when its command cannot be run. */
  readonly start: (spec: ProcessSpec) => Promise<OwnedProcess>;
  /** Stops what still runs, the youngest first, and lets the guard go. */
  readonly close: () => Promise<void>;
};

/** Opens a keeper; everything it starts ends with it. */
export const openProcessKeeper = (): ProcessKeeper => {
  const mark = `${OWNER_VARIABLE}=${randomUUID()}`;
  const guard = openGuard(mark);
  const owned = new Set<OwnedProcess>();
  const killAll = (): void => {
    for (const child of owned) child.signal('SIGKILL');
  };
  process.once('exit', killAll);
  return {
    start: async (spec) => {
      const started = await startProcess(spec, mark);
      owned.add(started);
      guard.tell(`own ${String(started.pid)}`);
      void started.exited.then(() => {
        owned.delete(started);
        guard.tell(`drop ${String(started.pid)}`);
      });
      return started;
    },
    close: async () => {
      for (const child of [...owned].toReversed()) await child.stop();
      process.off('exit', killAll);
      guard.close();
    },
  };
};

const openGuard = (mark: string) => {
  const child = spawn('sh', [join(packageRoot(), 'deploy/local/guard.sh'), mark], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const { stdin } = child;
  // Without a guard there is still the exit hook of the owner; its pipe breaking is no reason to stop.
  child.on('error', () => undefined);
  stdin.on('error', () => undefined);
  child.unref();
  if (stdin instanceof Socket) stdin.unref();
  return {
    tell: (line: string): void => {
      if (!stdin.destroyed) stdin.write(`${line}\n`);
    },
    close: (): void => {
      stdin.end();
    },
  };
};

const startProcess = async (spec: ProcessSpec, mark: string): Promise<OwnedProcess> => {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, 'a');
  try {
    const child = spawn(spec.command, [...spec.args], {
      cwd: spec.cwd,
      env: { ...process.env, ...spec.env, [OWNER_VARIABLE]: mark.slice(OWNER_VARIABLE.length + 1) },
      stdio: ['ignore', log, log],
      detached: true,
    });
    const exited = new Promise<ProcessExit>((resolve) => {
      child.once('exit', (code, signal) => {
        resolve({ code, signal });
      });
    });
    await spawned(child, spec);
    return handleOf(child, { spec, exited });
  } finally {
    closeSync(log);
  }
};

const spawned = (child: ChildProcess, { name, command }: ProcessSpec): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => {
      const reason =
        codeOf(error) === 'ENOENT' ? `there is no command ${command}` : messageOf(error);
      reject(new LocalError(`${name} cannot be started: ${reason}`));
    });
  });

type Started = { readonly spec: ProcessSpec; readonly exited: Promise<ProcessExit> };

const handleOf = (child: ChildProcess, { spec, exited }: Started): OwnedProcess => {
  const pid = child.pid ?? 0;
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const signal = (name: NodeJS.Signals): void => {
    if (!isRunning()) return;
    try {
      process.kill(-pid, name);
    } catch (error) {
      // Gone between the check and the call.
      if (codeOf(error) !== 'ESRCH') throw error;
    }
  };
  const stop = async (graceMs = STOP_GRACE_MS): Promise<ProcessExit> => {
    signal('SIGTERM');
    // A process that a test has stopped hears the signal only when it goes on.
    signal('SIGCONT');
    const timer = setTimeout(() => {
      signal('SIGKILL');
    }, graceMs);
    const exit = await exited;
    clearTimeout(timer);
    return exit;
  };
  return { name: spec.name, pid, logFile: spec.logFile, isRunning, exited, signal, stop };
};

/** Returns the last lines of a log file, for an error message; says so when there are none. */
export const tailOf = (logFile: string): string => {
  let text: string;
  try {
    text = readFileSync(logFile, 'utf8').trimEnd();
  } catch {
    text = '';
  }
  if (text === '') return `${logFile} is empty`;
  const lines = text.split('\n').slice(-TAIL_LINES);
  return `the last lines of ${logFile}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
};
