/**
 * How long a scorer with a large state takes from the start of its process to its first commit: after a
 * stop in order, and after it was killed in the middle of its work.
 */
import { openEventProducer, type EventProducer } from '../../shared/kafka/event-producer.js';
import { kundenpuls } from '../contenders/kundenpuls.js';
import type { Running } from '../contenders/contender.js';
import { portfolioOrders } from '../load/portfolio.js';
import { say } from '../say.js';
import { recordsOnLog } from './group-progress.js';
import { PARTITIONS, type Installation } from './installation.js';
import { waitUntilDone } from './throughput.js';

export type Restart = {
  readonly customers: number;
  /** From the start of the process to its first commit. */
  readonly afterStopMs: number;
  readonly afterKillMs: number;
};

const POLL_MS = 25;
/** Orders that wait for the scorer when it starts again. */
const WAITING = 1_000;
const YEAR_MS = 365 * 86_400_000;

/** Publishes one order each of so many customers; the year tells the orders of one call from another's. */
const publish = async (producer: EventProducer, customers: number, year: number): Promise<void> => {
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const options = { customers, ordersEach: 1, partition, partitionCount: PARTITIONS };
    for (const input of portfolioOrders(options)) {
      if (input.type !== 'OrderEvent') continue;
      const { event } = input;
      const atMs = event.orderedAtMs + year * YEAR_MS;
      const orderId = `${event.orderId}-${String(year)}`;
      await producer.publish({
        type: 'OrderEvent',
        event: { ...event, eventId: orderId, orderId, occurredAtMs: atMs, orderedAtMs: atMs },
      });
    }
  }
  await producer.flush();
};

/** Starts the scorer; resolves when it has committed something, with the time that took. */
const startUntilCommit = async (
  installation: Installation,
): Promise<{ readonly running: Running; readonly tookMs: number }> => {
  const startedMs = performance.now();
  const running = await kundenpuls.start(installation);
  const before = await running.done();
  while ((await running.done()) === before) {
    running.assertAlive();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return { running, tookMs: performance.now() - startedMs };
};

const settle = async (installation: Installation, running: Running): Promise<void> => {
  const records = await recordsOnLog(installation);
  await waitUntilDone(running, { records, name: 'kundenpuls' }, () => undefined);
};

/** Fills the state with one order each, then stops and kills the scorer and starts it again. */
export const measureRestart = async (
  installation: Installation,
  customers: number,
): Promise<Restart> => {
  const { encoder, kafka, inputTopic } = installation;
  const producer = await openEventProducer({
    kafka,
    topic: inputTopic,
    encode: (name, record) => encoder.encode(name, record),
  });
  await publish(producer, customers, 0);
  say(`${String(customers)} customers on the log`);
  const first = await kundenpuls.start(installation);
  await settle(installation, first);
  await first.stop();
  await publish(producer, WAITING, 1);
  const afterStop = await startUntilCommit(installation);
  await settle(installation, afterStop.running);
  await publish(producer, Math.min(customers, 100 * WAITING), 2);
  for (const pid of afterStop.running.pids) process.kill(pid, 'SIGKILL');
  const afterKill = await startUntilCommit(installation);
  await settle(installation, afterKill.running);
  await afterKill.running.stop();
  await producer.close();
  return { customers, afterStopMs: afterStop.tookMs, afterKillMs: afterKill.tookMs };
};
