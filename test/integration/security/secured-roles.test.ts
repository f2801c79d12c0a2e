/**
 * Every role on closed servers, one after the other, as an installation is set up and lives: each command
 * does its work with exactly the rights that we document for it, and the broker refuses it nothing.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Admin, Kafka } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { aclsOf, type KafkaRole } from '../../../shared/kafka/acls.js';
import { openKafka } from '../../../shared/kafka/client.js';
import { plainConnection } from '../../support/installation.js';
import { createTopics } from '../../support/create-topics.js';
import { orderSource } from '../../support/order-mapping.js';
import { orderRowsOf, writeOrderFile } from '../../support/order-file.js';
import { readTopic } from '../../support/read-topic.js';
import { grantKafka, redisUser, revokeKafka } from '../../support/secured/access.js';
import { startSecuredStack, type SecuredStack } from '../../support/secured/secured-stack.js';
import { startService, type ServiceProcess } from '../../support/service-process.js';
import { waitUntil } from '../../support/wait-until.js';

const USER = 'worker';
const PASSWORD = 'worker-password-1234';
const REDIS_USERS = ['kundenpuls-scorer', 'kundenpuls-export', 'kundenpuls-doctor'] as const;
const TIMEOUT_MS = 180_000;
const APP = `test-${randomBytes(6).toString('hex')}`;
const PREFIX = `${APP}.`;
const SOURCE = `${PREFIX}erp-orders`;
/** Enough of a business for the trainer to learn from. */
const BUSINESS = ['--customers', '250', '--days', '400', '--seed', '3'];

const MAPPING = { version: 1, sources: [orderSource(SOURCE)] };

let folder: string;
let stack: SecuredStack;
let kafka: Kafka;
let admin: Admin;
let running: ServiceProcess | null = null;
let logFrom = 0;

const brokerLog = (): string => readFileSync(stack.kafka.brokers[0]?.logFile ?? '', 'utf8');
const inFolder = (name: string): string => join(folder, name);
const secret = (name: string, text: string): string => {
  writeFileSync(inFolder(name), text, { mode: 0o600 });
  return inFolder(name);
};

const envOf = (redisName: (typeof REDIS_USERS)[number]): Readonly<Record<string, string>> => ({
  KUNDENPULS_APP: APP,
  KUNDENPULS_TOPIC_PREFIX: PREFIX,
  KUNDENPULS_PARTITIONS: '1',
  KUNDENPULS_REPLICATION_FACTOR: '1',
  KUNDENPULS_KAFKA_BROKERS: stack.broker,
  KUNDENPULS_KAFKA_TLS: 'true',
  KUNDENPULS_KAFKA_CA_FILE: stack.certificates.caFile,
  KUNDENPULS_KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KUNDENPULS_KAFKA_USERNAME: USER,
  KUNDENPULS_KAFKA_PASSWORD_FILE: secret('kafka-password', PASSWORD),
  KUNDENPULS_REGISTRY_URL: stack.registryUrl,
  KUNDENPULS_REGISTRY_CA_FILE: stack.certificates.caFile,
  KUNDENPULS_REGISTRY_USERNAME: stack.registryAccess.username,
  KUNDENPULS_REGISTRY_PASSWORD_FILE: secret('registry-password', stack.registryAccess.password),
  KUNDENPULS_REDIS_URL: stack.redisUrl,
  KUNDENPULS_REDIS_CA_FILE: stack.certificates.caFile,
  KUNDENPULS_REDIS_USERNAME: redisName,
  KUNDENPULS_REDIS_PASSWORD_FILE: secret('redis-password', PASSWORD),
  KUNDENPULS_SCORER_PORT: '0',
  KUNDENPULS_INGEST_PORT: '0',
  KUNDENPULS_CLOCK_PORT: '0',
  KUNDENPULS_TRAINER_PORT: '0',
  KUNDENPULS_CRM_SYNC_PORT: '0',
  KUNDENPULS_SALES_ALERTS_PORT: '0',
  KUNDENPULS_SIMULATOR_PORT: '0',
  KUNDENPULS_CRM_SYNC_NDJSON_FOLDER: inFolder('crm-sync'),
  KUNDENPULS_SALES_ALERTS_NDJSON_FOLDER: inFolder('sales-alerts'),
  KUNDENPULS_INGEST_MAPPING: secret('mapping.json', JSON.stringify(MAPPING)),
  KUNDENPULS_CLOCK_INTERVAL_MS: '1000',
});

type Part = {
  readonly role: KafkaRole;
  readonly redisName?: (typeof REDIS_USERS)[number];
  readonly args?: readonly string[];
};

