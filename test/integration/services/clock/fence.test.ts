/**
 * Several clocks on one log: one leads, the others stand by; one that is fenced writes nothing more; one
 * that is killed, even in the middle of a tick, is replaced. Each time is ticked once per partition.
 */
import { openTickPublisher, type TickPublisher } from '../../../../shared/kafka/tick-publisher.js';
import { isFencedError } from '../../../../shared/kafka/fenced-error.js';
import { kafkaIdentities } from '../../../../shared/kafka/topics.js';
import { createRecordDecoder, isRefusal } from '../../../../shared/avro/record-decoder.js';
import type { Tick } from '../../../../shared/core/contract.generated.js';
import { createInstallation, type Installation } from '../../../support/installation.js';
import { readTopic } from '../../../support/read-topic.js';
import { startService, type ServiceProcess } from '../../../support/service-process.js';
import { waitUntil } from '../../../support/wait-until.js';

const PARTITIONS = 3;
const INTERVAL_MS = 1_000;

describe('clocks', () => {
  let installation: Installation;
  const clocks: ServiceProcess[] = [];
  const start = (): ServiceProcess => {
    const clock = startService('clock', {
      env: {
        ...installation.env,
        KUNDENPULS_CLOCK_PORT: '0',
        KUNDENPULS_CLOCK_INTERVAL_MS: String(INTERVAL_MS),
      },
    });
    clocks.push(clock);
    return clock;
  };
  const isState =
    (wanted: string, from = 0) =>
    ({ lines }: ServiceProcess): boolean =>
      lines.slice(from).some(({ event, state }) => event === 'clock_state' && state === wanted);
  const until = (clock: ServiceProcess, wanted: string, from = 0): Promise<void> =>
    waitUntil(() => isState(wanted, from)(clock));

  const readTicks = async (): Promise<readonly (readonly number[])[]> => {
    const decoder = createRecordDecoder({ registry: installation.registry });
    const topic = installation.topic('customer-events');
    const records = await readTopic(installation.kafka, topic);
    await decoder.prepare(records.map(({ value }) => value));
    const ticks = Array.from({ length: PARTITIONS }, (): number[] => []);
    for (const { partition, value } of records) {
      const decoded = decoder.decode(value);
      if (isRefusal(decoded)) throw new Error(decoded.detail);
      ticks[partition]?.push((decoded.record as Tick).tickAtMs);
    }
    return ticks;
  };
  const countTicks = async (): Promise<number> => (await readTicks())[0]?.length ?? 0;

  const openPublisher = (): Promise<TickPublisher> => {
    const { clockGroup, clockTransactionalId } = kafkaIdentities(installation.app);
    return openTickPublisher({
      kafka: installation.kafka,
      topic: installation.topic('customer-events'),
      groupId: clockGroup,
      transactionalId: clockTransactionalId,
      encode: installation.encoder.encode,
      customersMax: null,
    });
  };

  beforeAll(async () => {
    installation = await createInstallation({ partitions: PARTITIONS });
  }, 60_000);
  afterAll(async () => {
    await Promise.all(clocks.map((clock) => clock.end('SIGKILL')));
    await installation.remove();
  }, 60_000);

  it('tick each time once, whoever of them leads, is fenced or is killed', async () => {
    const first = start();
    await until(first, 'leading');
    await waitUntil(async () => (await countTicks()) >= 1);

    // The second one fences the first, which finds out at its next tick and stands by.
    const second = start();
    await until(second, 'leading');
    await until(first, 'standing-by');
    const atFence = await countTicks();
    await waitUntil(async () => (await countTicks()) > atFence);
    expect(isState('standing-by')(second)).toBe(false);

    // Nobody leads any more; the one that stands by notices and takes over.
    const linesBefore = first.lines.length;
    await second.end('SIGKILL');
    const atKill = await countTicks();
    await until(first, 'leading', linesBefore);
    await waitUntil(async () => (await countTicks()) > atKill);
    expect(await first.end('SIGTERM')).toBe(0);

    const [ticks = [], ...others] = await readTicks();
    for (const other of others) expect(other).toEqual(ticks);
    expect(ticks.every((tickAtMs) => tickAtMs % INTERVAL_MS === 0)).toBe(true);
    expect(ticks).toEqual([...new Set(ticks)].sort((a, b) => a - b));
  }, 90_000);

  it('write nothing any more once another one has opened, and say that they were fenced', async () => {
    const replaced = await openPublisher();
    const lastMs = (await replaced.lastTickMs()) ?? 0;
    const before = await countTicks();
    await replaced.publish(lastMs + INTERVAL_MS);
    const successor = await openPublisher();
    expect(await successor.lastTickMs()).toBe(lastMs + INTERVAL_MS);
    const late = await replaced.publish(lastMs + 2 * INTERVAL_MS).then(
      () => null,
      (error: unknown) => error,
    );
    expect(isFencedError(late)).toBe(true);
    await successor.publish(lastMs + 3 * INTERVAL_MS);
    await Promise.all([replaced.close(), successor.close()]);
    expect(await countTicks()).toBe(before + 2);
  }, 60_000);
});
