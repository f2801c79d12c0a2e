/**
 * A customer's rights on real components: everything held is found by an export, all of it goes with an
 * erasure, and it stays gone when Redis is set back to before the erasure and old records come again.
 */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { DeadLetter } from '../../../../shared/core/contract.generated.js';
import type { InputEvent } from '../../../../shared/core/engine/input-event.js';
import { openEventProducer, type EventProducer } from '../../../../shared/kafka/event-producer.js';
import { partitionKeys } from '../../../../shared/redis/keys.js';
import type { CustomerExport } from '../../../../shared/service/customer-export.js';
import {
  customerUpdated,
  day,
  erasure,
  every,
  ordersOn,
  order,
  tick,
} from '../../../support/events.js';
import { createInstallation, type Installation } from '../../../support/installation.js';
import { readNdjson } from '../../../support/ndjson.js';
import { readTopic } from '../../../support/read-topic.js';
import {
  QUICK_SCORER,
  startService,
  type ServiceProcess,
} from '../../../support/service-process.js';
import { waitUntil } from '../../../support/wait-until.js';

const PERSON = 'C-4711';
const OTHER = 'C-2222';
const ORDER_DAYS = every(20, 0, 100);
const LAST_DAY = 160;
const TIMEOUT_MS = 150_000;

let installation: Installation;
let events: EventProducer;
let redis: Redis;
let folder: string;
const services: ServiceProcess[] = [];

const publish = async (...inputs: readonly InputEvent[]): Promise<void> => {
  for (const input of inputs) await events.publish(input);
  await events.flush();
};

const startScorer = (): ServiceProcess => {
  const scorer = startService('scorer', { env: { ...installation.env, ...QUICK_SCORER } });
  services.push(scorer);
  return scorer;
};

const folders = () => ({
  KUNDENPULS_CRM_SYNC_NDJSON_FOLDER: join(folder, 'crm-sync'),
  KUNDENPULS_SALES_ALERTS_NDJSON_FOLDER: join(folder, 'sales-alerts'),
});

const startSinks = (): void => {
  for (const name of ['crm-sync', 'sales-alerts']) {
    const env = {
      ...installation.env,
      ...folders(),
      KUNDENPULS_CRM_SYNC_PORT: '0',
      KUNDENPULS_SALES_ALERTS_PORT: '0',
    };
    services.push(startService(name, { env }));
  }
};

/** A refused record of another system, whose field names nobody here knows. */
const foreignLetter: DeadLetter = {
  outputId: 'ingest-erp-0-9',
  code: 'mapping-failed',
  reason: 'The amount is not a number.',
  topic: 'erp',
  partition: 0,
  offset: 9,
  recordedAtMs: day(1),
  key: Buffer.from('O-9'),
  value: Buffer.from(JSON.stringify({ debtor: PERSON, amount: '12,5' })),
  headers: [],
};

const seedLetters = async (): Promise<void> => {
  const producer = installation.kafka.producer();
  await producer.connect();
  const value = installation.encoder.encode('kundenpuls.outputs.DeadLetter', foreignLetter);
  await producer.send({
    topic: installation.topic('dead-letters'),
    messages: [{ key: foreignLetter.outputId, value }],
  });
  await producer.send({
    topic: installation.topic('customer-events'),
    messages: [{ key: PERSON, value: Buffer.from('no avro at all') }],
  });
  await producer.disconnect();
};

/** Ids of the letters that have no tombstone. */
const openLetters = async (): Promise<readonly string[]> => {
  const records = await readTopic(installation.kafka, installation.topic('dead-letters'));
  const last = new Map(records.map(({ key, value }) => [key?.toString() ?? '', value]));
  return [...last].filter(([, value]) => value !== null).map(([id]) => id);
};

const acknowledgements = async (): Promise<readonly (string | undefined)[]> =>
  (await readTopic(installation.kafka, installation.topic('erasures'))).map(({ key }) =>
    key?.toString(),
  );

