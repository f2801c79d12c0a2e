/**
 * One service as a child process: started again when it crashes, with growing pauses, and stopped in
 * order. What it does shows in its log file; how often it came back shows on the display.
 */
import type { OwnedProcess, ProcessKeeper, ProcessSpec } from '../../deploy/local/processes.js';
import { sleepUnless } from '../../shared/service/sleep.js';

const RESTART_DELAY_MS_MIN = 1_000;
const RESTART_DELAY_MS_MAX = 30_000;
/** A service that ran for this long starts with the shortest pause again. */
const STABLE_MS = 60_000;
/** A wrong configuration (EX_CONFIG) does not get better by trying again. */
const EXIT_CONFIG = 78;

export type ServiceStatus = {
  readonly name: string;
  readonly state: 'running' | 'restarting' | 'ended' | 'misconfigured' | 'stopped';
  readonly restarts: number;
  /** How it last ended by itself, in words; empty while it never did. */
  readonly lastEnd: string;
};

export type Supervised = {
  readonly status: () => ServiceStatus;
  readonly stop: () => Promise<void>;
};

export type SuperviseOptions = {
  readonly keeper: ProcessKeeper;
  readonly spec: ProcessSpec;
  readonly stopGraceMs: number;
  readonly onRestart: (status: ServiceStatus) => void;
};

/** Starts the service and keeps it running until it is stopped or ends in order. */
export const supervise = async (options: SuperviseOptions): Promise<Supervised> => {
  const { keeper, spec, onRestart } = options;
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let child: OwnedProcess = await keeper.start(spec);
  let state: ServiceStatus['state'] = 'running';
  let restarts = 0;
  let lastEnd = '';
  const status = (): ServiceStatus => ({ name: spec.name, state, restarts, lastEnd });

  /** Returns the next pause before a restart, or null when the service is over. */
  const runOnce = async (delayMs: number): Promise<number | null> => {
    const startedMs = performance.now();
    const { code, signal } = await child.exited;
    if (isStopping()) return null;
    lastEnd = signal === null ? `exit code ${String(code)}` : `ended by ${signal}`;
    if (code === 0 || code === EXIT_CONFIG) {
      state = code === 0 ? 'ended' : 'misconfigured';
      return null;
    }
    state = 'restarting';
    restarts += 1;
    onRestart(status());
    const isStable = performance.now() - startedMs > STABLE_MS;
    const pauseMs = isStable ? RESTART_DELAY_MS_MIN : delayMs;
    await sleepUnless(stopping.signal, pauseMs);
    if (isStopping()) return null;
    child = await keeper.start(spec);
    state = 'running';
    return Math.min(pauseMs * 2, RESTART_DELAY_MS_MAX);
  };

  const loop = (async (): Promise<void> => {
    let delayMs: number | null = RESTART_DELAY_MS_MIN;
    while (delayMs !== null) delayMs = await runOnce(delayMs);
  })();
  return {
    status,
    stop: async () => {
      stopping.abort();
      await child.stop(options.stopGraceMs);
      await loop;
      state = 'stopped';
    },
  };
};
