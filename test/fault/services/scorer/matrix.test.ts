/**
 * The fault matrix on real components: one broker, two Redis, a registry and two scorers behind proxies, a
 * steady load, and a read_committed reader throughout. After each fault all outputs are there, once and
 * in order, and everything in Redis is what a fold of the log says.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRandom } from '../../../../bench/load/random.js';
import { FAULTS, type FaultContext } from '../../../support/faults/catalogue.js';
import { canMountDisks } from '../../../support/faults/small-disk.js';
import {
  openScene,
  scorerEnv,
  SESSION_TIMEOUT_MS,
  tryFault,
  type Scene,
} from '../../../support/faults/trial.js';
import { createInstallation } from '../../../support/installation.js';
import { orderEvent } from '../../../support/orders.js';
import { startService } from '../../../support/service-process.js';
import { openEventProducer } from '../../../../shared/kafka/event-producer.js';
import { waitUntilApplied } from '../../../support/wait-applied.js';

const SEED = 5;
const TEST_TIMEOUT_MS = 300_000;

/** Faults of the catalogue, each with what a scorer must say of itself meanwhile; null for nothing. */
type Row = readonly [string, RegExp | null];

/** In every run of the tests: one of each kind, some minutes in all. */
const ROWS: readonly Row[] = [
  ['scorer killed', null],
  ['scorer frozen, wakes as a zombie', null],
  ['broker killed', null],
  ['Redis killed', /Redis is not connected/],
  ['append-only file cut', /Redis is not connected/],
  ['replica promoted that lacks writes', /Redis is not connected|acquiring/],
  ['Redis emptied', null],
  ['registry down and back', null],
  ['link to Kafka losing replies', null],
  ['link to Redis losing replies', null],
];

/** With KUNDENPULS_TEST_FAULTS=all as well: half an hour on two cores. */
const MORE_ROWS: readonly Row[] = [
  ['rebalance storm', null],
  ["scorer's clock jumps", null],
  ['broker stopped in order', null],
  ['Redis frozen', null],
  ['Redis out of memory', null],
  ['Redis forgot its scripts', null],
  ['link to Kafka cut off', null],
  ['link to Kafka with requests held back', null],
  ['link to Kafka half closed', null],
  ['link to Redis cut off', /Redis is not connected/],
  ['link to Redis with replies held back', null],
  ['link to Redis half closed', null],
  ['link to Redis slow', null],
  ['link to registry cut off', null],
];
const hasDisks = canMountDisks();
const DISK_FULL_MS = 4_000;
const isWhole = process.env['KUNDENPULS_TEST_FAULTS'] === 'all';