const copiesOf = async (customerId: string): Promise<number> => {
  const names = Object.values(folders());
  const read = await Promise.all(names.map((name) => readNdjson(name).catch(() => [])));
  return read.flat().filter((line) => line['customerId'] === customerId).length;
};

const command = async (file: string) => {
  const args = ['--customer', PERSON, '--out', join(folder, file), '--request', 'R-1'];
  const service = startService('export', { env: { ...installation.env, ...folders() }, args });
  return { code: await service.exited, output: service.output(), lines: service.lines };
};

const exported = async (file: string): Promise<CustomerExport> => {
  const { code, output } = await command(file);
  expect({ code, output }).toMatchObject({ code: 0 });
  return JSON.parse(await readFile(join(folder, file), 'utf8')) as CustomerExport;
};

const topicOf = (found: CustomerExport, name: string): CustomerExport['topics'][number] => {
  const topic = found.topics.find((each) => each.topic.endsWith(`.${name}`));
  if (topic === undefined) throw new Error(`the export does not speak of ${name}`);
  return topic;
};

/** All values of the partition, as a snapshot of Redis would hold them. */
const snapshot = async (): Promise<ReadonlyMap<string, Buffer>> => {
  const keys = await redis.keys(partitionKeys(installation.app, 0).all);
  const values = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
  return new Map(keys.map((key, i) => [key, values[i] ?? Buffer.alloc(0)]));
};

const restore = async (saved: ReadonlyMap<string, Buffer>): Promise<void> => {
  const keys = await redis.keys(partitionKeys(installation.app, 0).all);
  await redis.del(keys);
  for (const [key, value] of saved) await redis.restore(key, 0, value);
};

const nextOffset = async (): Promise<number> =>
  Number((await redis.hget(partitionKeys(installation.app, 0).cursor, 'next')) ?? '0');

/** Waits until the scorer has applied the whole log, which holds no transactions here. */
const untilApplied = async (): Promise<void> => {
  const admin = installation.kafka.admin();
  await admin.connect();
  const [end] = await admin.fetchTopicOffsets(installation.topic('customer-events'));
  await admin.disconnect();
  await waitUntil(async () => (await nextOffset()) >= Number(end?.high));
};

beforeAll(async () => {
  installation = await createInstallation({ partitions: 1 });
  folder = await mkdtemp(join(tmpdir(), 'kundenpuls-privacy-'));
  redis = new Redis(installation.env['KUNDENPULS_REDIS_URL'] ?? '');
  events = await openEventProducer({
    kafka: installation.kafka,
    topic: installation.topic('customer-events'),
    encode: installation.encoder.encode,
  });
  for (const customerId of [PERSON, OTHER]) {
    await publish(customerUpdated({ customerId, eventId: `master-${customerId}` }));
    await publish(...ordersOn(ORDER_DAYS, { customerId }));
  }
  await publish(
    order({ customerId: PERSON, orderId: 'bad', currency: 'EURO', orderedAtMs: day(101) }),
  );
  await seedLetters();
  await publish(...every(1, 101, LAST_DAY).map((n) => tick(day(n))));
  startSinks();
  startScorer();
  await untilApplied();
  await waitUntil(async () => (await copiesOf(PERSON)) > 0);
  await waitUntil(async () => (await openLetters()).length === 3);
}, TIMEOUT_MS);

afterAll(async () => {
  await Promise.all(services.map((service) => service.end('SIGKILL')));
  await events.close();
  redis.disconnect();
  await rm(folder, { recursive: true });
  await installation.remove();
}, 60_000);

