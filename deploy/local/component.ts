/**
 * One component as a local process that can be ended, killed, frozen and started again, as the fault
 * tests do; the data lies in its folder and survives all of these.
 */
import { LocalError } from './local-error.js';
import type { OwnedProcess, ProcessKeeper, ProcessSpec } from './processes.js';
import { waitReady } from './wait-ready.js';

export type Component = {
  readonly name: string;
  /** host:port that clients use. */
  readonly address: string;
  readonly logFile: string;
  /** Starts it and waits until it answers. Throws LocalError when it does not, or runs already. */
  readonly start: () => Promise<void>;
  /** Asks it to end, and kills it after a while. Does nothing when it does not run. */
  readonly stop: () => Promise<void>;
  /** SIGKILL: what it had not written is lost. */
  readonly kill: () => Promise<void>;
  /** Freezes it (SIGSTOP): connections stay open and nothing answers. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly isRunning: () => boolean;
};

export type ComponentOptions = {
  readonly spec: ProcessSpec;
  readonly address: string;
  readonly isReady: () => Promise<boolean>;
  readonly readyTimeoutMs: number;
  /** Runs after each start, once it answers. */
  readonly onReady?: () => Promise<void>;
};

/** Creates the handle; nothing runs yet. */
export const createComponent = (keeper: ProcessKeeper, options: ComponentOptions): Component => {
  const { spec, address, isReady, readyTimeoutMs, onReady } = options;
  let current: OwnedProcess | null = null;
  const running = (): OwnedProcess | null => (current?.isRunning() === true ? current : null);
  return {
    name: spec.name,
    address,
    logFile: spec.logFile,
    start: async () => {
      if (running() !== null) throw new LocalError(`${spec.name} runs already`);
      current = await keeper.start(spec);
      await waitReady(current, { isReady, timeoutMs: readyTimeoutMs });
      await onReady?.();
    },
    stop: async () => {
      await running()?.stop();
    },
    kill: async () => {
      const process = running();
      process?.signal('SIGKILL');
      await process?.exited;
    },
    pause: () => running()?.signal('SIGSTOP'),
    resume: () => running()?.signal('SIGCONT'),
    isRunning: () => running() !== null,
  };
};