describe('scorers under the faults of the matrix', () => {
  let scene: Scene;
  beforeAll(async () => {
    // Loading takes long enough that clients meet a Redis that is still loading.
    scene = await openScene({
      seed: SEED,
      redisSettings: ['--key-load-delay', '200'],
      disks: hasDisks ? ['redis', 'redis-replica'] : [],
    });
  }, TEST_TIMEOUT_MS);
  afterAll(() => scene.close(), TEST_TIMEOUT_MS);
  const context = (): FaultContext => ({
    bed: scene.bed,
    fleet: scene.fleet,
    random: createRandom(SEED),
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
  });

  const tryRow = async (name: string, mustSay: RegExp | null): Promise<void> => {
    const fault = FAULTS[name];
    if (fault === undefined) throw new RangeError(`there is no fault ${name}`);
    const { notReady } = await tryFault(scene, { name, run: () => fault.run(context()) });
    if (mustSay !== null) expect(notReady.join('\n')).toMatch(mustSay);
  };

  it.each(ROWS)('%s: state and outputs are those of the fold', tryRow, TEST_TIMEOUT_MS);

  // Skips are counted: `KUNDENPULS_TEST_FAULTS=all npm test -- test/fault/services/scorer/matrix` runs them.
  (isWhole ? it : it.skip).each(MORE_ROWS)(
    '%s: state and outputs are those of the fold',
    tryRow,
    TEST_TIMEOUT_MS,
  );

  it(
    'a broker away for longer than a heartbeat: says so, and goes on',
    async () => {
      const [broker] = scene.bed.stack.kafka?.brokers ?? [];
      const { notReady } = await tryFault(scene, {
        name: 'broker away for 8 s',
        run: async () => {
          await broker?.stop();
          await new Promise((resolve) => setTimeout(resolve, 8_000));
          await broker?.start();
        },
      });
      expect(notReady.join('\n')).toMatch(/Kafka has not answered/);
    },
    TEST_TIMEOUT_MS,
  );

  (hasDisks ? it : it.skip)(
    'Redis with a full disk: says so in words, and goes on when there is room',
    async () => {
      const { bed, fleet } = scene;
      const onDisk = bed.master().folder.endsWith('replica') ? 'redis-replica' : 'redis';
      const said: string[] = [];
      const { notReady } = await tryFault(scene, {
        name: 'Redis with a full disk',
        run: async () => {
          bed.disks[onDisk]?.fill();
          await new Promise((resolve) => setTimeout(resolve, DISK_FULL_MS));
          for (const member of fleet.members) said.push(member.process().output());
          bed.disks[onDisk]?.free();
        },
      });
      expect(said.join('\n')).toMatch(/cannot write to its disk .* make room on its disk/);
      expect(notReady.join('\n')).toMatch(/commit in doubt/);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'poison of every kind: a dead letter each, with its reason, and nothing waits',
    async () => {
      const { installation, oracle } = scene;
      const { encoder, kafka, topic } = installation;
      const order = encoder.encode('kundenpuls.events.OrderEvent', {
        ...orderEvent('P1', 'poison').event,
      });
      const unknownSchema = Buffer.from(order);
      unknownSchema.writeUInt32BE(0x7fff_fff0, 1);
      const wrongType = encoder.encode('kundenpuls.outputs.ErasureCompleted', {
        requestId: 'r',
        outputId: '0-0-1',
        asOfMs: 0,
      });
      const values: readonly (readonly [string, Buffer | null])[] = [
        ['P1', Buffer.from('no avro at all')],
        ['P1', Buffer.alloc(0)],
        ['P1', null],
        ['P1', unknownSchema],
        ['P1', order.subarray(0, order.length - 3)],
        ['P1', Buffer.concat([order, Buffer.alloc(3)])],
        ['P1', Buffer.alloc(900 << 10, 1)],
        ['P1', wrongType],
        ['another', order],
      ];
      const before = oracle.fold.outcomes['dead-letter'];
      await tryFault(scene, {
        name: 'poison of every kind',
        run: async () => {
          const producer = kafka.producer();
          await producer.connect();
          for (const [key, value] of values) {
            const messages = [{ key, value }];
            await producer.send({ topic: topic('customer-events'), messages });
          }
          await producer.disconnect();
        },
      });
      // The load brings some of its own.
      const letters = oracle.fold.outcomes['dead-letter'] - before;
      expect(letters).toBeGreaterThanOrEqual(values.length);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'retention that passed the cursor: the partition stands still and says why',
    async () => {
      const { bed } = scene;
      const addresses = { ...bed.direct, redis: bed.direct.redis() };
      const other = await createInstallation({ partitions: 1, addresses });
      const { kafka, topic, encoder } = other;
      const name = topic('customer-events');
      const events = await openEventProducer({ kafka, topic: name, encode: encoder.encode });
      const publish = async (count: number): Promise<void> => {
        for (let i = 0; i < count; i += 1)
          await events.publish(orderEvent('R1', `order-${String(i)}`));
        await events.flush();
      };
      await publish(10);
      const first = startService('scorer', { env: scorerEnv(bed, other) });
      await first.line(({ event }) => event === 'partition_acquired');
      await waitUntilApplied(other, { url: bed.direct.redis(), partitions: 1 });
      expect(await first.end('SIGTERM')).toBe(0);
      await publish(10);
      const admin = kafka.admin();
      await admin.connect();
      // Loads the topic's metadata, without which kafkajs refuses to delete.
      await admin.fetchTopicOffsets(name);
      await admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: '15' }] });
      await admin.disconnect();
      const second = startService('scorer', { env: scorerEnv(bed, other) });
      await second.line(({ event }) => event === 'partition_stopped');
      const ready = await fetch(`${await second.url()}/health/ready`);
      expect(ready.status).toBe(503);
      expect(await ready.text()).toMatch(
        /the log no longer holds offset 10, it starts at 15; raise the retention/,
      );
      await second.end('SIGTERM');
      await events.close();
      await other.remove();
    },
    TEST_TIMEOUT_MS,
  );
});
