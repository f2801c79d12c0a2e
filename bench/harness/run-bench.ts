/**
 * The run: one installation, one load, the contenders one after the other on the same log, each alone
 * with the broker. The order matters for the log only: changes of pace append to it, and whoever comes
 * later has those records to do as well.
 */
import { LIVE_TICK_CUSTOMERS } from '../../shared/core/engine/tick.js';
import type { OrderEvent } from '../../shared/core/contract.generated.js';
import { openEventProducer, type EventProducer } from '../../shared/kafka/event-producer.js';
import { tickOf } from '../../shared/pipeline/order-log.js';
import { partitionKeys } from '../../shared/redis/keys.js';
import type { Contender, Running } from '../contenders/contender.js';
import { createOrders, type LoadOptions } from '../load/orders.js';
import { say } from '../say.js';
import { recordsOnLog } from './group-progress.js';
import { PARTITIONS, type Installation } from './installation.js';
import { measureLatency, type Latency } from './latency.js';
import { describeMachine } from './machine.js';
import type { BenchResult, ContenderResult } from './result.js';
import { measureThroughput, waitUntilDone } from './throughput.js';

export type BenchOptions = {
  readonly contenders: readonly Contender[];
  readonly load: LoadOptions;
  readonly latencySeconds: number;
  readonly latencyOrdersPerSecond: number;
};

/** As the clock service writes them. */
const TICK_INTERVAL_MS = 60_000;
const TICK_ROUNDS_MAX = 50;

type Bench = {
  readonly installation: Installation;
  readonly producer: EventProducer;
  readonly orders: Iterator<OrderEvent>;
  readonly options: BenchOptions;
};

const publishBacklog = async ({ producer, orders, options }: Bench): Promise<number> => {
  const startedMs = performance.now();
  let lastMs = 0;
  for (let i = 0; i < options.load.orders; i += 1) {
    const next = orders.next();
    if (next.done === true) break;
    lastMs = next.value.occurredAtMs;
    await producer.publish({ type: 'OrderEvent', event: next.value });
  }
  await producer.flush();
  const tookMs = performance.now() - startedMs;
  say(`${String(options.load.orders)} orders published in ${(tookMs / 1_000).toFixed(1)} s`);
  return lastMs;
};

/** Ticks until nobody is due, the first time for every customer of the backlog. */
const measureFirstTicks = async (
  { installation, producer }: Bench,
  running: Running,
  atMs: number,
): Promise<BenchResult['firstTicks']> => {
  const dueNow = async (): Promise<number> => {
    const counts = await Promise.all(
      Array.from({ length: PARTITIONS }, (_, partition) =>
        installation.redis.zcount(partitionKeys(installation.app, partition).due, '-inf', atMs),
      ),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  };
  const customers = await dueNow();
  const startedMs = performance.now();
  for (let round = 0; round < TICK_ROUNDS_MAX && (await dueNow()) > 0; round += 1) {
    await producer.publish(tickOf(atMs));
    await producer.flush();
    const records = await recordsOnLog(installation);
    await waitUntilDone(running, { records, name: 'kundenpuls' }, () => undefined);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  return { customers, customersPerSecond: customers / seconds };
};

const latencyOf = async (
  bench: Bench,
  contender: Contender,
  fromMs: number,
): Promise<Partial<Latency>> => {
  const { installation, producer, orders, options } = bench;
  if (contender.output === null || options.latencySeconds === 0) return {};
  let nextTickMs = TICK_INTERVAL_MS / 2;
  return measureLatency(installation, {
    output: await contender.output(installation),
    producer,
    orders,
    pace: {
      ordersPerSecond: options.latencyOrdersPerSecond,
      seconds: options.latencySeconds,
      fromMs,
      onBatch: async (elapsedMs, last) => {
        if (elapsedMs < nextTickMs) return;
        nextTickMs += TICK_INTERVAL_MS;
        await producer.publish(tickOf(last.occurredAtMs, LIVE_TICK_CUSTOMERS));
      },
    },
  });
};

/** Runs all contenders and returns what was found. */
export const runBench = async (
  installation: Installation,
  options: BenchOptions,
): Promise<BenchResult> => {
  const machine = describeMachine();
  const { encoder, kafka, inputTopic } = installation;
  const producer = await openEventProducer({
    kafka,
    topic: inputTopic,
    encode: (name, record) => encoder.encode(name, record),
  });
  const measured = options.contenders.filter(({ output }) => output !== null).length;
  const extra = options.latencySeconds * options.latencyOrdersPerSecond * measured;
  const orders = createOrders({ ...options.load, orders: options.load.orders + extra });
  const bench: Bench = { installation, producer, orders, options };
  const lastMs = await publishBacklog(bench);
  const results: Record<string, ContenderResult> = {};
  let firstTicks: BenchResult['firstTicks'];
  for (const contender of options.contenders) {
    const onLog = await recordsOnLog(installation);
    const records = Math.floor(onLog * contender.loadShare);
    say(`${contender.title}: ${String(records)} records …`);
    const running = await contender.start(installation);
    try {
      const throughput = await measureThroughput(contender, { running, installation, records });
      if (contender.name === 'kundenpuls') {
        firstTicks = await measureFirstTicks(bench, running, lastMs);
      }
      results[contender.name] = { ...throughput, ...(await latencyOf(bench, contender, lastMs)) };
    } finally {
      await running.stop();
    }
  }
  await producer.close();
  return {
    ...results,
    machine,
    load: {
      orders: options.load.orders,
      customers: options.load.customers,
      partitions: PARTITIONS,
      latencyOrdersPerSecond: options.latencyOrdersPerSecond,
      latencySeconds: options.latencySeconds,
    },
    ...(firstTicks === undefined ? {} : { firstTicks }),
  };
};
