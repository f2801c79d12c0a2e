/**
 * Publishes a business day by day: its history as fast as it goes, then at a pace, and from the present on
 * in real time. It brings its own ticks, since its time is not the wall clock's. The last tick is
 * remembered with the log (tick-publisher.ts): a simulator that starts again makes the days before it
 * without publishing them and goes on; the day that was cut short is published again, which is a repeat
 * like any source's and changes nothing.
 */
import type { Business } from '../../shared/business/business.js';
import type { InputEvent } from '../../shared/core/engine/input-event.js';
import { MS_PER_DAY } from '../../shared/core/features/vector.js';

export type SimulateOptions = {
  readonly business: Business;
  readonly startMs: number;
  readonly historyDays: number;
  readonly ordersPerSecond: number;
  /** Ends after this many days of the business; Infinity for never. */
  readonly days: number;
  readonly publish: (input: InputEvent) => Promise<void>;
  /** Resolves when everything published so far is acknowledged. */
  readonly flush: () => Promise<void>;
  readonly tick: (tickAtMs: number) => Promise<void>;
  readonly lastTickMs: number | null;
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly onDay: (day: number, orders: number, isHistory: boolean) => void;
};

/** Ticks of the history; well within the time an order may lie ahead of the last tick. */
const HISTORY_TICK_DAYS = 3;
const MS_PER_SECOND = 1_000;
/** Pauses shorter than this are saved up: timers are not that exact. */
const PAUSE_MS_MIN = 5;

/** Runs until told to stop or the days are over. */
export const simulate = async (options: SimulateOptions, stop: AbortSignal): Promise<void> => {
  const { business, startMs, historyDays, lastTickMs, days } = options;
  const firstDay = lastTickMs === null ? 0 : Math.floor((lastTickMs - startMs) / MS_PER_DAY);
  for (let day = 0; day < days && !stop.aborted; day += 1) {
    const events = business.eventsOf(day);
    if (day < firstDay) continue;
    const isHistory = day < historyDays;
    if (isHistory) for (const input of events) await options.publish(input);
    else await publishPaced(day, events, options, stop);
    if (isStopped(stop)) return;
    const isTickDay = !isHistory || (day + 1) % HISTORY_TICK_DAYS === 0;
    if (isTickDay || day + 1 === Math.min(historyDays, days)) {
      // Ticks are written by another producer: what they are to see must be there before.
      await options.flush();
      await options.tick(startMs + (day + 1) * MS_PER_DAY);
    }
    options.onDay(day, countOrders(events), isHistory);
  }
};

/** A function of its own, since the compiler takes the signal for one that never changes. */
const isStopped = (stop: AbortSignal): boolean => stop.aborted;

const countOrders = (events: readonly InputEvent[]): number =>
  events.reduce((count, { type }) => count + (type === 'OrderEvent' ? 1 : 0), 0);

/** Spreads a day's events over the time that its pace gives it. */
const publishPaced = async (
  day: number,
  events: readonly InputEvent[],
  options: SimulateOptions,
  stop: AbortSignal,
): Promise<void> => {
  const { startMs, ordersPerSecond, nowMs, sleep, publish } = options;
  const fromMs = nowMs();
  const untilDayEndMs = startMs + (day + 1) * MS_PER_DAY - fromMs;
  const pacedMs = (countOrders(events) / ordersPerSecond) * MS_PER_SECOND;
  const lengthMs = Math.max(pacedMs, untilDayEndMs);
  for (const [i, input] of events.entries()) {
    if (stop.aborted) return;
    const pauseMs = fromMs + (lengthMs * i) / events.length - nowMs();
    if (pauseMs > PAUSE_MS_MIN) await sleep(pauseMs);
    await publish(input);
  }
  const restMs = fromMs + lengthMs - nowMs();
  if (restMs > 0 && !stop.aborted) await sleep(restMs);
};
