import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineOutput } from '../../../shared/core/engine/engine.js';
import { partitionOf } from '../../../shared/core/partitioner.js';
import { day, every, line, machine, ordersOn, tick } from '../../support/events.js';
import { createInstallation, type Installation } from '../../support/installation.js';
import { steadyModel } from '../../support/model.js';
import { readNdjson } from '../../support/ndjson.js';
import { createDriver } from '../../support/pipeline-driver.js';
import { startService, type ServiceProcess } from '../../support/service-process.js';
import { waitUntil } from '../../support/wait-until.js';
import {
  startWebhookReceiver,
  WEBHOOK_SECRET,
  type WebhookReceiver,
} from '../../support/webhook-receiver.js';

const PARTITIONS = 2;
const CUSTOMERS = Array.from({ length: 120 }, (_, i) => `C-${String(i)}`);

const LINES = [
  line({ sku: 'filter', productGroup: 'spare-parts', netAmountMinor: 150_000 }),
  line({ lineId: '2', sku: 'oil', productGroup: 'consumables', netAmountMinor: 100_000 }),
];

type Told = Extract<EngineOutput, { kind: 'under-performance-alert' | 'sales-opportunity' }>;
type Body = { readonly type: string; readonly data: { readonly status: string } };

const isTold = (output: EngineOutput): output is Told =>
  output.kind === 'under-performance-alert' || output.kind === 'sales-opportunity';

/** What the scorer says of customers who order every week, fall silent, and some of whom come back. */
const scoreBusiness = (): readonly Told[] => {
  const driver = createDriver({ partitions: PARTITIONS, model: steadyModel() });
  for (const customerId of CUSTOMERS) {
    driver.given(...ordersOn(every(7, 0, 364), { customerId, lines: LINES }));
  }
  driver.given(tick(day(365)));
  driver.tickThrough(366, 400);
  const back = CUSTOMERS.filter((_, i) => i % 2 === 0);
  for (const customerId of back) {
    driver.when(machine({ customerId, occurredAtMs: day(400) }));
    driver.when(...ordersOn([400], { customerId, lines: LINES }));
  }
  driver.tickThrough(401, 402);
  return driver.take().filter(isTold);
};

describe('sales-alerts under SIGKILL', () => {
  let installation: Installation;
  let receiver: WebhookReceiver;
  let service: ServiceProcess;
  let folder = '';
  const told = scoreBusiness();
  const ids = told.map(({ record }) => record.outputId).sort();

  const start = (): ServiceProcess =>
    startService('sales-alerts', {
      env: {
        ...installation.env,
        KUNDENPULS_SESSION_TIMEOUT_MS: '6000',
        KUNDENPULS_SALES_ALERTS_PORT: '0',
        KUNDENPULS_SALES_ALERTS_WEBHOOK_URL: receiver.url,
        KUNDENPULS_SALES_ALERTS_WEBHOOK_SECRET: WEBHOOK_SECRET,
        KUNDENPULS_SALES_ALERTS_RETRY_DELAY_MS_MAX: '200',
        KUNDENPULS_SALES_ALERTS_NDJSON_FOLDER: folder,
      },
    });

  const produce = async (): Promise<void> => {
    const { kafka, encoder, topic } = installation;
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const messages = { 'under-performance-alert': [], 'sales-opportunity': [] } as Record<
      Told['kind'],
      { key: string; value: Buffer; partition: number }[]
    >;
    for (const { kind, record } of told) {
      const name = kind === 'sales-opportunity' ? 'SalesOpportunity' : 'UnderPerformanceAlert';
      messages[kind].push({
        key: record.customerId,
        value: encoder.encode(`kundenpuls.outputs.${name}`, record),
        partition: partitionOf(record.customerId, PARTITIONS),
      });
    }
    await producer.sendBatch({
      topicMessages: [
        {
          topic: topic('under-performance-alerts'),
          messages: messages['under-performance-alert'],
        },
        { topic: topic('sales-opportunities'), messages: messages['sales-opportunity'] },
      ],
    });
    await producer.disconnect();
  };

  beforeAll(async () => {
    installation = await createInstallation({ partitions: PARTITIONS });
    receiver = await startWebhookReceiver((_message, times) =>
      receiver.calls() % 20 === 0 && times === 1 ? { status: 503 } : { status: 200 },
    );
    folder = await mkdtemp(join(tmpdir(), 'sales-'));
    service = start();
    await produce();
    // Somewhere in the middle of the deliveries, and once more while it catches up.
    for (const share of [0.3, 0.6]) {
      const wanted = ids.length * share;
      await waitUntil(() => new Set(receiver.accepted.map(({ id }) => id)).size > wanted);
      await service.end('SIGKILL');
      service = start();
    }
    await waitUntil(() => new Set(receiver.accepted.map(({ id }) => id)).size === ids.length);
    await waitUntil(async () => (await readNdjson(folder)).length >= ids.length);
  }, 110_000);

  afterAll(async () => {
    await service.end('SIGTERM');
    await receiver.close();
    await rm(folder, { recursive: true });
    await installation.remove();
  }, 30_000);

  it('is about alerts raised and withdrawn, and about opportunities', () => {
    const kinds = new Set(
      told.map((output) =>
        output.kind === 'under-performance-alert' ? output.record.status : output.kind,
      ),
    );
    for (const kind of ['raised', 'withdrawn', 'sales-opportunity']) {
      expect([...kinds]).toContain(kind);
    }
  });

  it('posts each, signed, at least once, repetitions with the id and the body they had', () => {
    const bodies = new Map<string, string>();
    for (const { id, body } of receiver.accepted) {
      expect(body).toBe(bodies.get(id) ?? body);
      bodies.set(id, body);
    }
    expect([...bodies.keys()].sort()).toEqual(ids);
    expect(receiver.forged()).toBe(0);
    const posted = [...bodies.values()].map((body) => JSON.parse(body) as Body);
    const statusOf = (status: string): number =>
      posted.filter(
        ({ type, data }) => type === 'under-performance-alert' && data.status === status,
      ).length;
    const wanted = (status: string): number =>
      told.filter(
        ({ kind, record }) => kind === 'under-performance-alert' && record.status === status,
      ).length;
    expect(statusOf('withdrawn')).toBe(wanted('withdrawn'));
    expect(statusOf('raised')).toBe(wanted('raised'));
  });

  it('never tells a customer that an alert is over before it is raised', () => {
    const raised = new Set<string>();
    for (const { body } of receiver.accepted) {
      const { data } = JSON.parse(body) as { data: { alertId?: string; status: string } };
      if (data.alertId === undefined) continue;
      if (data.status === 'raised') raised.add(data.alertId);
      else expect(raised).toContain(data.alertId);
    }
  });

  it('writes each to the files exactly once', async () => {
    const lines = await readNdjson(folder);
    expect(lines.map(({ id }) => id).sort()).toEqual(ids);
  });
});
