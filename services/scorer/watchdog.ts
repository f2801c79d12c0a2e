/**
 * Ends the process when the fetch loop has gone silent: kafkajs is known to stop now and then after a
 * lost broker or a rebalance, and a crash heals what waiting does not. It counts its own rounds rather
 * than comparing clocks, so that a process that was frozen itself gets another chance.
 */
export type Watchdog = { readonly stop: () => void };

/** Rounds without a sign of life after which it barks; three sessions. */
const SILENT_ROUNDS_MAX = 6;
const ROUNDS_PER_SESSION = 2;

/** Starts watching; `lastActiveMs` changes with every sign of life. */
export const startWatchdog = (options: {
  readonly sessionTimeoutMs: number;
  readonly lastActiveMs: () => number;
  readonly onSilent: (error: Error) => void;
}): Watchdog => {
  const { sessionTimeoutMs, lastActiveMs, onSilent } = options;
  let seenMs = lastActiveMs();
  let silentRounds = 0;
  const timer = setInterval(() => {
    const activeMs = lastActiveMs();
    silentRounds = activeMs === seenMs ? silentRounds + 1 : 0;
    seenMs = activeMs;
    if (silentRounds !== SILENT_ROUNDS_MAX) return;
    onSilent(new Error('neither a fetch nor a heartbeat succeeded for three sessions'));
  }, sessionTimeoutMs / ROUNDS_PER_SESSION);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
};
