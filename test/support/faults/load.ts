/**
 * A steady load that outlives brokers: it can be paused for a comparison, makes up for what an outage kept
 * it from sending, and publishes anew what was not acknowledged (the log may then hold it twice, which
 * the scorer must tell).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { partitionOf } from '../../../shared/core/partitioner.js';
import { openEventProducer, type EventProducer } from '../../../shared/kafka/event-producer.js';
import type { Installation } from '../installation.js';
import { createWorkload, type WorkItem, type WorkloadOptions } from '../workload.js';

export type LoadOptions = WorkloadOptions & {
  readonly ordersPerSecond: number;
  readonly onTrouble?: (error: unknown) => void;
};

export type SteadyLoad = {
  /** Items acknowledged for certain. */
  readonly acknowledged: () => number;
  /** Returns once what was sent is acknowledged; nothing more is sent until `resume`. */
  readonly pause: () => Promise<void>;
  readonly resume: () => void;
  /** True when the workload is used up. */
  readonly isUsedUp: () => boolean;
  readonly stop: () => Promise<void>;
};

const SLICE_MS = 50;
/** Items of one burst at most; what is due beyond that is not made up for. */
const BURST_MAX = 80_000;
const REOPEN_DELAY_MS = 500;

type Sender = { readonly events: EventProducer; readonly close: () => Promise<void> } & {
  readonly send: (items: readonly WorkItem[]) => Promise<void>;
};

const openSender = async (installation: Installation): Promise<Sender> => {
  const { kafka, encoder } = installation;
  const topic = installation.topic('customer-events');
  const events = await openEventProducer({ kafka, topic, encode: encoder.encode });
  const raw = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await raw.connect();
  return {
    events,
    send: async (items) => {
      for (const item of items) {
        if (item.kind === 'event') {
          await events.publish(item.input);
          continue;
        }
        // In order with the events before it: what is on the log must not depend on two producers.
        await events.flush();
        const partition = partitionOf(item.key, events.partitionCount);
        await raw.send({ topic, messages: [{ key: item.key, value: item.value, partition }] });
      }
      await events.flush();
    },
    close: async () => {
      await Promise.allSettled([events.close(), raw.disconnect()]);
    },
  };
};

/** Starts publishing. */
export const startLoad = (installation: Installation, options: LoadOptions): SteadyLoad => {
  const { ordersPerSecond, onTrouble = () => undefined } = options;
  const workload = createWorkload(options);
  let acknowledged = 0;
  let isStopping = false;
  let isPaused = false;
  let isUsedUp = false;
  let sending: Promise<void> = Promise.resolve();
  let sender: Sender | null = null;

  /** Sends however long it takes; false when it was stopped before. */
  const insist = async (items: readonly WorkItem[]): Promise<void> => {
    while (!isStopping) {
      try {
        sender ??= await openSender(installation);
        await sender.send(items);
        acknowledged += items.length;
        return;
      } catch (error) {
        onTrouble(error);
        await sender?.close();
        sender = null;
        await sleep(REOPEN_DELAY_MS);
      }
    }
  };
  const takeItems = (count: number): readonly WorkItem[] => {
    const items: WorkItem[] = [];
    while (items.length < count) {
      const next = workload.next();
      if (next.done === true) {
        isUsedUp = true;
        break;
      }
      items.push(next.value);
    }
    return items;
  };
  const run = async (): Promise<void> => {
    let atMs = performance.now();
    while (!isStopping && !isUsedUp) {
      await sleep(SLICE_MS);
      const nowMs = performance.now();
      const due = Math.floor(((nowMs - atMs) * ordersPerSecond) / 1_000);
      if (isPaused) atMs = nowMs;
      if (isPaused || due === 0) continue;
      // What an outage kept it from sending is made up for, in bursts.
      atMs = due > BURST_MAX ? nowMs : atMs + (due * 1_000) / ordersPerSecond;
      sending = insist(takeItems(Math.min(due, BURST_MAX)));
      await sending;
    }
  };
  const running = run();
  return {
    acknowledged: () => acknowledged,
    pause: async () => {
      isPaused = true;
      await sending;
    },
    resume: () => {
      isPaused = false;
    },
    isUsedUp: () => isUsedUp,
    stop: async () => {
      isStopping = true;
      await running;
      await sender?.close();
    },
  };
};