/** Starts a command with the rights of its role and no others. */
const start = async (name: string, { role, redisName, args = [] }: Part) => {
  await revokeKafka(admin, USER);
  const names = { app: APP, topicPrefix: PREFIX, sourceTopics: [SOURCE] };
  await grantKafka(admin, USER, aclsOf(role, names));
  logFrom = brokerLog().length;
  running = startService(name, { env: envOf(redisName ?? 'kundenpuls-scorer'), args });
  return running;
};
const assertEnded = (name: string, code: number | null, output: string): void => {
  if (code !== 0) throw new Error(`${name} ended with ${String(code)}:\n${output}`);
};
/** Runs a command that ends by itself. */
const finish = async (name: string, part: Part): Promise<string> => {
  const command = await start(name, part);
  const code = await command.exited;
  assertEnded(name, code, command.output());
  return command.output();
};
/** Runs a service until it is seen to have done its work. */
const serve = async (
  name: string,
  part: Part,
  isDone: () => Promise<boolean> | boolean,
): Promise<void> => {
  const service = await start(name, part);
  try {
    await waitUntil(async () => service.child.exitCode !== null || (await isDone()));
  } finally {
    const code = await service.end('SIGTERM');
    assertEnded(name, code, service.output());
  }
};
const countOn = async (topic: string): Promise<number> => {
  const offsets = await admin.fetchTopicOffsets(`${PREFIX}${topic}`);
  return offsets.reduce((sum, { high }) => sum + Number(high), 0);
};
/** True when a sink has written anything to its folder. */
const hasLines = (name: string): boolean =>
  existsSync(inFolder(name)) &&
  readdirSync(inFolder(name)).some((file) =>
    readFileSync(join(inFolder(name), file), 'utf8').includes('\n'),
  );

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kundenpuls-roles-'));
  stack = await startSecuredStack(folder);
  kafka = openKafka(plainConnection([stack.adminBroker]), {
    clientId: 'test-admin',
    onLog: () => undefined,
  });
  admin = kafka.admin();
  await admin.connect();
  await stack.addKafkaUser(USER, PASSWORD);
  for (const name of REDIS_USERS) {
    const rights = redisUser(name, { app: APP, password: PASSWORD });
    await stack.redisAdmin('ACL', 'SETUSER', ...rights);
  }
  await createTopics(admin, [{ topic: SOURCE, numPartitions: 1 }]);
}, TIMEOUT_MS);

afterEach(async () => {
  await running?.end('SIGKILL');
  const denied = brokerLog()
    .slice(logFrom)
    .split('\n')
    .filter((line) => line.includes(`User:${USER} is Denied`));
  expect(denied).toEqual([]);
  expect(await stack.redisAdmin('ACL', 'LOG')).toEqual([]);
});

afterAll(async () => {
  await admin.disconnect();
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}, TIMEOUT_MS);

describe('with the rights of its role and no others', () => {
  it(
    'setup creates the topics and registers the schemas',
    async () => {
      expect(await finish('setup', { role: 'setup' })).toMatch(/\d+ topics created/);
    },
    TIMEOUT_MS,
  );

  it(
    'doctor finds everything in order',
    async () => {
      const part = { role: 'doctor', redisName: 'kundenpuls-doctor' } as const;
      expect(await finish('doctor', part)).toMatch(/topics: all exist/);
    },
    TIMEOUT_MS,
  );

  it(
    'simulator publishes a business with its ticks',
    async () => {
      await finish('simulator', { role: 'simulator', args: BUSINESS });
      expect(await countOn('customer-events')).toBeGreaterThan(1_000);
    },
    TIMEOUT_MS,
  );

  it(
    'clock writes ticks',
    async () => {
      const before = await countOn('customer-events');
      const hasTicked = async () => (await countOn('customer-events')) > before;
      await serve('clock', { role: 'clock' }, hasTicked);
    },
    TIMEOUT_MS,
  );

  it(
    'ingest re-keys orders and sets aside what it cannot map',
    async () => {
      const order = {
        customer: 'ingested',
        order: 'o-1',
        day: '2025-01-01',
        items: [{ id: 1, sku: 'S-1', qty: 1, net: '12.50' }],
      };
      const producer = kafka.producer();
      await producer.connect();
      const values = [JSON.stringify(order), 'no json'];
      await producer.send({ topic: SOURCE, messages: values.map((value) => ({ value })) });
      await producer.disconnect();
      await serve('ingest', { role: 'ingest' }, async () => (await countOn('dead-letters')) > 0);
      const events = await readTopic(kafka, `${PREFIX}customer-events`);
      expect(events.filter(({ key }) => key?.toString() === 'ingested')).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  it(
    'scorer scores all of it',
    async () => {
      const isDone = async () =>
        (await countOn('segment-changes')) > 0 && (await countOn('sales-opportunities')) > 0;
      await serve('scorer', { role: 'scorer', redisName: 'kundenpuls-scorer' }, isDone);
    },
    TIMEOUT_MS,
  );

  it(
    'crm-sync and sales-alerts deliver',
    async () => {
      for (const name of ['crm-sync', 'sales-alerts'] as const) {
        await serve(name, { role: name }, () => hasLines(name));
      }
    },
    TIMEOUT_MS,
  );

  it(
    'trainer learns from the log and publishes a model',
    async () => {
      await finish('trainer', { role: 'trainer', args: ['--once'] });
      expect(await countOn('models')).toBe(1);
    },
    TIMEOUT_MS,
  );

  it(
    'stream publishes a file of orders with its rulebook',
    async () => {
      const file = inFolder('orders.csv');
      const shape = { customers: 5, fromDay: '2025-01-01', days: 60 };
      writeOrderFile(file, orderRowsOf(shape));
      const output = await finish('stream', { role: 'stream', args: ['--orders', file] });
      expect(output).toMatch(/orders published/);
    },
    TIMEOUT_MS,
  );

  it(
    'dead-letters lists, replays and drops',
    async () => {
      const role = 'dead-letters';
      expect(await finish('dead-letters', { role, args: ['list'] })).toMatch(/not-json|mapping/);
      await finish('dead-letters', { role, args: ['replay', '--yes'] });
      expect(await countOn('replays')).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  it(
    'export writes what is held about a customer',
    async () => {
      const out = inFolder('export.json');
      const args = ['--customer', 'ingested', '--out', out];
      await finish('export', { role: 'export', redisName: 'kundenpuls-export', args });
      expect(readFileSync(out, 'utf8')).toContain('o-1');
    },
    TIMEOUT_MS,
  );
});
