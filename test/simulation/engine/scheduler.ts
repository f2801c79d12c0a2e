/**
 * Virtual time and the order of events. One event happens at a time; all promise jobs it causes have
 * run before the next one starts, so the only interleavings are those drawn from the seed.
 */
import { setImmediate } from 'node:timers';

export type Timer = { readonly cancel: () => void };

export type Scheduler = {
  readonly nowMs: () => number;
  readonly after: (delayMs: number, action: () => void) => Timer;
  /** Runs events until `isDone`, the given time, or no event is left. */
  readonly run: (untilMs: number, isDone: () => boolean) => Promise<void>;
  readonly eventCount: () => number;
};

type Event = { readonly atMs: number; readonly sequence: number; action: (() => void) | null };

const isEarlier = (a: Event, b: Event): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);

/** A binary heap of events, the earliest first. */
const createQueue = (): {
  readonly push: (event: Event) => void;
  readonly pop: () => Event | undefined;
} => {
  const heap: Event[] = [];
  const at = (i: number): Event => heap[i] as Event;
  const swap = (i: number, j: number): void => {
    const event = at(i);
    heap[i] = at(j);
    heap[j] = event;
  };
  const sink = (): void => {
    for (let i = 0; ;) {
      const left = 2 * i + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const child = right < heap.length && isEarlier(at(right), at(left)) ? right : left;
      if (!isEarlier(at(child), at(i))) return;
      swap(i, child);
      i = child;
    }
  };
  return {
    push: (event) => {
      heap.push(event);
      for (let i = heap.length - 1; i > 0;) {
        const parent = (i - 1) >>> 1;
        if (!isEarlier(at(i), at(parent))) break;
        swap(i, parent);
        i = parent;
      }
    },
    pop: () => {
      const first = heap[0];
      const last = heap.pop();
      if (last !== undefined && heap.length > 0) {
        heap[0] = last;
        sink();
      }
      return first;
    },
  };
};

/** Waits until every promise job that is due has run. */
const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** Creates a scheduler at time zero. */
export const createScheduler = (): Scheduler => {
  const queue = createQueue();
  let nowMs = 0;
  let sequence = 0;
  let eventCount = 0;
  return {
    nowMs: () => nowMs,
    after: (delayMs, action) => {
      sequence += 1;
      const event: Event = { atMs: nowMs + Math.max(0, delayMs), sequence, action };
      queue.push(event);
      return {
        cancel: () => {
          event.action = null;
        },
      };
    },
    run: async (untilMs, isDone) => {
      await settle();
      while (!isDone()) {
        const event = queue.pop();
        if (event === undefined) return;
        if (event.atMs > untilMs) {
          queue.push(event);
          return;
        }
        if (event.action === null) continue;
        nowMs = event.atMs;
        eventCount += 1;
        event.action();
        await settle();
      }
    },
    eventCount: () => eventCount,
  };
};
