import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeadLetter } from '../../../../shared/core/contract.generated.js';
import { createRecordDecoder, isRefusal } from '../../../../shared/avro/record-decoder.js';
import { partitionOf } from '../../../../shared/core/partitioner.js';
import { createInstallation, type Installation } from '../../../support/installation.js';
import { readNdjson } from '../../../support/ndjson.js';
import { segmentChange } from '../../../support/outputs.js';
import { readTopic } from '../../../support/read-topic.js';
import { startService, type ServiceProcess } from '../../../support/service-process.js';
import { waitUntil } from '../../../support/wait-until.js';
import {
  startWebhookReceiver,
  WEBHOOK_SECRET,
  type Behaviour,
  type ReceivedMessage,
  type WebhookReceiver,
} from '../../../support/webhook-receiver.js';

const PARTITIONS = 2;
const CUSTOMERS = Array.from({ length: 20 }, (_, i) => `C-${String(i)}`);
const ROUNDS = 6;
const REFUSED = 'C-3';
const POISON = 'C-5';
const ERASED = 'C-7';
/** Every way to fail that passes: each customer meets one of them first. */
const FAILURES: readonly Behaviour[] = [
  { status: 500 },
  'hang',
  'close',
  { status: 429, headers: { 'retry-after': '1' } },
  { status: 503 },
  { status: 401 },
  { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
];
const OK: Behaviour = { status: 204 };

const roundOf = ({ body }: ReceivedMessage): number =>
  Number((JSON.parse(body) as { data?: { cause: { eventId: string } } }).data?.cause.eventId);

describe('crm-sync', () => {
  let installation: Installation;
  let receiver: WebhookReceiver;
  let service: ServiceProcess;
  let folder = '';
  const sent = new Map<string, string[]>();

  const behave = (message: ReceivedMessage, times: number): Behaviour => {
    const { customerId } = message;
    if (customerId === REFUSED && roundOf(message) === 2) return { status: 400 };
    if (customerId === POISON && roundOf(message) === 2) return { status: 500 };
    const failure = FAILURES[Number(customerId.slice(2)) % FAILURES.length] ?? OK;
    return times === 1 && roundOf(message) === 1 ? failure : OK;
  };

  const sentIds = (): ReadonlySet<string> => new Set([...sent.values()].flat());

  const produce = async (): Promise<void> => {
    const { kafka, encoder, topic } = installation;
    const producer = kafka.producer({ transactionalId: `${installation.app}-test` });
    await producer.connect();
    for (let round = 0; round <= ROUNDS; round += 1) {
      const messages = CUSTOMERS.map((customerId, i) => {
        const partition = partitionOf(customerId, PARTITIONS);
        const change = segmentChange(customerId, { partition, offset: round * 100 + i });
        const record = { ...change, cause: { ...change.cause, eventId: String(round) } };
        if (round > 0) sent.set(customerId, [...(sent.get(customerId) ?? []), record.outputId]);
        const value = encoder.encode('kundenpuls.outputs.SegmentChanged', record);
        return { key: customerId, value, partition };
      });
      const transaction = await producer.transaction();
      await transaction.send({ topic: topic('segment-changes'), messages });
      // The first round is taken back: nobody may ever see it.
      await (round === 0 ? transaction.abort() : transaction.commit());
    }
    await producer.send({
      topic: topic('segment-changes'),
      messages: [
        { key: ERASED, value: null, partition: partitionOf(ERASED, PARTITIONS) },
        { key: 'C-0', value: Buffer.from('no Avro'), partition: partitionOf('C-0', PARTITIONS) },
      ],
    });
    await producer.disconnect();
  };

  const letters = async (): Promise<readonly DeadLetter[]> => {
    const decoder = createRecordDecoder({ registry: installation.registry });
    const records = await readTopic(installation.kafka, installation.topic('dead-letters'));
    await decoder.prepare(records.map(({ value }) => value));
    // The topic is compacted: both sinks park what neither can read, and it is one letter.
    const latest = new Map(records.map((record) => [record.key?.toString(), record]));
    return [...latest.values()].map(({ key, value }) => {
      const decoded = decoder.decode(value);
      if (isRefusal(decoded)) throw new Error(decoded.detail);
      const letter = decoded.record as DeadLetter;
      expect(key?.toString()).toBe(letter.outputId);
      return letter;
    });
  };

  beforeAll(async () => {
    installation = await createInstallation({ partitions: PARTITIONS });
    receiver = await startWebhookReceiver(behave);
    folder = await mkdtemp(join(tmpdir(), 'crm-'));
    await produce();
    service = startService('crm-sync', {
      env: {
        ...installation.env,
        KUNDENPULS_CRM_SYNC_PORT: '0',
        KUNDENPULS_CRM_SYNC_WEBHOOK_URL: receiver.url,
        KUNDENPULS_CRM_SYNC_WEBHOOK_SECRET: WEBHOOK_SECRET,
        KUNDENPULS_CRM_SYNC_WEBHOOK_TIMEOUT_MS: '500',
        KUNDENPULS_CRM_SYNC_RETRY_DELAY_MS_MAX: '100',
        KUNDENPULS_CRM_SYNC_NDJSON_FOLDER: folder,
      },
    });
    const expected = CUSTOMERS.length * ROUNDS - 2;
    const changes = (): number =>
      new Set(receiver.accepted.map(({ id }) => id).filter((id) => sentIds().has(id))).size;
    // The poisoned message is given up only while others get through: keep some coming.
    const keepComing = async (): Promise<void> => {
      const producer = installation.kafka.producer();
      await producer.connect();
      for (let i = 0; (await letters()).length < 3; i += 1) {
        const partition = partitionOf('late', PARTITIONS);
        const change = segmentChange('late', { partition, offset: 10_000 + i });
        const value = installation.encoder.encode('kundenpuls.outputs.SegmentChanged', change);
        await producer.send({
          topic: installation.topic('segment-changes'),
          messages: [{ key: 'late', value, partition }],
        });
      }
      await producer.disconnect();
    };
    await keepComing();
    await waitUntil(() => changes() >= expected);
    await waitUntil(() => receiver.accepted.some(({ type }) => type === 'customer-erased'));
  }, 90_000);

  afterAll(async () => {
    await service.end('SIGTERM');
    await receiver.close();
    await rm(folder, { recursive: true });
    await installation.remove();
  }, 30_000);

  it('delivers every change to the webhook, in order per customer, whatever fails on the way', () => {
    for (const customerId of CUSTOMERS) {
      const ids = receiver.accepted
        .filter((m) => m.customerId === customerId && m.type === 'segment-changed')
        .map(({ id }) => id)
        // A call that was answered too late is repeated; the receiver tells by the id.
        .filter((id, i, all) => id !== all[i - 1]);
      const isParked = customerId === REFUSED || customerId === POISON;
      const expected = (sent.get(customerId) ?? []).filter((_, i) => !isParked || i !== 1);
      expect(ids).toEqual(expected);
    }
  });

  it('signs every call so that the receiver can verify it', () => {
    expect(receiver.forged()).toBe(0);
    expect(receiver.calls()).toBeGreaterThan(receiver.accepted.length);
  });

  it('parks what the receiver refuses or keeps failing on, with its bytes and coordinates', async () => {
    const parked = await letters();
    const byCode = parked.map(({ code, key }) => `${code} ${Buffer.from(key ?? []).toString()}`);
    expect(byCode.sort()).toEqual(
      [`delivery-refused ${REFUSED}`, `delivery-refused ${POISON}`, 'not-avro C-0'].sort(),
    );
    for (const letter of parked) {
      expect(letter.topic).toBe(installation.topic('segment-changes'));
      expect(letter.value?.length).toBeGreaterThan(0);
    }
  });

  it('tells the receiver of an erasure and scrubs the files', async () => {
    const erasure = receiver.accepted.find(({ type }) => type === 'customer-erased');
    expect(erasure?.customerId).toBe(ERASED);
    await waitUntil(async () =>
      (await readNdjson(folder)).some(({ type }) => type === 'customer-erased'),
    );
    expect(JSON.stringify(await readNdjson(folder))).not.toContain(`"${ERASED}"`);
  });

  it('writes every change to the files once, in order, also what the receiver refused', async () => {
    const all = await readNdjson(folder);
    for (const customerId of CUSTOMERS.filter((id) => id !== ERASED)) {
      const ids = all.filter((line) => line['customerId'] === customerId).map(({ id }) => id);
      expect(ids).toEqual(sent.get(customerId));
    }
  });

  it('serves what it did as metrics and is ready', async () => {
    const url = await service.url();
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toMatch(/kundenpuls_delivery_refused_total\{status="400",service="crm-sync"\} 1/);
    expect(text).toMatch(/kundenpuls_delivery_retries_total\{reason="timeout"/);
    expect(text).toMatch(/kundenpuls_delivery_lag_records\{sink="files"/);
    await waitUntil(async () => (await fetch(`${url}/health/ready`)).status === 200);
  });
});
