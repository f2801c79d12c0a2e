import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRecordDecoder, isRefusal } from '../../../shared/avro/record-decoder.js';
import type { DeadLetter, OrderEvent } from '../../../shared/core/contract.generated.js';
import { partitionOf } from '../../../shared/core/partitioner.js';
import { createInstallation, type Installation } from '../../support/installation.js';
import { orderSource } from '../../support/order-mapping.js';
import { readTopic, type ReadRecord } from '../../support/read-topic.js';
import { startService, type ServiceProcess } from '../../support/service-process.js';
import { waitUntil } from '../../support/wait-until.js';

const PARTITIONS = 3;
const SOURCE_PARTITIONS = 2;
const KILLS = 5;
const RECORDS = 6_000;
const CUSTOMERS = 50;
const BROKEN_EVERY = 500;
const RATES_AT = 1_234;

describe('ingest under SIGKILL', () => {
  let installation: Installation;
  let service: ServiceProcess;
  let folder = '';
  let source = '';
  let ownSource = '';
  let events: readonly (ReadRecord & { readonly event: OrderEvent })[] = [];
  let broadcasts = 0;
  let letters: readonly DeadLetter[] = [];

  const customerOf = (i: number): string => `C-${String(i % CUSTOMERS)}`;
  const isBroken = (i: number): boolean => i % BROKEN_EVERY === 0;

  /** Keyed by order, as an ERP does; every now and then a record that is no JSON. */
  const produce = async (): Promise<void> => {
    const producer = installation.kafka.producer({ idempotent: true });
    await producer.connect();
    const messages = Array.from({ length: RECORDS }, (_, i) => ({
      key: `order-${String(i)}`,
      partition: i % SOURCE_PARTITIONS,
      value: isBroken(i)
        ? `broken ${String(i)}`
        : JSON.stringify({
            customer: customerOf(i),
            order: `order-${String(i)}`,
            day: '2026-10-01',
            items: [{ id: 1, sku: 'S-1', qty: 2, net: '12.50' }],
          }),
    }));
    await producer.send({ topic: source, messages });
    const rates = {
      eventId: 'rates-1',
      occurredAtMs: RATES_AT,
      epochDay: 20_000,
      reportingCurrency: 'EUR',
      rates: [{ currency: 'USD', minorRateNano: 900_000_000 }],
    };
    const value = installation.encoder.encode('kundenpuls.events.RatesOfDay', rates);
    await producer.send({ topic: ownSource, messages: [{ key: 'any', value }] });
    await producer.disconnect();
  };

  const start = (): ServiceProcess =>
    startService('ingest', {
      env: {
        ...installation.env,
        KUNDENPULS_SESSION_TIMEOUT_MS: '6000',
        KUNDENPULS_INGEST_PORT: '0',
        KUNDENPULS_INGEST_TOPICS: ownSource,
        KUNDENPULS_INGEST_MAPPING: join(folder, 'mapping.json'),
        // Small, so that a kill finds a transaction under way.
        KUNDENPULS_INGEST_BATCH_RECORDS: '50',
      },
    });

  const endOf = async (topic: string): Promise<number> => {
    const admin = installation.kafka.admin();
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  };

  const read = async (): Promise<void> => {
    const { kafka, registry, topic } = installation;
    const decoder = createRecordDecoder({ registry });
    const decode = async (records: readonly ReadRecord[]) => {
      await decoder.prepare(records.map(({ value }) => value));
      return records.map((record) => {
        const decoded = decoder.decode(record.value);
        if (isRefusal(decoded)) throw new Error(decoded.detail);
        return { ...record, ...decoded };
      });
    };
    const log = await decode(await readTopic(kafka, topic('customer-events')));
    events = log.flatMap(({ name, record, ...rest }) =>
      name.endsWith('.OrderEvent') ? [{ ...rest, event: record as OrderEvent }] : [],
    );
    broadcasts = log.length - events.length;
    const refused = await decode(await readTopic(kafka, topic('dead-letters')));
    letters = refused.map(({ record }) => record as DeadLetter);
  };

  beforeAll(async () => {
    installation = await createInstallation({ partitions: PARTITIONS });
    source = await installation.addTopic('erp', SOURCE_PARTITIONS);
    ownSource = await installation.addTopic('rates', 1);
    folder = await mkdtemp(join(tmpdir(), 'ingest-'));
    const file = { version: 1, sources: [orderSource(source)] };
    await writeFile(join(folder, 'mapping.json'), JSON.stringify(file));
    await produce();
    service = start();
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const before = await endOf(installation.topic('customer-events'));
      await waitUntil(async () => (await endOf(installation.topic('customer-events'))) > before);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
      await service.end('SIGKILL');
      service = start();
    }
    await waitUntil(async () => {
      await read();
      return events.length + letters.length >= RECORDS && broadcasts >= PARTITIONS;
    });
  }, 150_000);

  afterAll(async () => {
    await service.end('SIGTERM');
    await rm(folder, { recursive: true });
    await installation.remove();
  }, 30_000);

  it('writes the transform of every source record exactly once', () => {
    const expected = Array.from({ length: RECORDS }, (_, i) => i)
      .filter((i) => !isBroken(i))
      .map((i) => `order-${String(i)}`);
    expect(events.map(({ event }) => event.orderId).sort()).toEqual(expected.sort());
  });

  it("keys events by customer, on the core's partition, in the order of their source", () => {
    const newest = new Map<string, number>();
    for (const { event, key, partition } of events) {
      expect(key?.toString()).toBe(event.customerId);
      expect(partition).toBe(partitionOf(event.customerId, PARTITIONS));
      const number = Number(event.orderId.slice('order-'.length));
      const lane = `${event.customerId}/${String(number % SOURCE_PARTITIONS)}`;
      expect(number).toBeGreaterThan(newest.get(lane) ?? -1);
      newest.set(lane, number);
    }
  });

  it('makes each record it cannot map one dead letter, with its bytes and place', () => {
    const broken = letters.map(({ value }) => Buffer.from(value ?? []).toString()).sort();
    const expected = Array.from(
      { length: RECORDS / BROKEN_EVERY },
      (_, i) => `broken ${String(i * BROKEN_EVERY)}`,
    );
    expect(broken).toEqual(expected.sort());
    expect(letters.every(({ code, topic }) => code === 'mapping-failed' && topic === source)).toBe(
      true,
    );
  });

  it('writes a broadcast once to every partition', () => {
    expect(broadcasts).toBe(PARTITIONS);
  });
});
