/** Publishes a workload at a steady pace in the background, until it is told to stop. */
import { setTimeout as sleep } from 'node:timers/promises';
import { partitionOf } from '../../shared/core/partitioner.js';
import { openEventProducer } from '../../shared/kafka/event-producer.js';
import type { Installation } from './installation.js';
import { createWorkload } from './workload.js';

const SLICE_MS = 50;
const ORDERS_MAX = 200_000;

export type Publishing = {
  /** Stops after the slice under way; returns how many records are on the topic. */
  readonly stop: () => Promise<number>;
};

/** Starts publishing. */
export const startPublishing = async (
  installation: Installation,
  { ordersPerSecond, seed }: { readonly ordersPerSecond: number; readonly seed: number },
): Promise<Publishing> => {
  const topic = installation.topic('customer-events');
  const events = await openEventProducer({
    kafka: installation.kafka,
    topic,
    encode: installation.encoder.encode,
  });
  const raw = installation.kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await raw.connect();
  const workload = createWorkload({ orders: ORDERS_MAX, seed });
  let rawRecords = 0;
  let isStopping = false;

  const publishSlice = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      const next = workload.next();
      if (next.done === true) throw new Error('the workload is used up; raise ORDERS_MAX');
      const item = next.value;
      if (item.kind === 'event') {
        await events.publish(item.input);
        continue;
      }
      // In order with the events before it: what the scorer reads must not depend on two producers.
      await events.flush();
      rawRecords += 1;
      const partition = partitionOf(item.key, events.partitionCount);
      await raw.send({ topic, messages: [{ key: item.key, value: item.value, partition }] });
    }
    await events.flush();
  };
  const run = async (): Promise<void> => {
    while (!isStopping) {
      await publishSlice(Math.round((ordersPerSecond * SLICE_MS) / 1_000));
      await sleep(SLICE_MS);
    }
  };
  const running = run();
  // Reported by `stop`, which awaits it.
  running.catch(() => undefined);
  return {
    stop: async () => {
      isStopping = true;
      await running;
      const records = events.acknowledged() + rawRecords;
      await Promise.all([events.close(), raw.disconnect()]);
      return records;
    },
  };
};
