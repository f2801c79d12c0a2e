/**
 * The stack that fault tests stand on, on components of its own: whichever is killed comes back on its
 * address with its data.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { request } from 'undici';
import { startStack, type Stack } from '../../../../deploy/local/stack.js';
import { createTopics } from '../../../support/create-topics.js';
import { waitUntil } from '../../../support/wait-until.js';

const TEST_TIMEOUT_MS = 240_000;
const folder = mkdtempSync(join(tmpdir(), 'kundenpuls-stack-'));
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ folder, hasReplica: true, redisFsync: 'always' });
}, TEST_TIMEOUT_MS);
afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}, TEST_TIMEOUT_MS);

const openRedis = (address: string): Redis => {
  const [host = '', port = ''] = address.split(':');
  const redis = new Redis({ host, port: Number(port), maxRetriesPerRequest: null });
  // A killed server is what the test is about; the client reconnects.
  redis.on('error', () => undefined);
  return redis;
};

describe('the local stack', () => {
  it(
    'keeps topics over the kill of a broker',
    async () => {
      const broker = stack.kafka?.brokers[0];
      const brokers = [stack.env['KUNDENPULS_KAFKA_BROKERS'] ?? ''];
      const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      await createTopics(admin, [{ topic: 'kept', numPartitions: 3 }]);
      await admin.disconnect();
      await broker?.kill();
      expect(broker?.isRunning()).toBe(false);
      await broker?.start();
      await admin.connect();
      expect(await admin.listTopics()).toContain('kept');
      await admin.disconnect();
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'keeps schemas with their ids over the kill of the registry, which demands BACKWARD',
    async () => {
      const url = stack.env['KUNDENPULS_REGISTRY_URL'] ?? '';
      const register = async (): Promise<unknown> => {
        const { body } = await request(`${url}/subjects/kept/versions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ schema: JSON.stringify('string') }),
        });
        return body.json();
      };
      const before = await register();
      await stack.registry?.stop();
      await stack.registry?.start();
      expect(await register()).toEqual(before);
      const config = await request(`${url}/config`);
      expect(await config.body.json()).toEqual({ compatibilityLevel: 'BACKWARD' });
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'keeps what Redis had acknowledged over its kill, and the replica follows again',
    async () => {
      const redis = openRedis(stack.redis?.address ?? '');
      const replica = openRedis(stack.redisReplica?.address ?? '');
      await redis.set('kept', 'yes');
      await stack.redis?.kill();
      await stack.redis?.start();
      expect(await redis.get('kept')).toBe('yes');
      await redis.set('later', 'yes');
      await waitUntil(async () => (await replica.get('later')) === 'yes');
      expect(await redis.config('GET', 'maxmemory-policy')).toEqual([
        'maxmemory-policy',
        'noeviction',
      ]);
      redis.disconnect();
      replica.disconnect();
    },
    TEST_TIMEOUT_MS,
  );
});
