/**
 * The scorer against servers that are closed: TLS, SCRAM and access lists on Kafka, TLS and a user with
 * few rights on Redis, HTTPS and a password on the registry. It works with exactly the rights that
 * deploy/security grants, and every door that must be shut is tried.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Admin, Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openProcessKeeper } from '../../../deploy/local/processes.js';
import { packageRoot } from '../../../shared/avro/package-root.js';
import { aclsOf } from '../../../shared/kafka/acls.js';
import { openKafka } from '../../../shared/kafka/client.js';
import { order } from '../../support/events.js';
import {
  createInstallation,
  plainConnection,
  type Installation,
} from '../../support/installation.js';
import { newerNode } from '../../support/newer-node.js';
import { readTopic } from '../../support/read-topic.js';
import { grantKafka, redisUser } from '../../support/secured/access.js';
import { startSecuredStack, type SecuredStack } from '../../support/secured/secured-stack.js';

const PASSWORD = 'scorer-password-1234';
const WRONG_PASSWORD = 'wrong-password-12';
const START_DEADLINE_MS = 90_000;
const TIMEOUT_MS = 180_000;

let folder: string;
let stack: SecuredStack;
let installation: Installation;
let admin: Admin;

const secret = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
};
const wrongPassword = (): string => secret('wrong-password', WRONG_PASSWORD);

/** Everything right; each test of a shut door changes one thing. */
const rightEnv = (): Readonly<Record<string, string>> => ({
  KUNDENPULS_APP: installation.app,
  KUNDENPULS_TOPIC_PREFIX: `${installation.app}.`,
  KUNDENPULS_SCORER_PORT: '0',
  KUNDENPULS_KAFKA_BROKERS: stack.broker,
  KUNDENPULS_KAFKA_TLS: 'true',
  KUNDENPULS_KAFKA_CA_FILE: stack.certificates.caFile,
  KUNDENPULS_KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KUNDENPULS_KAFKA_USERNAME: 'scorer',
  KUNDENPULS_KAFKA_PASSWORD_FILE: secret('kafka-password', PASSWORD),
  KUNDENPULS_REGISTRY_URL: stack.registryUrl,
  KUNDENPULS_REGISTRY_CA_FILE: stack.certificates.caFile,
  KUNDENPULS_REGISTRY_USERNAME: stack.registryAccess.username,
  KUNDENPULS_REGISTRY_PASSWORD_FILE: secret('registry-password', stack.registryAccess.password),
  KUNDENPULS_REDIS_URL: stack.redisUrl,
  KUNDENPULS_REDIS_CA_FILE: stack.certificates.caFile,
  KUNDENPULS_REDIS_USERNAME: 'kundenpuls-scorer',
  KUNDENPULS_REDIS_PASSWORD_FILE: secret('redis-password', PASSWORD),
});

type Attempt = { readonly log: string; readonly code: number | null };

/** Runs the scorer until it is seen to work, ends by itself, or the deadline passes. */
const attempt = async (
  change: Readonly<Record<string, string>>,
  isDone: (log: string) => Promise<boolean> | boolean,
  node = process.execPath,
): Promise<Attempt> => {
  const keeper = openProcessKeeper();
  const logFile = join(folder, `scorer-${randomBytes(4).toString('hex')}.log`);
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('KUNDENPULS_')),
  );
  const child = await keeper.start({
    name: 'scorer',
    command: node,
    args: [join(packageRoot(), 'services/cli/bin.mjs'), 'scorer'],
    cwd: folder,
    logFile,
    env: { ...inherited, ...rightEnv(), ...change },
  });
  const read = (): string => readFileSync(logFile, 'utf8');
  const untilMs = performance.now() + START_DEADLINE_MS;
  while (child.isRunning() && performance.now() < untilMs && !(await isDone(read()))) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const { code } = await child.stop();
  await keeper.close();
  return { log: read(), code };
};

const hasAcquired = (log: string): boolean => log.includes('"partition_acquired"');

const changesOf = async (): Promise<readonly (string | undefined)[]> => {
  const changes = await readTopic(installation.kafka, installation.topic('segment-changes'));
  return changes.map(({ key }) => key?.toString());
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kundenpuls-secured-'));
  stack = await startSecuredStack(folder);
  const kafka: Kafka = openKafka(plainConnection([stack.adminBroker]), {
    clientId: 'test-admin',
    onLog: () => undefined,
  });
  admin = kafka.admin();
  await admin.connect();
  installation = await createInstallation({
    partitions: 1,
    addresses: {
      brokers: stack.adminBroker,
      registry: stack.plainRegistryUrl,
      redis: stack.redisUrl,
    },
  });
  const names = { app: installation.app, topicPrefix: `${installation.app}.` };
  await stack.addKafkaUser('scorer', PASSWORD);
  await stack.addKafkaUser('thief', PASSWORD);
  await grantKafka(admin, 'scorer', aclsOf('scorer', names));
  await grantKafka(admin, 'thief', aclsOf('source', names));
  const access = { app: installation.app, password: PASSWORD };
  await stack.redisAdmin('ACL', 'SETUSER', ...redisUser('kundenpuls-scorer', access));
  await stack.redisAdmin('ACL', 'SETUSER', ...redisUser('kundenpuls-doctor', access));
}, TIMEOUT_MS);

afterAll(async () => {
  await admin.disconnect();
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}, TIMEOUT_MS);

