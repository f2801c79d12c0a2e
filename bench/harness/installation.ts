/**
 * An installation of its own for the bench on the stack whose addresses are in the environment: a
 * random name, so that nothing else is touched, its topics and schemas, and the clients to drive it.
 */
import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Admin, Kafka } from 'kafkajs';
import { openRecordEncoder, type RecordEncoder } from '../../shared/avro/record-encoder.js';
import { registerContract } from '../../shared/avro/register-contract.js';
import { openRegistry, type RegistryClient } from '../../shared/avro/registry-client.js';
import { loadServiceConfig } from '../../shared/config/tables.js';
import { openKafka } from '../../shared/kafka/client.js';
import { ensureTopics } from '../../shared/kafka/ensure-topics.js';
import { topicName } from '../../shared/kafka/topics.js';
import { connectRedis, openRedis } from '../../shared/redis/client.js';

export const PARTITIONS = 4;
const REDIS_DEADLINE_MS = 10_000;

export type Installation = {
  readonly app: string;
  /** Variables that a service of this installation is started with. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly brokers: readonly string[];
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly registry: RegistryClient;
  readonly redis: Redis;
  /** Full name of the input log. */
  readonly inputTopic: string;
  readonly topicPrefix: string;
  readonly encoder: RecordEncoder;
  readonly schemaIds: ReadonlyMap<string, number>;
  /** Where the scorer writes a CPU profile when it ends; null for none. */
  readonly profileFolder: string | null;
  /** Scorer processes that share the partitions. */
  readonly scorers: number;
  readonly close: () => Promise<void>;
};

const ENCODED = ['OrderEvent', 'Tick'].map((name) => `kundenpuls.events.${name}`);

/** Creates topics and schemas under a new name. */
export const createInstallation = async (
  environment: Readonly<Record<string, string | undefined>>,
  { profileFolder, scorers }: Pick<Installation, 'profileFolder' | 'scorers'>,
): Promise<Installation> => {
  const app = `bench-${randomBytes(4).toString('hex')}`;
  const env = {
    ...environment,
    KUNDENPULS_APP: app,
    KUNDENPULS_TOPIC_PREFIX: `${app}.`,
    KUNDENPULS_PARTITIONS: String(PARTITIONS),
    KUNDENPULS_SCORER_PORT: '0',
    KUNDENPULS_LOG_LEVEL: 'warn',
  };
  const config = loadServiceConfig('scorer', env);
  const { topicPrefix } = config.app;
  const kafka = openKafka(config.kafka, { clientId: app, onLog: () => undefined });
  const admin = kafka.admin();
  const registry = openRegistry(config.registry);
  const redis = openRedis(config.redis, () => undefined);
  await Promise.all([admin.connect(), connectRedis(redis, REDIS_DEADLINE_MS)]);
  await ensureTopics(admin, {
    prefix: topicPrefix,
    inputPartitions: PARTITIONS,
    replicationFactor: 1,
  });
  const schemaIds = await registerContract(registry);
  return {
    app,
    env,
    brokers: config.kafka.brokers,
    kafka,
    admin,
    registry,
    redis,
    inputTopic: topicName(topicPrefix, 'customer-events'),
    topicPrefix,
    encoder: await openRecordEncoder(registry, ENCODED),
    schemaIds,
    profileFolder,
    scorers,
    close: async () => {
      redis.disconnect();
      await Promise.all([admin.disconnect(), registry.close()]);
    },
  };
};
