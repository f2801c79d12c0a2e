/** Publishes a workload at a steady pace in the background, until it is told to stop. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isBroadcast, type InputEvent } from '../../shared/core/engine/input-event.js';
import { partitionOf } from '../../shared/core/partitioner.js';
import { openEventProducer } from '../../shared/kafka/event-producer.js';
import type { Installation } from './installation.js';
import { createWorkload } from './workload.js';

const SLICE_MS = 50;
const ORDERS_MAX = 200_000;

export type PublishedRecord = { readonly partition: number; readonly value: Buffer | null };

export type Publishing = {
  /** Stops after the slice under way; returns what is on the topic, in order per partition. */
  readonly stop: () => Promise<readonly PublishedRecord[]>;
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
  const published: PublishedRecord[] = [];
  let isStopping = false;
  const note = ({ type, event }: InputEvent): void => {
    const value = installation.encoder.encode(`kundenpuls.events.${type}`, event);
    const partitions = isBroadcast({ type, event } as InputEvent)
      ? Array.from({ length: events.partitionCount }, (_, partition) => partition)
      : [partitionOf('customerId' in event ? event.customerId : '', events.partitionCount)];
    for (const partition of partitions) published.push({ partition, value });
  };

  const publishSlice = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      const next = workload.next();
      if (next.done === true) throw new Error('the workload is used up; raise ORDERS_MAX');
      const item = next.value;
      if (item.kind === 'event') {
        await events.publish(item.input);
        note(item.input);
        continue;
      }
      // In order with the events before it: what the scorer reads must not depend on two producers.
      await events.flush();
      const partition = partitionOf(item.key, events.partitionCount);
      published.push({ partition, value: item.value });
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
      await Promise.all([events.close(), raw.disconnect()]);
      return published;
    },
  };
};
