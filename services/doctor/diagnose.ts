/** Examines the components one after the other; one that is away is a finding, not an error. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type { Redis } from 'ioredis';
import { COMPATIBILITY, inspectContract } from '../../shared/avro/register-contract.js';
import { openRegistry } from '../../shared/avro/registry-client.js';
import type { ServiceConfig } from '../../shared/config/tables.js';
import { openKafka } from '../../shared/kafka/client.js';
import { hasZstd } from '../../shared/kafka/codecs.js';
import { inspectTopics, readTopic } from '../../shared/kafka/ensure-topics.js';
import { topicName } from '../../shared/kafka/topics.js';
import { openRedis } from '../../shared/redis/client.js';
import { partitionKeys } from '../../shared/redis/keys.js';
import { readRedisPolicy, refuseRedisPolicy } from '../../shared/redis/policy.js';

export type Finding = {
  readonly area: 'configuration' | 'node' | 'kafka' | 'topics' | 'registry' | 'redis' | 'state';
  readonly severity: 'ok' | 'note' | 'wrong';
  readonly message: string;
};

type Config = ServiceConfig<'doctor'>;

const CONNECT_DEADLINE_MS = 10_000;
const REPLICATION_IN_PRODUCTION = 3;

const ok = (area: Finding['area'], message: string): Finding => ({ area, severity: 'ok', message });
const wrong = (area: Finding['area'], message: string): Finding => ({
  area,
  severity: 'wrong',
  message,
});
const note = (area: Finding['area'], message: string): Finding => ({
  area,
  severity: 'note',
  message,
});
const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Examines everything; never throws for what it finds. */
export const diagnose = async (config: Config): Promise<readonly Finding[]> => {
  const kafka = openKafka(config.kafka, {
    clientId: `${config.app.name}-doctor`,
    // What it says of itself is said again by the findings.
    onLog: () => undefined,
  });
  const admin = kafka.admin();
  const redis = openRedis(config.redis, () => undefined);
  try {
    const broker = await examine('kafka', 'KUNDENPULS_KAFKA_BROKERS', () => examineKafka(admin));
    const store = await examine('redis', 'KUNDENPULS_REDIS_URL', () => examineRedis(redis));
    const isKafkaThere = broker.every(({ severity }) => severity !== 'wrong');
    const isRedisThere = redis.status === 'ready';
    return [
      ...examineNode(),
      ...broker,
      ...(isKafkaThere
        ? await examine('topics', null, () => examineTopics(admin, config.app.topicPrefix))
        : []),
      ...(await examine('registry', 'KUNDENPULS_REGISTRY_URL', () => examineRegistry(config))),
      ...store,
      ...(isKafkaThere && isRedisThere
        ? await examine('state', null, () => examineState({ admin, redis, config }))
        : []),
    ];
  } finally {
    redis.disconnect();
    await admin.disconnect();
  }
};

