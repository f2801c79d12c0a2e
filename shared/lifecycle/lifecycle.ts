/**
 * Starts the parts of a service in order and stops them in reverse, once, whatever the reason: a
 * signal, a part that ended, an error nobody caught. Stopping has a budget; when it is used up the
 * process ends all the same, since the protocol survives a kill at any point.
 */

export type Part = {
  readonly name: string;
  /** Starts the part and returns how to stop it. */
  readonly start: () => Promise<() => Promise<void>>;
};

export type StopReason =
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: unknown; readonly during: FailurePoint };

/** Where an error came up: the last two were caught by nobody. */
export type FailurePoint = 'start' | 'run' | 'uncaught exception' | 'unhandled rejection';

export type LifecycleEvents = {
  readonly started: (part: string) => void;
  readonly stopping: (reason: StopReason) => void;
  readonly stopFailed: (part: string, error: unknown) => void;
  readonly stopTimedOut: (part: string) => void;
};

export type LifecycleOptions = {
  readonly parts: readonly Part[];
  readonly stopBudgetMs: number;
  readonly events: LifecycleEvents;
  /** Ends the run when it settles: a service's loop, or a job that finishes by itself. */
  readonly until?: (stop: AbortSignal) => Promise<void>;
  readonly signals?: readonly NodeJS.Signals[];
};

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];

/**
 * Runs until a signal, the end of `until` or an uncaught error; resolves with the exit code: 0 after
 * an orderly end, 1 after a failure or when stopping took longer than the budget.
 */
export const runLifecycle = async (options: LifecycleOptions): Promise<number> => {
  const { parts, stopBudgetMs, events, until, signals = SIGNALS } = options;
  const abort = new AbortController();
  const stops: { name: string; stop: () => Promise<void> }[] = [];
  let settle: (reason: StopReason) => void = () => undefined;
  const stopped = new Promise<StopReason>((resolve) => {
    settle = resolve;
  });
  const onSignal = (signal: NodeJS.Signals): void => {
    settle({ kind: 'signal', signal });
  };
  const failAt = (during: FailurePoint) => (error: unknown) => {
    if (abort.signal.aborted) events.stopFailed('service', error);
    settle({ kind: 'failed', error, during });
  };
  const onException = failAt('uncaught exception');
  const onRejection = failAt('unhandled rejection');
  let isStarted = false;
  for (const signal of signals) process.on(signal, onSignal);
  process.on('uncaughtException', onException);
  process.on('unhandledRejection', onRejection);
  const starting = (async (): Promise<void> => {
    for (const { name, start } of parts) {
      if (abort.signal.aborted) return;
      stops.push({ name, stop: await start() });
      events.started(name);
    }
    isStarted = true;
    if (until === undefined || abort.signal.aborted) return;
    await until(abort.signal);
    settle({ kind: 'done' });
  })().catch((error: unknown) => {
    failAt(isStarted ? 'run' : 'start')(error);
  });
  try {
    const reason = await stopped;
    events.stopping(reason);
    abort.abort();
    const isOrderly = await stopAll({ starting, stops, budgetMs: stopBudgetMs, events });
    return isOrderly && reason.kind !== 'failed' ? 0 : 1;
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
    process.off('uncaughtException', onException);
    process.off('unhandledRejection', onRejection);
  }
};

type StopAll = {
  readonly starting: Promise<void>;
  readonly stops: readonly { name: string; stop: () => Promise<void> }[];
  readonly budgetMs: number;
  readonly events: LifecycleEvents;
};

/** Waits for the loop to end and stops all parts, last first; false when the budget ran out. */
const stopAll = async ({ starting, stops, budgetMs, events }: StopAll): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => {
      resolve('timeout');
    }, budgetMs);
  });
  try {
    if ((await Promise.race([starting, timeout])) === 'timeout') {
      events.stopTimedOut('start or loop');
      return false;
    }
    for (const { name, stop } of stops.toReversed()) {
      const stopping = stop().catch((error: unknown) => {
        events.stopFailed(name, error);
      });
      if ((await Promise.race([stopping, timeout])) === 'timeout') {
        events.stopTimedOut(name);
        return false;
      }
    }
    return true;
  } finally {
    clearTimeout(timer);
  }
};
