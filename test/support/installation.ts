/**
 * An installation of its own for one test on the stack that KUNDENPULS_* variables name: a random
 * application name and topic prefix, its topics, the contract in the registry, and the environment
 * that child processes are started with. `remove` deletes the topics.
 */
import { randomBytes } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { registerContract } from '../../shared/avro/register-contract.js';
import { openRegistry, type RegistryClient } from '../../shared/avro/registry-client.js';
import { recordSchemas } from '../../shared/avro/record-schemas.js';
import { openRecordEncoder, type RecordEncoder } from '../../shared/avro/record-encoder.js';
import { openKafka, type KafkaConnection } from '../../shared/kafka/client.js';
import {
  partitionsOf,
  topicConfig,
  topicName,
  TOPICS,
  type TopicName,
} from '../../shared/kafka/topics.js';
import { createTopics } from './create-topics.js';

export type Installation = {
  readonly app: string;
  readonly kafka: Kafka;
  readonly registry: RegistryClient;
  readonly encoder: RecordEncoder;
  readonly topic: (name: TopicName) => string;
  /** Variables for a service of this installation. */
  readonly env: Readonly<Record<string, string>>;
  /** Creates a further topic under the installation's prefix and returns its name. */
  readonly addTopic: (name: string, partitions: number) => Promise<string>;
  readonly remove: () => Promise<void>;
};

type Addresses = { readonly brokers: string; readonly registry: string; readonly redis: string };

const need = (variable: string): string => {
  const value = process.env[variable];
  if (value === undefined) {
    throw new Error(`${variable} is not set; \`npm test\` starts the stack and sets it`);
  }
  return value;
};

type NewTopic = {
  topic: string;
  numPartitions: number;
  replicationFactor: number;
  configEntries: { name: string; value: string }[];
};

/** A connection to brokers without TLS and without a user. */
export const plainConnection = (brokers: readonly string[]): KafkaConnection => ({
  brokers,
  isTls: false,
  caPem: null,
  certPem: null,
  keyPem: null,
  saslMechanism: 'none',
  username: '',
  password: '',
  connectionTimeoutMs: 5_000,
  requestTimeoutMs: 15_000,
});

/** Creates the installation with so many input partitions. */
export const createInstallation = async ({
  partitions,
  addresses,
  replicationFactor = 1,
}: {
  readonly partitions: number;
  /** Of another stack than the one that the variables name. */
  readonly addresses?: Addresses;
  readonly replicationFactor?: number;
}): Promise<Installation> => {
  const app = `test-${randomBytes(6).toString('hex')}`;
  const prefix = `${app}.`;
  const brokers = addresses?.brokers ?? need('KUNDENPULS_KAFKA_BROKERS');
  const kafka = openKafka(plainConnection(brokers.split(',')), {
    clientId: app,
    onLog: () => undefined,
  });
  const url = addresses?.registry ?? need('KUNDENPULS_REGISTRY_URL');
  const registry = openRegistry({ url, username: '', password: '', caPem: null });
  await registerContract(registry);
  const topics: NewTopic[] = Object.values(TOPICS).map((spec) => ({
    topic: topicName(prefix, spec.name),
    numPartitions: partitionsOf(spec, partitions),
    replicationFactor,
    configEntries: Object.entries(topicConfig(spec)).map(([name, value]) => ({ name, value })),
  }));
  const admin = kafka.admin();
  await admin.connect();
  await createTopics(admin, topics);
  const encoder = await openRecordEncoder(registry, [...recordSchemas().keys()]);
  return {
    app,
    kafka,
    registry,
    encoder,
    topic: (name) => topicName(prefix, name),
    env: {
      KUNDENPULS_KAFKA_BROKERS: brokers,
      KUNDENPULS_REGISTRY_URL: url,
      KUNDENPULS_REDIS_URL: addresses?.redis ?? need('KUNDENPULS_REDIS_URL'),
      KUNDENPULS_APP: app,
      KUNDENPULS_TOPIC_PREFIX: prefix,
    },
    addTopic: async (name, numPartitions) => {
      const topic = `${prefix}${name}`;
      const added = { topic, numPartitions, replicationFactor, configEntries: [] };
      topics.push(added);
      await createTopics(admin, [added]);
      return topic;
    },
    remove: async () => {
      await admin.deleteTopics({ topics: topics.map(({ topic }) => topic) });
      await Promise.all([admin.disconnect(), registry.close()]);
    },
  };
};
