/**
 * A worker process as the world sees it: it runs, is stopped (SIGSTOP: nothing reaches it, and all of
 * it happens at once when it wakes up) or is dead. Production code inside lives only by what is
 * delivered to it, so a process may die or freeze at any await.
 */
import type { Scheduler } from './scheduler.js';

export type SimProcess = {
  readonly name: string;
  /** Error of this machine's wall clock. */
  readonly clockErrorMs: number;
  readonly state: () => 'running' | 'stopped' | 'dead';
  /** Runs something inside the process: now, when it goes on, or never. */
  readonly deliver: (action: () => void) => void;
  readonly sleep: (ms: number) => Promise<void>;
  readonly stop: () => void;
  readonly resume: () => void;
  readonly kill: () => void;
};

/** Creates a running process. */
export const createProcess = (
  scheduler: Scheduler,
  { name, clockErrorMs }: Pick<SimProcess, 'name' | 'clockErrorMs'>,
): SimProcess => {
  let state: 'running' | 'stopped' | 'dead' = 'running';
  let waiting: (() => void)[] = [];
  const deliver: SimProcess['deliver'] = (action) => {
    if (state === 'running') action();
    else if (state === 'stopped') waiting.push(action);
  };
  return {
    name,
    clockErrorMs,
    state: () => state,
    deliver,
    sleep: (ms) =>
      new Promise((resolve) => {
        scheduler.after(ms, () => {
          deliver(resolve);
        });
      }),
    stop: () => {
      if (state === 'running') state = 'stopped';
    },
    resume: () => {
      if (state !== 'stopped') return;
      state = 'running';
      const due = waiting;
      waiting = [];
      // One event each, so that what is waiting is handled in order, with promise jobs in between.
      for (const action of due) {
        scheduler.after(0, () => {
          deliver(action);
        });
      }
    },
    kill: () => {
      state = 'dead';
      waiting = [];
    },
  };
};
