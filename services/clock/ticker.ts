/**
 * Runs a clock: write the tick that is due, wait for the next. Any failure throws the publisher away,
 * since the outcome of a transaction is unknown then, and the next one reads what became of it. A clock
 * that another one fenced stands by and takes over when that one has been silent for some ticks.
 */
import type { TickPublisher } from '../../shared/kafka/tick-publisher.js';
import { isOtherAlive, tickToWrite, untilNextTickMs } from './schedule.js';

export type TickerOptions = {
  readonly intervalMs: number;
  readonly open: () => Promise<TickPublisher>;
  /** Reads the last tick without fencing anybody. */
  readonly peek: () => Promise<number | null>;
  readonly isFenced: (error: unknown) => boolean;
  readonly nowMs: () => number;
  /** Resolves after a time, or at once when the clock is to stop. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly onTick: (tickAtMs: number, skipped: number) => void;
  readonly onState: (state: ClockState) => void;
  readonly onTrouble: (error: unknown) => void;
};

export type ClockState = 'starting' | 'leading' | 'standing-by';

const RETRY_DELAY_MS = 500;

/** Writes ticks with one publisher until told to stop; throws when publishing fails. */
const lead = async (
  publisher: TickPublisher,
  options: TickerOptions,
  stop: AbortSignal,
): Promise<void> => {
  const { intervalMs, nowMs, sleep, onTick } = options;
  let last = await publisher.lastTickMs();
  options.onState('leading');
  while (!stop.aborted) {
    const tickAtMs = tickToWrite(nowMs(), last, intervalMs);
    if (tickAtMs !== null) {
      await publisher.publish(tickAtMs);
      onTick(tickAtMs, last === null ? 0 : Math.round((tickAtMs - last) / intervalMs) - 1);
      last = tickAtMs;
    }
    await sleep(untilNextTickMs(nowMs(), intervalMs));
  }
};

/** Waits as long as another clock writes ticks. */
const standBy = async (options: TickerOptions, stop: AbortSignal): Promise<void> => {
  const { intervalMs, nowMs, sleep, peek } = options;
  options.onState('standing-by');
  do await sleep(intervalMs);
  while (!stop.aborted && isOtherAlive(nowMs(), await peek(), intervalMs));
};

/** Runs the clock until it is told to stop; troubles are reported and tried again. */
export const runTicker = async (options: TickerOptions, stop: AbortSignal): Promise<void> => {
  while (!stop.aborted) {
    let publisher: TickPublisher | null = null;
    try {
      publisher = await options.open();
      await lead(publisher, options, stop);
    } catch (error) {
      if (options.isFenced(error)) await standBy(options, stop);
      else {
        options.onState('starting');
        options.onTrouble(error);
        await options.sleep(RETRY_DELAY_MS);
      }
    } finally {
      await publisher?.close();
    }
  }
};