describe('an export', () => {
  it(
    'gives everything that is held, spelt out, and nothing of anybody else',
    async () => {
      const found = await exported('all.json');
      expect(found.stored['state']).toMatchObject({
        customerId: PERSON,
        features: { orderDays: ORDER_DAYS.length },
        master: { country: 'DE' },
        ledger: { documents: ORDER_DAYS.map((n) => ({ orderedAtMs: day(n) })) },
      });
      expect(JSON.stringify(found.stored['state'])).toContain('"sku":"filter"');
      expect(topicOf(found, 'customer-events').records.map(({ schema }) => schema)).toEqual([
        'kundenpuls.events.CustomerUpdated',
        ...ORDER_DAYS.map(() => 'kundenpuls.events.OrderEvent'),
        'kundenpuls.events.OrderEvent',
        null,
      ]);
      expect(topicOf(found, 'segment-changes').records.length).toBeGreaterThan(0);
      expect(topicOf(found, 'customer-scores').records.length).toBeGreaterThan(0);
      expect(topicOf(found, 'dead-letters').records).toHaveLength(3);
      expect(JSON.stringify(topicOf(found, 'dead-letters').records)).toContain('"amount":"12,5"');
      expect(found.copies.flatMap(({ lines }) => lines).length).toBe(await copiesOf(PERSON));
      expect(found.fields['OrderLine']?.['netAmountMinor']).toMatch(/minor units/i);
      expect(JSON.stringify(found)).not.toContain(OTHER);
    },
    TIMEOUT_MS,
  );

  it(
    'is on record without naming the person, is for its owner alone and replaces no file',
    async () => {
      const { code, output, lines } = await command('audited.json');
      expect(code).toBe(0);
      expect(output).not.toContain(PERSON);
      expect(lines.map(({ event }) => event)).toEqual(
        expect.arrayContaining(['export_started', 'export_completed']),
      );
      expect(lines.find(({ event }) => event === 'export_completed')).toMatchObject({
        requestId: 'R-1',
        hasState: true,
      });
      expect((await stat(join(folder, 'audited.json'))).mode & 0o777).toBe(0o600);
      const again = await command('audited.json');
      expect([again.code, again.output]).toEqual([1, expect.stringMatching(/exist/)]);
    },
    TIMEOUT_MS,
  );
});

describe('an erasure', () => {
  it(
    'reaches state, cards, dead letters and files, and survives a rollback of Redis',
    async () => {
      const before = await snapshot();
      await publish(erasure(PERSON, day(LAST_DAY)));
      await waitUntil(async () => (await acknowledgements()).length > 0);
      await waitUntil(async () => (await openLetters()).length === 0);
      await waitUntil(async () => (await copiesOf(PERSON)) === 0);
      // The running scorer holds the barrier in its cache: a record from before is ignored.
      await publish(...ordersOn([40], { customerId: PERSON, eventId: 'late' }));

      const killed = services.at(-1);
      expect(await killed?.end('SIGKILL')).toBeNull();
      const lost = await nextOffset();
      await restore(before);
      expect(await nextOffset()).toBeLessThan(lost);
      startScorer();
      await publish(...ordersOn([60], { customerId: PERSON, eventId: 'later' }), tick(day(200)));
      await untilApplied();

      const found = await exported('erased.json');
      expect(found.stored).toMatchObject({
        dueAtMs: null,
        outbox: [],
        state: {
          erasedAtMs: day(LAST_DAY),
          master: null,
          machines: [],
          features: { orderDays: 0, lifetimeMinor: 0 },
          productGroups: [],
          ledger: { documents: [], before: null },
        },
      });
      expect(await acknowledgements()).toEqual([`erase-${PERSON}`]);
      expect(await openLetters()).toEqual([]);
      expect(found.copies.flatMap(({ lines }) => lines)).toEqual([]);
      // What compaction has not removed yet is marked as such; nothing new was said since.
      for (const name of ['customer-scores', 'dead-letters']) {
        const spoken = topicOf(found, name).records.filter(({ record }) => record !== null);
        expect(spoken.map((record) => record['isSuperseded'])).toEqual(spoken.map(() => true));
      }
      const logs = services.map((service) => service.output()).join('');
      expect(logs).not.toContain(PERSON);
    },
    TIMEOUT_MS,
  );

  it('leaves everybody else as they were', async () => {
    const { customer } = partitionKeys(installation.app, 0);
    expect(await redis.strlen(customer(OTHER))).toBeGreaterThan(100);
    expect(await copiesOf(OTHER)).toBeGreaterThan(0);
  });
});
