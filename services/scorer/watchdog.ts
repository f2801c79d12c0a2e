/**
 * Ends the process when the fetch loop has gone silent: kafkajs is known to stop now and then after a
 * lost broker or a rebalance, and a crash heals what waiting does not. It counts its own rounds rather
 * than comparing clocks, so that a process that was frozen itself gets another chance.
 */
export type Watchdog = { readonly stop: () => void };

/** Rounds without a sign of life after which it barks. */
const SILENT_ROUNDS_MAX = 6;
const MS_PER_SECOND = 1_000;

/** Starts watching; `lastActiveMs` changes with every sign of life. */
export const startWatchdog = (options: {
  /** Longest silence that a healthy loop may keep: whoever joins a group hears nothing meanwhile. */
  readonly silenceMsMax: number;
  readonly lastActiveMs: () => number;
  readonly onSilent: (error: Error) => void;
}): Watchdog => {
  const { silenceMsMax, lastActiveMs, onSilent } = options;
  let seenMs = lastActiveMs();
  let silentRounds = 0;
  const timer = setInterval(() => {
    const activeMs = lastActiveMs();
    silentRounds = activeMs === seenMs ? silentRounds + 1 : 0;
    seenMs = activeMs;
    if (silentRounds !== SILENT_ROUNDS_MAX) return;
    const seconds = String(silenceMsMax / MS_PER_SECOND);
    onSilent(new Error(`neither a fetch nor a heartbeat succeeded for ${seconds} s`));
  }, silenceMsMax / SILENT_ROUNDS_MAX);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
};
