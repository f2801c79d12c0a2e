/** Every service that runs on and on ends when it is told to: in order, and with exit code 0. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInstallation, type Installation } from '../../support/installation.js';
import { startService, type ServiceProcess } from '../../support/service-process.js';
import { waitUntil } from '../../support/wait-until.js';

const SERVICES = [
  'scorer',
  'ingest',
  'clock',
  'trainer',
  'crm-sync',
  'sales-alerts',
  'simulator',
] as const;

describe('a service that is told to stop', () => {
  let installation: Installation;
  let folder: string;
  const services = new Map<string, ServiceProcess>();

  beforeAll(async () => {
    installation = await createInstallation({ partitions: 2 });
    folder = mkdtempSync(join(tmpdir(), 'kundenpuls-stop-'));
    const source = await installation.addTopic('erp-orders', 1);
    const env = {
      ...installation.env,
      KUNDENPULS_INGEST_TOPICS: source,
      KUNDENPULS_CRM_SYNC_NDJSON_FOLDER: join(folder, 'crm-sync'),
      KUNDENPULS_SALES_ALERTS_NDJSON_FOLDER: join(folder, 'sales-alerts'),
    };
    for (const name of SERVICES) {
      const port = `KUNDENPULS_${name.toUpperCase().replaceAll('-', '_')}_PORT`;
      // The simulator brings its own ticks, so clock and simulator of one name fence each other.
      const app = name === 'simulator' ? `${installation.app}-own` : installation.app;
      const own = { ...env, KUNDENPULS_APP: app, [port]: '0' };
      services.set(name, startService(name, { env: own }));
    }
    await waitUntil(async () => {
      const ended = [...services.values()].find(({ child }) => child.exitCode !== null);
      if (ended !== undefined) throw new Error(`a service ended by itself: ${ended.output()}`);
      const answers = [...services.values()].map(async (service) =>
        fetch(`${await service.url()}/health/ready`).catch(() => null),
      );
      return (await Promise.all(answers)).every((answer) => answer?.status === 200);
    });
  }, 90_000);

  afterAll(async () => {
    await Promise.all([...services.values()].map((service) => service.end('SIGKILL')));
    rmSync(folder, { recursive: true });
    await installation.remove();
  }, 60_000);

  it.each(SERVICES)(
    'ends in order: %s',
    async (name) => {
      const service = services.get(name);
      expect(await service?.end('SIGTERM')).toBe(0);
      const told = service?.lines.map(({ event }) => event) ?? [];
      expect(told).toContain('service_stopping');
      expect(told).not.toContain('stop_failed');
      expect(told).not.toContain('stop_timed_out');
      expect(told.at(-1)).toBe('service_stopped');
    },
    30_000,
  );
});
