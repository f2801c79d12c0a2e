import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { partitionOf } from '../../../shared/core/partitioner.js';
import { createInstallation, type Installation } from '../../support/installation.js';
import { readNdjson } from '../../support/ndjson.js';
import { segmentChange } from '../../support/outputs.js';
import { startService, type ServiceProcess } from '../../support/service-process.js';
import { waitUntil } from '../../support/wait-until.js';
import {
  startWebhookReceiver,
  WEBHOOK_SECRET,
  type WebhookReceiver,
} from '../../support/webhook-receiver.js';

const PARTITIONS = 2;
const KILLS = 2;
const RECORDS = 3_000;
const CUSTOMERS = 60;

describe('crm-sync under SIGKILL', () => {
  let installation: Installation;
  let receiver: WebhookReceiver;
  let service: ServiceProcess;
  let folder = '';
  /** Output ids by partition, in order. */
  const sent: string[][] = Array.from({ length: PARTITIONS }, () => []);

  const start = (): ServiceProcess =>
    startService('crm-sync', {
      env: {
        ...installation.env,
        KUNDENPULS_SESSION_TIMEOUT_MS: '6000',
        KUNDENPULS_CRM_SYNC_PORT: '0',
        KUNDENPULS_CRM_SYNC_WEBHOOK_URL: receiver.url,
        KUNDENPULS_CRM_SYNC_WEBHOOK_SECRET: WEBHOOK_SECRET,
        KUNDENPULS_CRM_SYNC_RETRY_DELAY_MS_MAX: '200',
        KUNDENPULS_CRM_SYNC_NDJSON_FOLDER: folder,
      },
    });

  const produce = async (from: number, to: number): Promise<void> => {
    const { kafka, encoder, topic } = installation;
    const producer = kafka.producer({ idempotent: true });
    await producer.connect();
    const messages = Array.from({ length: to - from }, (_, i) => {
      const customerId = `C-${String((from + i) % CUSTOMERS)}`;
      const partition = partitionOf(customerId, PARTITIONS);
      const change = segmentChange(customerId, { partition, offset: from + i });
      sent[partition]?.push(change.outputId);
      const value = encoder.encode('kundenpuls.outputs.SegmentChanged', change);
      return { key: customerId, value, partition };
    });
    await producer.send({ topic: topic('segment-changes'), messages });
    await producer.disconnect();
  };

  beforeAll(async () => {
    installation = await createInstallation({ partitions: PARTITIONS });
    // One call in twenty fails, so that a kill meets retries under way too.
    receiver = await startWebhookReceiver((_message, times) =>
      receiver.calls() % 20 === 0 && times === 1 ? { status: 503 } : { status: 200 },
    );
    folder = await mkdtemp(join(tmpdir(), 'crm-'));
    service = start();
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const before = receiver.accepted.length;
      const chunk = RECORDS / KILLS;
      await produce(Math.floor((kill - 1) * chunk), Math.floor(kill * chunk));
      // Somewhere in the middle of the deliveries.
      await waitUntil(() => receiver.accepted.length > before + 100 + Math.random() * 500);
      await service.end('SIGKILL');
      service = start();
    }
    const all = sent.flat().length;
    await waitUntil(() => new Set(receiver.accepted.map(({ id }) => id)).size === all);
    await waitUntil(async () => (await readNdjson(folder)).length >= all);
  }, 110_000);

  afterAll(async () => {
    await service.end('SIGTERM');
    await receiver.close();
    await rm(folder, { recursive: true });
    await installation.remove();
  }, 30_000);

  it('posts every change at least once, repetitions with the id and the body they had', () => {
    const bodies = new Map<string, string>();
    for (const { id, body } of receiver.accepted) {
      expect(body).toBe(bodies.get(id) ?? body);
      bodies.set(id, body);
    }
    expect([...bodies.keys()].sort()).toEqual(sent.flat().sort());
  });

  it("keeps a customer's order: nothing new comes before what precedes it", () => {
    const newest = new Map<string, number>();
    const first = new Set<string>();
    for (const { id, customerId } of receiver.accepted) {
      if (first.has(id)) continue;
      first.add(id);
      const position = Number(id.split('-')[1]);
      expect(position).toBeGreaterThan(newest.get(customerId) ?? -1);
      newest.set(customerId, position);
    }
  });

  it('writes every change to the files exactly once, in the order of the log', async () => {
    const lines = await readNdjson(folder);
    for (const [partition, ids] of sent.entries()) {
      const written = lines.filter(({ source }) => source.partition === partition);
      expect(written.map(({ id }) => id)).toEqual(ids);
    }
  });
});
