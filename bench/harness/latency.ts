/**
 * Latency from order to change: orders are published at a steady pace, each with the moment it was due
 * in its event id; a read_committed consumer downstream sees changes and takes the difference. Time
 * starts at the schedule, not at the send, so a stall of the sender or the broker is not left out.
 */
import type { OrderEvent } from '../../shared/core/contract.generated.js';
import type { EventProducer } from '../../shared/kafka/event-producer.js';
import type { OutputSpec } from '../contenders/contender.js';
import { EVENT_ID_LENGTH } from '../load/orders.js';
import type { Installation } from './installation.js';

export type Latency = {
  readonly latencyMsP50: number;
  readonly latencyMsP99: number;
  readonly latencyMsMax: number;
  readonly samples: number;
};

const BATCH_MS = 5;
const SETTLE_MS = 3_000;
/** Start of the run that is left out: the compilers of both clients and the broker warm up. */
const WARM_UP_MS = 15_000;
const PREFIX = 'L';
const MICRO = 1_000;

const nowMs = (): number => performance.timeOrigin + performance.now();
const stamp = (atMs: number): string =>
  PREFIX + String(Math.round(atMs * MICRO)).padStart(EVENT_ID_LENGTH - 1, '0');
const unstamp = (eventId: string): number | null =>
  eventId.startsWith(PREFIX) ? Number(eventId.slice(1)) / MICRO : null;

const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** Collects latencies from an output topic; only changes that follow from stamped orders count. */
const listen = async (
  { kafka, app }: Installation,
  { topic, eventIdOf }: OutputSpec,
  fromMs: () => number,
) => {
  const found: number[] = [];
  const consumer = kafka.consumer({
    groupId: `${app}-latency-${topic}`,
    maxWaitTimeInMs: 50,
    readUncommitted: false,
  });
  const joined = new Promise((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, resolve);
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: false });
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch }) => {
      const atMs = nowMs();
      for (const { value } of batch.messages) {
        const sentMs = value === null ? null : unstamp(eventIdOf(value) ?? '');
        if (sentMs !== null && sentMs >= fromMs()) found.push(atMs - sentMs);
      }
      return Promise.resolve();
    },
  });
  await joined;
  return { found, stop: () => consumer.disconnect() };
};

export type Pace = {
  readonly ordersPerSecond: number;
  readonly seconds: number;
  /** Event time at the start; from there it runs as the clock does, as it would live. */
  readonly fromMs: number;
  /** Called with the time since the start, after each batch: to mix in ticks. */
  readonly onBatch: (elapsedMs: number, last: OrderEvent) => Promise<void>;
};

/** Moves an order from the load's year into the present of the run. */
const atPace = (
  event: OrderEvent,
  { eventId, atMs }: { readonly eventId: string; readonly atMs: number },
): OrderEvent => ({
  ...event,
  eventId,
  occurredAtMs: Math.round(atMs),
  orderedAtMs: Math.min(event.orderedAtMs, Math.round(atMs)),
});

/** Publishes orders at the pace until time is up. */
const publishSteadily = async (
  producer: EventProducer,
  orders: Iterator<OrderEvent>,
  { ordersPerSecond, seconds, fromMs, onBatch }: Pace,
): Promise<void> => {
  const startMs = nowMs();
  const total = ordersPerSecond * seconds;
  let sent = 0;
  while (sent < total) {
    const due = Math.min(total, Math.floor(((nowMs() - startMs) * ordersPerSecond) / 1_000));
    let last: OrderEvent | null = null;
    for (; sent < due; sent += 1) {
      const next = orders.next();
      if (next.done === true) return;
      const dueMs = startMs + (sent * 1_000) / ordersPerSecond;
      last = atPace(next.value, { eventId: stamp(dueMs), atMs: fromMs + dueMs - startMs });
      await producer.publish({ type: 'OrderEvent', event: last });
    }
    if (last !== null) await onBatch(nowMs() - startMs, last);
    await new Promise((resolve) => setTimeout(resolve, BATCH_MS));
  }
};

/** Measures latency on an installation whose contender is running and has no backlog. */
export const measureLatency = async (
  installation: Installation,
  {
    output,
    producer,
    orders,
    pace,
  }: {
    readonly output: OutputSpec;
    readonly producer: EventProducer;
    readonly orders: Iterator<OrderEvent>;
    readonly pace: Pace;
  },
): Promise<Latency> => {
  let countFromMs = Infinity;
  const listener = await listen(installation, output, () => countFromMs);
  // The first fetch of a new member positions it at the end of the topic; nothing may be sent before.
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  countFromMs = nowMs() + WARM_UP_MS;
  await publishSteadily(producer, orders, pace);
  await producer.flush();
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  await listener.stop();
  const sorted = Float64Array.from(listener.found).sort();
  return {
    latencyMsP50: percentile(sorted, 0.5),
    latencyMsP99: percentile(sorted, 0.99),
    latencyMsMax: percentile(sorted, 1),
    samples: sorted.length,
  };
};
