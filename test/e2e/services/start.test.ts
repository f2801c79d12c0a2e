/**
 * `kundenpuls start` as a person meets it, on the components of the test run: it comes up, publishes
 * and scores, refuses what cannot work in a sentence, and leaves no process behind.
 */
import { createServer, type Server } from 'node:net';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../../deploy/local/ports.js';
import { order } from '../../support/events.js';
import { createInstallation, type Installation } from '../../support/installation.js';
import { startService } from '../../support/service-process.js';
import { waitUntil } from '../../support/wait-until.js';

const PORTS = ['SCORER', 'CLOCK', 'TRAINER', 'CRM_SYNC', 'SALES_ALERTS', 'SIMULATOR'] as const;
const TEST_TIMEOUT_MS = 240_000;

let installation: Installation;
let folder: string;
let env: Readonly<Record<string, string>>;

/** One order of an ERP beside the simulated ones: what comes from outside is scored too. */
const publishOrder = async (): Promise<void> => {
  const { kafka, encoder, topic } = installation;
  const { type, event } = order();
  const producer = kafka.producer();
  await producer.connect();
  const value = encoder.encode(`kundenpuls.events.${type}`, event);
  await producer.send({ topic: topic('customer-events'), messages: [{ key: 'c', value }] });
  await producer.disconnect();
};

/** Ids of the processes whose environment names the test's folder: all that start has started. */
const descendants = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder);
      } catch {
        return false;
      }
    })
    .map(Number);

beforeAll(async () => {
  installation = await createInstallation({ partitions: 2 });
  folder = mkdtempSync(join(tmpdir(), 'kundenpuls-start-'));
  const ports = await freePorts(PORTS.length);
  env = {
    ...installation.env,
    KUNDENPULS_PARTITIONS: '2',
    KUNDENPULS_LOCAL_FOLDER: folder,
    ...Object.fromEntries(
      PORTS.map((name, i) => [`KUNDENPULS_${name}_PORT`, String(ports[i] ?? 0)]),
    ),
  };
});

afterAll(async () => {
  await installation.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe('start', () => {
  it(
    'runs every service, shows what happens, and Ctrl-C leaves nothing behind',
    async () => {
      const start = startService('start', { env });
      await waitUntil(() => start.output().includes('0 scored'));
      await publishOrder();
      await waitUntil(() => / [1-9][\d,]* scored/.test(start.output()));
      expect(descendants().length).toBeGreaterThan(3);

      const second = startService('start', { env });
      expect(await second.end('SIGCONT')).toBe(1);
      expect(second.output()).toMatch(/another start \(process \d+\) runs in/);

      expect(await start.end('SIGINT')).toBe(0);
      await waitUntil(() => descendants().length === 0);
      expect(readdirSync(join(folder, 'logs'))).toEqual(
        expect.arrayContaining(['scorer.log', 'setup.log', 'sales-alerts.log']),
      );
      expect(readdirSync(join(folder, 'out'))).toEqual(
        expect.arrayContaining(['crm-sync', 'sales-alerts']),
      );
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'stops in order when its terminal is closed',
    async () => {
      const start = startService('start', { env });
      await waitUntil(() => start.output().includes('starting scorer'));
      await waitUntil(() => descendants().length > 3);
      start.child.stdout?.destroy();
      start.child.stderr?.destroy();
      expect(await start.end('SIGHUP')).toBe(0);
      await waitUntil(() => descendants().length === 0);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'leaves nothing behind when it is killed',
    async () => {
      const start = startService('start', { env });
      await waitUntil(() => start.output().includes('starting scorer'));
      await waitUntil(() => descendants().length > 3);
      await start.end('SIGKILL');
      await waitUntil(() => descendants().length === 0);
    },
    TEST_TIMEOUT_MS,
  );
});

describe('start refuses in a sentence', () => {
  const said = async (more: Readonly<Record<string, string>>, args: string[] = []) => {
    const start = startService('start', { env: { ...env, ...more }, args });
    return { code: await start.end('SIGCONT'), output: start.output() };
  };

  it('a port in use, with the variable that moves it', async () => {
    const port = Number(env['KUNDENPULS_SCORER_PORT']);
    const taken: Server = createServer();
    await new Promise<void>((resolve) => {
      taken.listen(port, '127.0.0.1', resolve);
    });
    const { code, output } = await said({});
    taken.close();
    expect(code).toBe(1);
    expect(output).toContain(`port ${String(port)} for the metrics of scorer is in use`);
    expect(output).toContain('KUNDENPULS_SCORER_PORT');
  }, 60_000);

  it('a wrong setting, all of them at once', async () => {
    const { code, output } = await said({
      KUNDENPULS_LOCAL_REDIS_PORT: '0',
      KUNDENPULS_PARTITIONS: 'many',
    });
    expect(code).toBe(78);
    expect(output).toContain('KUNDENPULS_LOCAL_REDIS_PORT');
    expect(output).toContain('KUNDENPULS_PARTITIONS');
  }, 60_000);

  it('to keep and to empty the data at the same time', async () => {
    const { code, output } = await said({}, ['--reset', '--keep']);
    expect(code).toBe(1);
    expect(output).toContain('--reset empties the data and --keep keeps it; choose one');
  }, 60_000);
});