describe('the scorer on closed servers', () => {
  it(
    'scores an order with exactly the rights that we document',
    async () => {
      const producer = installation.kafka.producer();
      await producer.connect();
      const { type, event } = order({ customerId: 'c-1' });
      const value = installation.encoder.encode(`kundenpuls.events.${type}`, event);
      await producer.send({
        topic: installation.topic('customer-events'),
        messages: [{ key: 'c-1', value }],
      });
      await producer.disconnect();
      const { log, code } = await attempt({}, async () => (await changesOf()).length > 0);
      expect({ changes: await changesOf(), code, log }).toMatchObject({
        changes: ['c-1'],
        code: 0,
      });
      expect(await stack.redisAdmin('ACL', 'LOG')).toEqual([]);
    },
    TIMEOUT_MS,
  );

  const node = newerNode();
  const itOnNewerNode = node === null ? it.skip : it;
  itOnNewerNode(
    'takes its partition over with the second Kafka client and the same rights',
    async () => {
      const change = { KUNDENPULS_SCORER_KAFKA_CLIENT: 'platformatic' };
      const { log, code } = await attempt(change, hasAcquired, node ?? '');
      expect({ code, log }).toMatchObject({ code: 0 });
      expect(log).toContain('"partition_acquired"');
      expect(log).not.toContain(PASSWORD);
    },
    TIMEOUT_MS,
  );

  it.each([
    [
      'the certificate of Kafka is from an unknown authority',
      () => ({ KUNDENPULS_KAFKA_CA_FILE: stack.certificates.otherCaFile }),
      /Kafka at .* certificate .*check KUNDENPULS_KAFKA_CA_FILE/,
    ],
    [
      'the certificate of Kafka has expired',
      () => ({ KUNDENPULS_KAFKA_BROKERS: stack.expiredBroker }),
      /Kafka at .* expired.*check KUNDENPULS_KAFKA_CA_FILE/,
    ],
    [
      'the password for Kafka is wrong',
      () => ({ KUNDENPULS_KAFKA_PASSWORD_FILE: wrongPassword() }),
      /Kafka at .* refuses .*check KUNDENPULS_KAFKA_USERNAME/,
    ],
    [
      'the user has no rights on the topics',
      () => ({ KUNDENPULS_KAFKA_USERNAME: 'thief' }),
      /Kafka at .*kafka-acls\.json/,
    ],
    [
      'the certificate of Redis is from an unknown authority',
      () => ({ KUNDENPULS_REDIS_CA_FILE: stack.certificates.otherCaFile }),
      /Redis at .* certificate .*check KUNDENPULS_REDIS_CA_FILE/,
    ],
    [
      'the password for Redis is wrong',
      () => ({ KUNDENPULS_REDIS_PASSWORD_FILE: wrongPassword() }),
      /Redis at .* refuses .*check KUNDENPULS_REDIS_USERNAME/,
    ],
    [
      'the certificate of Redis has expired',
      () => ({ KUNDENPULS_REDIS_URL: `rediss://127.0.0.1:${String(stack.expiredPort)}` }),
      /Redis at .* expired.*check KUNDENPULS_REDIS_CA_FILE/,
    ],
    [
      'the user of Redis may not write',
      () => ({ KUNDENPULS_REDIS_USERNAME: 'kundenpuls-doctor' }),
      /Redis at .*NOPERM.*redis-users\.acl/,
    ],
    [
      'the certificate of the registry has expired',
      () => ({ KUNDENPULS_REGISTRY_URL: `https://127.0.0.1:${String(stack.expiredPort)}` }),
      /registry at .* expired.*check KUNDENPULS_REGISTRY_CA_FILE/,
    ],
    [
      'the password for the registry is wrong',
      () => ({ KUNDENPULS_REGISTRY_PASSWORD_FILE: wrongPassword() }),
      /registry at .* refuses .*check KUNDENPULS_REGISTRY_USERNAME/,
    ],
    [
      'the certificate of the registry is from an unknown authority',
      () => ({ KUNDENPULS_REGISTRY_CA_FILE: stack.certificates.otherCaFile }),
      /registry at .* certificate .*check KUNDENPULS_REGISTRY_CA_FILE/,
    ],
  ])(
    'says so and ends when %s',
    async (_what, change, message) => {
      const { log, code } = await attempt(change(), hasAcquired);
      expect(log).toMatch(message);
      expect({ code, log }).toMatchObject({ code: 1 });
      expect(log).not.toContain('"partition_acquired"');
      expect(log).not.toContain(PASSWORD);
      expect(log).not.toContain(WRONG_PASSWORD);
    },
    TIMEOUT_MS,
  );

  it(
    'lets nobody else use its transactional id',
    async () => {
      const thief = openKafka(
        {
          ...plainConnection([stack.broker]),
          isTls: true,
          caPem: readFileSync(stack.certificates.caFile, 'utf8'),
          saslMechanism: 'scram-sha-512',
          username: 'thief',
          password: PASSWORD,
        },
        { clientId: 'thief', onLog: () => undefined },
      );
      const producer = thief.producer({
        transactionalId: `${installation.app}-scorer-0`,
        idempotent: true,
        maxInFlightRequests: 1,
        retry: { retries: 1 },
      });
      await producer.connect();
      await expect(producer.transaction()).rejects.toThrow();
      await producer.disconnect();
      const brokerLog = readFileSync(stack.kafka.brokers[0]?.logFile ?? '', 'utf8');
      expect(brokerLog).toMatch(
        /User:thief is Denied.*TransactionalId:LITERAL:test-[0-9a-f]+-scorer-0/,
      );
    },
    TIMEOUT_MS,
  );
});
