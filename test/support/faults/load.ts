/**
 * A steady load that outlives brokers: it can be paused for a comparison, makes up for what an outage kept
 * it from sending, and publishes anew what was not acknowledged (the log may then hold it twice, which
 * the scorer must tell). Partitions are written side by side, each by a producer of its own: a slow
 * broker holds up its own partitions only, and a round trip is waited for once a slice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import { isBroadcast } from '../../../shared/core/engine/input-event.js';
import { partitionOf } from '../../../shared/core/partitioner.js';
import { countPartitions } from '../../../shared/kafka/event-producer.js';
import type { OutgoingRecord } from '../../../shared/kafka/log-client.js';
import { packRequests, type Request } from '../../../shared/kafka/produce-request.js';
import type { Installation } from '../installation.js';
import { createWorkload, type WorkItem, type WorkloadOptions } from '../workload.js';

export type LoadOptions = WorkloadOptions & {
  readonly ordersPerSecond: number;
  readonly onTrouble?: (error: unknown) => void;
};

export type LoadTarget = Pick<Installation, 'kafka' | 'encoder' | 'topic'>;

export type SteadyLoad = {
  /** Records acknowledged for certain. */
  readonly acknowledged: () => number;
  /** Returns once what was sent is acknowledged; nothing more is sent until `resume`. */
  readonly pause: () => Promise<void>;
  readonly resume: () => void;
  /** True when the workload is used up. */
  readonly isUsedUp: () => boolean;
  readonly stop: () => Promise<void>;
};

const SLICE_MS = 100;
/** Items of one burst at most; what is due beyond that is not made up for. */
const BURST_MAX = 80_000;
const REOPEN_DELAY_MS = 500;

/** Requests that wait, by partition, in order. */
type Lanes = readonly Request[][];

/** Encodes items for the partitions they belong to. */
const toRecords = (
  items: readonly WorkItem[],
  { encoder, topic }: LoadTarget,
  partitions: number,
): OutgoingRecord[] => {
  const name = topic('customer-events');
  const records: OutgoingRecord[] = [];
  for (const item of items) {
    if (item.kind === 'raw') {
      const { key, value } = item;
      const partition = partitionOf(key, partitions);
      records.push({ topic: name, partition, key: Buffer.from(key), value });
      continue;
    }
    const { type, event } = item.input;
    const value = encoder.encode(`kundenpuls.events.${type}`, event);
    if (isBroadcast(item.input)) {
      for (let partition = 0; partition < partitions; partition += 1) {
        records.push({ topic: name, partition, key: null, value });
      }
      continue;
    }
    const { customerId } = item.input.event;
    const partition = partitionOf(customerId, partitions);
    records.push({ topic: name, partition, key: Buffer.from(customerId), value });
  }
  return records;
};

const toLanes = (records: readonly OutgoingRecord[], partitions: number): Lanes => {
  const lanes: Request[][] = Array.from({ length: partitions }, () => []);
  for (const request of packRequests(records)) lanes[request.partition]?.push(request);
  return lanes;
};

type Sender = {
  /** Sends what waits and takes off what is acknowledged; rejects when something stays. */
  readonly send: (lanes: Lanes, onAcknowledged: (records: number) => void) => Promise<void>;
  readonly close: () => Promise<void>;
};

const openSender = async ({ kafka }: LoadTarget, partitions: number): Promise<Sender> => {
  const producers = Array.from({ length: partitions }, (): Producer =>
    kafka.producer({ idempotent: true, maxInFlightRequests: 1 }),
  );
  const close = async (): Promise<void> => {
    await Promise.allSettled(producers.map((producer) => producer.disconnect()));
  };
  try {
    await Promise.all(producers.map((producer) => producer.connect()));
  } catch (error) {
    await close();
    throw error;
  }
  const sendLane = async (
    lane: Request[] | undefined,
    producer: Producer,
    onAcknowledged: (records: number) => void,
  ): Promise<void> => {
    for (let next = lane?.[0]; next !== undefined; next = lane?.[0]) {
      const { topic, records } = next;
      const messages = records.map(({ key, value, partition }) => ({ key, value, partition }));
      await producer.send({ topic, messages, acks: -1 });
      lane?.shift();
      onAcknowledged(records.length);
    }
  };
  return {
    send: async (lanes, onAcknowledged) => {
      const sent = await Promise.allSettled(
        producers.map((producer, i) => sendLane(lanes[i], producer, onAcknowledged)),
      );
      const failed = sent.find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
    },
    close,
  };
};

/** Starts publishing. */
export const startLoad = (target: LoadTarget, options: LoadOptions): SteadyLoad => {
  const { ordersPerSecond, onTrouble = () => undefined } = options;
  const workload = createWorkload(options);
  let acknowledged = 0;
  let isStopping = false;
  let isPaused = false;
  let isUsedUp = false;
  let partitions = 0;
  let sending: Promise<void> = Promise.resolve();
  let sender: Sender | null = null;

  /** Sends however long it takes, unless it is stopped. */
  const insist = async (items: readonly WorkItem[]): Promise<void> => {
    let lanes: Lanes | null = null;
    while (!isStopping) {
      try {
        if (partitions === 0) {
          partitions = await countPartitions(target.kafka, target.topic('customer-events'));
        }
        lanes ??= toLanes(toRecords(items, target, partitions), partitions);
        sender ??= await openSender(target, partitions);
        await sender.send(lanes, (records) => {
          acknowledged += records;
        });
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