/** Turns what an examination throws into a finding that names the setting to look at. */
const examine = async (
  area: Finding['area'],
  variable: string | null,
  look: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> => {
  const deadline = sleep(CONNECT_DEADLINE_MS, null, { ref: false });
  try {
    const found = await Promise.race([look(), deadline]);
    if (found !== null) return found;
    throw new Error(`no answer within ${String(CONNECT_DEADLINE_MS)} ms`);
  } catch (error) {
    const what = variable === null ? '' : `; start it, or correct ${variable}`;
    return [wrong(area, `cannot be examined: ${reasonOf(error)}${what}`)];
  }
};

const examineNode = (): readonly Finding[] => [
  hasZstd()
    ? ok('node', `${process.version} reads every compression of Kafka`)
    : note('node', `${process.version} cannot read zstd; use 22.15 or newer if producers write it`),
];

const examineKafka = async (admin: Admin): Promise<readonly Finding[]> => {
  await admin.connect();
  const { brokers } = await admin.describeCluster();
  const count = `${String(brokers.length)} broker${brokers.length === 1 ? '' : 's'}`;
  return brokers.length >= REPLICATION_IN_PRODUCTION
    ? [ok('kafka', `${count} answer`)]
    : [note('kafka', `${count} answer; production needs three, so that one may be lost`)];
};

const examineTopics = async (admin: Admin, prefix: string): Promise<readonly Finding[]> => {
  const findings = await inspectTopics(admin, { prefix });
  if (findings.length === 0) return [ok('topics', 'all exist with the settings that are meant')];
  return findings.map(({ severity, message }) =>
    severity === 'wrong' ? wrong('topics', message) : note('topics', message),
  );
};

const examineRegistry = async (config: Config): Promise<readonly Finding[]> => {
  const registry = openRegistry(config.registry);
  try {
    const subjects = await inspectContract(registry);
    const missing = subjects.filter(({ isRegistered }) => !isRegistered);
    const loose = subjects.filter(({ compatibility }) => !compatibility.startsWith(COMPATIBILITY));
    const findings = [
      ...missing.map(({ subject }) =>
        wrong('registry', `${subject} is not registered in this version; run \`kundenpuls setup\``),
      ),
      ...loose.map(({ subject, compatibility }) =>
        wrong(
          'registry',
          `${subject} has compatibility ${compatibility}, which lets a change make written records ` +
            'unreadable; run `kundenpuls setup`',
        ),
      ),
    ];
    const all = `all ${String(subjects.length)} schemas are registered, ${COMPATIBILITY}`;
    return findings.length === 0 ? [ok('registry', all)] : findings;
  } finally {
    await registry.close();
  }
};

const examineRedis = async (redis: Redis): Promise<readonly Finding[]> => {
  await redis.connect();
  const policy = await readRedisPolicy(redis);
  const problems = refuseRedisPolicy(policy);
  if (problems.length > 0) return problems.map((problem) => wrong('redis', problem));
  return [ok('redis', `${policy.version} keeps an append-only file and evicts nothing`)];
};

/** Holds the positions of the state against the log, while scorers may be at work. */
export const examineState = async ({
  admin,
  redis,
  config,
}: {
  readonly admin: Admin;
  readonly redis: Redis;
  readonly config: Config;
}): Promise<readonly Finding[]> => {
  const topic = topicName(config.app.topicPrefix, 'customer-events');
  const input = await readTopic(admin, topic);
  if (input === null) return [];
  const cursors = await Promise.all(
    Array.from({ length: input.partitions }, (_, partition) =>
      redis.hmget(partitionKeys(config.app.name, partition).cursor, 'next', 'partitionCount'),
    ),
  );
  const findings: Finding[] = [];
  // Asked after the positions, which go on meanwhile and would be found beyond an end asked before.
  for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
    const [next, partitionCount] = cursors[partition] ?? [];
    if (typeof next !== 'string') continue;
    const at = `partition ${String(partition)}`;
    if (Number(partitionCount) !== input.partitions) {
      findings.push(
        wrong(
          'state',
          `${at} was built with ${String(partitionCount)} partitions, ${topic} has ` +
            `${String(input.partitions)}; restore the count or rebuild under a new KUNDENPULS_APP`,
        ),
      );
    }
    if (Number(next) < Number(low)) {
      findings.push(
        wrong(
          'state',
          `${at} goes on at offset ${next}, which the log (from ${low}) no longer holds; restore a ` +
            'younger snapshot of Redis',
        ),
      );
    }
    if (Number(next) > Number(high)) {
      findings.push(
        wrong(
          'state',
          `${at} goes on at offset ${next}, beyond the end of the log (${high}); ${topic} was ` +
            'truncated or created anew: rebuild under a new KUNDENPULS_APP',
        ),
      );
    }
  }
  return findings.length > 0 ? findings : [ok('state', 'log and state fit together')];
};
