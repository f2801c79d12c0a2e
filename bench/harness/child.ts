/** Starts a contender as a process of its own, keeps the end of what it says, and ends it for sure. */
import { spawn } from 'node:child_process';

export type Child = {
  readonly pid: number;
  /** Last message of a Node child, a count of records done; 0 before the first. */
  readonly reported: () => number;
  /** Throws with the last lines it said when it has ended by itself. */
  readonly assertAlive: () => void;
  /** Asks it to end, and insists after a while. */
  readonly stop: () => Promise<void>;
};

const SAID_CHARACTERS_MAX = 4_000;
const STOP_BUDGET_MS = 30_000;

export type ChildSpec = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Opens a channel for a Node child to report through. */
  readonly hasChannel: boolean;
};

/** Starts the process. */
export const startChild = ({ command, args, cwd, env, hasChannel }: ChildSpec): Child => {
  const child = spawn(command, [...args], {
    cwd,
    env,
    stdio: hasChannel ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let reported = 0;
  const listen = (chunk: Buffer): void => {
    said = (said + chunk.toString('utf8')).slice(-SAID_CHARACTERS_MAX);
  };
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  child.on('message', (message) => {
    if (typeof message === 'number') reported = message;
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.once('error', (error) => {
      said += String(error);
      resolve();
    });
  });
  let isStopping = false;
  const killAtExit = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', killAtExit);
  return {
    pid: child.pid ?? 0,
    reported: () => reported,
    assertAlive: () => {
      if (isStopping || (child.pid !== undefined && child.exitCode === null)) return;
      throw new Error(`${command} ${args.join(' ')} has ended:\n${said}`);
    },
    stop: async () => {
      isStopping = true;
      child.kill('SIGTERM');
      const insist = setTimeout(killAtExit, STOP_BUDGET_MS);
      await ended;
      clearTimeout(insist);
      process.removeListener('exit', killAtExit);
    },
  };
};
