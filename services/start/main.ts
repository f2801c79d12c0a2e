/**
 * `kundenpuls start`: the components, topics and schemas, every service and a simulated business on
 * this machine, and a live view of what happens. Ctrl-C stops all of it in order; nothing stays behind.
 */
import { LocalError, messageOf } from '../../deploy/local/local-error.js';
import { environmentWith } from '../../deploy/local/environment.js';
import { dropRunLock, takeRunLock } from '../../deploy/local/run-lock.js';
import { ConfigError } from '../../shared/config/load.js';
import { loadServiceConfig } from '../../shared/config/tables.js';
import { runLifecycle } from '../../shared/lifecycle/lifecycle.js';
import { EXIT_CONFIG } from '../../shared/service/run-service.js';
import { foldersAt, prepareFolders, settingProblems } from './plan.js';
import { startEverything } from './start-everything.js';

/** Stopping seven services and three components, one after the other. */
const STOP_BUDGET_MS = 90_000;
const EXIT_INTERRUPTED = 130;
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export type StartCommandOptions = { readonly reset?: boolean; readonly keep?: boolean };

const say = (sentence: string): void => {
  process.stderr.write(`kundenpuls start: ${sentence}\n`);
};

/** Runs until Ctrl-C. Sets exit code 1 after saying what is wrong. */
export const run = async ({ reset, keep }: StartCommandOptions): Promise<void> => {
  outliveTerminal();
  // The services read their settings in processes of their own; a person is told of all at once here.
  const problems = settingProblems(environmentWith({}));
  if (problems.length > 0) {
    say(new ConfigError(problems).message);
    process.exitCode = EXIT_CONFIG;
    return;
  }
  const config = loadServiceConfig('start');
  if (reset === true && keep === true) {
    say('--reset empties the data and --keep keeps it; choose one');
    process.exitCode = 1;
    return;
  }
  const folders = foldersAt(config.local.folder);
  const holder = takeRunLock(folders.lock);
  if (holder !== null) {
    say(
      `another start (process ${String(holder.pid)}) runs in ${folders.root}; end it with Ctrl-C, or ` +
        'set KUNDENPULS_LOCAL_FOLDER and other ports for a second one',
    );
    process.exitCode = 1;
    return;
  }
  try {
    const isKept = prepareFolders(folders, reset === true);
    say(isKept ? 'going on with the data of the last start (--reset empties it)' : 'empty data');
    const code = await runUntilStopped({ config, folders, isReset: reset === true });
    if (code === 0) say('stopped; the next start goes on with the data');
    process.exitCode = code;
  } finally {
    dropRunLock(folders.lock);
  }
};

type Run = Parameters<typeof startEverything>[0];

/**
 * A terminal that was closed, or a reader that went away, takes no more words: every write fails. To say
 * that would fail as well, and so on for ever; the stop that the hang-up asks for goes on without words.
 */
const outliveTerminal = (): void => {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
};

const runUntilStopped = (options: Omit<Run, 'say'>): Promise<number> => {
  let interrupts = 0;
  process.on('SIGINT', () => {
    interrupts += 1;
    // The guard of the child processes ends them when this process is gone.
    if (interrupts > 1) process.exit(EXIT_INTERRUPTED);
  });
  const everything = startEverything({ ...options, say });
  return runLifecycle({
    parts: everything.parts,
    until: everything.until,
    stopBudgetMs: STOP_BUDGET_MS,
    signals: SIGNALS,
    events: {
      started: () => undefined,
      stopping: (reason) => {
        // First, or it would be said on the screen that is about to go.
        everything.closeDisplay();
        if (reason.kind === 'failed') say(inWords(reason.error));
        if (reason.kind === 'signal') say('stopping; a second Ctrl-C ends everything at once');
      },
      stopFailed: (part, error) => {
        say(`${part} did not stop in order: ${messageOf(error)}`);
      },
      stopTimedOut: (part) => {
        say(`${part} took too long to stop and is ended`);
      },
    },
  });
};

const inWords = (error: unknown): string => {
  if (error instanceof LocalError || !(error instanceof Error)) return messageOf(error);
  return error.name === 'ConfigError' ? error.message : (error.stack ?? error.message);
};
