/** What doctor says of log and state, also while a scorer goes on between its two looks. */
import type { Admin } from 'kafkajs';
import type { Redis } from 'ioredis';
import { loadServiceConfig } from '../../../../shared/config/tables.js';
import { openRedis } from '../../../../shared/redis/client.js';
import { partitionKeys } from '../../../../shared/redis/keys.js';
import { examineState } from '../../../../services/doctor/diagnose.js';
import { createInstallation, type Installation } from '../../../support/installation.js';

const TIMEOUT_MS = 60_000;

let installation: Installation;
let admin: Admin;
let redis: Redis;

const cursor = (): string => partitionKeys(installation.app, 0).cursor;
const standsAt = (next: number): Promise<number> =>
  redis.hset(cursor(), { next: String(next), partitionCount: '1' });
const examine = (through: Admin) =>
  examineState({
    admin: through,
    redis,
    config: loadServiceConfig('doctor', installation.env),
  });

beforeAll(async () => {
  installation = await createInstallation({ partitions: 1 });
  admin = installation.kafka.admin();
  redis = openRedis(loadServiceConfig('doctor', installation.env).redis, () => undefined);
  await Promise.all([admin.connect(), redis.connect()]);
}, TIMEOUT_MS);
afterAll(async () => {
  await redis.del(cursor());
  redis.disconnect();
  await admin.disconnect();
  await installation.remove();
});

describe('doctor', () => {
  it('finds a state beyond the end of the log', async () => {
    await standsAt(1);
    const [finding] = await examine(admin);
    expect(finding?.severity).toBe('wrong');
    expect(finding?.message).toMatch(/offset 1, beyond the end of the log \(0\)/);
  });

  it('finds nothing wrong where a scorer applies what is written while it looks', async () => {
    await standsAt(0);
    const busy: Admin = {
      ...admin,
      fetchTopicOffsets: async (topic) => {
        const offsets = await admin.fetchTopicOffsets(topic);
        await standsAt(1);
        return offsets;
      },
    };
    expect(await examine(busy)).toEqual([
      { area: 'state', severity: 'ok', message: 'log and state fit together' },
    ]);
  });
});
