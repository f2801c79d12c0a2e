/** Groups of settings that several services share, each with the checks across its own settings. */
import type { CrossCheck } from './load.js';
import {
  choiceSetting,
  fileSetting,
  flagSetting,
  integerSetting,
  listSetting,
  secretSetting,
  textSetting,
  urlSetting,
} from './setting.js';

export const appGroup = {
  name: textSetting({
    variable: 'APP',
    description: 'Name of this installation: consumer groups, transactional ids and Redis keys',
    defaultText: 'kundenpuls',
    pattern: /^[a-z0-9][a-z0-9-]{0,99}$/,
    range: 'lower-case letters, digits and hyphens',
  }),
  topicPrefix: textSetting({
    variable: 'TOPIC_PREFIX',
    description: 'Put in front of every topic name',
    defaultText: '',
    pattern: /^[A-Za-z0-9._-]{0,100}$/,
    range: 'letters, digits, dots, underscores and hyphens',
  }),
  logLevel: choiceSetting({
    variable: 'LOG_LEVEL',
    description: 'Least severe level that is logged',
    choices: ['debug', 'info', 'warn', 'error'],
    defaultValue: 'info',
  }),
  stopBudgetMs: integerSetting({
    variable: 'STOP_BUDGET_MS',
    description: 'Time a service has to finish its work when it is told to stop',
    unit: 'ms',
    min: 100,
    max: 600_000,
    defaultValue: 20_000,
  }),
};

export const kafkaGroup = {
  brokers: listSetting({
    variable: 'KAFKA_BROKERS',
    description: 'Addresses of Kafka brokers to start from',
    defaultText: '127.0.0.1:9092',
    item: /^[^\s:,/]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/,
    itemName: 'host:port',
  }),
  isTls: flagSetting({
    variable: 'KAFKA_TLS',
    description: 'Speak TLS with the brokers',
    defaultValue: false,
  }),
  caPem: fileSetting({
    variable: 'KAFKA_CA_FILE',
    description: "Certificate authority of the brokers; without it the system's",
  }),
  certPem: fileSetting({
    variable: 'KAFKA_CERT_FILE',
    description: 'Client certificate for mutual TLS',
  }),
  keyPem: fileSetting({
    variable: 'KAFKA_KEY_FILE',
    description: 'Private key of the client certificate',
  }),
  saslMechanism: choiceSetting({
    variable: 'KAFKA_SASL_MECHANISM',
    description: 'How to log in to the brokers',
    choices: ['none', 'plain', 'scram-sha-256', 'scram-sha-512'],
    defaultValue: 'none',
  }),
  username: textSetting({
    variable: 'KAFKA_USERNAME',
    description: 'User for SASL',
    defaultText: '',
  }),
  password: secretSetting({ variable: 'KAFKA_PASSWORD', description: 'Password for SASL' }),
  connectionTimeoutMs: integerSetting({
    variable: 'KAFKA_CONNECTION_TIMEOUT_MS',
    description: 'Longest wait for a connection to a broker',
    unit: 'ms',
    min: 100,
    max: 60_000,
    defaultValue: 5_000,
  }),
  requestTimeoutMs: integerSetting({
    variable: 'KAFKA_REQUEST_TIMEOUT_MS',
    description: "Longest wait for a broker's answer",
    unit: 'ms',
    min: 500,
    max: 120_000,
    defaultValue: 15_000,
  }),
};

/** For services whose work is light, so that a dead one is noticed soon. */
export const consumerGroup = {
  sessionTimeoutMs: integerSetting({
    variable: 'SESSION_TIMEOUT_MS',
    description: 'Silence after which the partitions of ingest or a sink are given to another one',
    unit: 'ms',
    min: 6_000,
    max: 300_000,
    defaultValue: 10_000,
  }),
};

export const registryGroup = {
  url: urlSetting({
    variable: 'REGISTRY_URL',
    description: 'Schema registry (Confluent API)',
    schemes: ['http://', 'https://'],
    defaultText: 'http://127.0.0.1:8081',
  }),
  username: textSetting({
    variable: 'REGISTRY_USERNAME',
    description: 'User of the registry',
    defaultText: '',
  }),
  password: secretSetting({
    variable: 'REGISTRY_PASSWORD',
    description: 'Password of the registry',
  }),
  caPem: fileSetting({
    variable: 'REGISTRY_CA_FILE',
    description: "Certificate authority of the registry; without it the system's",
  }),
};

export const redisGroup = {
  url: urlSetting({
    variable: 'REDIS_URL',
    description: 'Redis with the state of all customers',
    schemes: ['redis://', 'rediss://'],
    defaultText: 'redis://127.0.0.1:6379',
  }),
  username: textSetting({
    variable: 'REDIS_USERNAME',
    description: 'ACL user of Redis',
    defaultText: '',
  }),
  password: secretSetting({ variable: 'REDIS_PASSWORD', description: 'Password of Redis' }),
  caPem: fileSetting({
    variable: 'REDIS_CA_FILE',
    description: "Certificate authority of Redis; without it the system's",
  }),
};

export const topicsGroup = {
  partitions: integerSetting({
    variable: 'PARTITIONS',
    description: 'Partitions of customer-events when it is created; fixed from then on',
    unit: 'partitions',
    min: 1,
    max: 1_024,
    defaultValue: 6,
  }),
  replicationFactor: integerSetting({
    variable: 'REPLICATION_FACTOR',
    description: 'Copies of each partition when topics are created; 3 in production',
    unit: 'brokers',
    min: 1,
    max: 7,
    defaultValue: 1,
  }),
};

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost', '[::1]']);
/** Tells whether a host is this machine only. */
export const isLoopback = (host: string): boolean => LOOPBACK.has(host) || host.startsWith('127.');

const hostOfBroker = (broker: string): string => broker.slice(0, broker.lastIndexOf(':'));

/** TLS, certificates and SASL of Kafka fit together, and no password goes out in the clear. */
export const checkKafka: CrossCheck<{ readonly kafka: typeof kafkaGroup }> = ({ kafka }) => {
  const problems: string[] = [];
  const isSasl = kafka.saslMechanism !== 'none';
  if (isSasl && (kafka.username === '' || kafka.password === '')) {
    problems.push(
      `KUNDENPULS_KAFKA_SASL_MECHANISM is ${kafka.saslMechanism}; it needs KUNDENPULS_KAFKA_USERNAME ` +
        'and KUNDENPULS_KAFKA_PASSWORD',
    );
  }
  if (!isSasl && kafka.password !== '') {
    problems.push(
      'KUNDENPULS_KAFKA_PASSWORD is set but KUNDENPULS_KAFKA_SASL_MECHANISM is none; choose one',
    );
  }
  if ((kafka.certPem === null) !== (kafka.keyPem === null)) {
    problems.push(
      'KUNDENPULS_KAFKA_CERT_FILE and KUNDENPULS_KAFKA_KEY_FILE belong together; set both',
    );
  }
  if (!kafka.isTls && (kafka.caPem !== null || kafka.certPem !== null)) {
    problems.push('certificates for Kafka are given; set KUNDENPULS_KAFKA_TLS=true to use them');
  }
  const isLocal = kafka.brokers.every((broker) => isLoopback(hostOfBroker(broker)));
  if (kafka.saslMechanism === 'plain' && !kafka.isTls && !isLocal) {
    problems.push(
      'SASL plain would send the password readable over the network; set KUNDENPULS_KAFKA_TLS=true',
    );
  }
  return problems;
};

/** The registry's credentials are complete and do not travel unencrypted. */
export const checkRegistry: CrossCheck<{ readonly registry: typeof registryGroup }> = ({
  registry,
}) => {
  const { protocol, hostname } = new URL(registry.url);
  const problems: string[] = [];
  if ((registry.username === '') !== (registry.password === '')) {
    problems.push(
      'KUNDENPULS_REGISTRY_USERNAME and KUNDENPULS_REGISTRY_PASSWORD belong together; set both',
    );
  }
  if (registry.password !== '' && protocol !== 'https:' && !isLoopback(hostname)) {
    problems.push(
      'the registry has a password; use an https:// address in KUNDENPULS_REGISTRY_URL',
    );
  }
  if (registry.caPem !== null && protocol !== 'https:') {
    problems.push(
      'KUNDENPULS_REGISTRY_CA_FILE needs an https:// address in KUNDENPULS_REGISTRY_URL',
    );
  }
  return problems;
};

/** Redis credentials are complete and do not travel unencrypted. */
export const checkRedis: CrossCheck<{ readonly redis: typeof redisGroup }> = ({ redis }) => {
  const { protocol, hostname, password: inUrl } = new URL(redis.url);
  const problems: string[] = [];
  if (inUrl !== '') {
    problems.push(
      'KUNDENPULS_REDIS_URL contains a password; move it to KUNDENPULS_REDIS_PASSWORD or its _FILE',
    );
  }
  if (redis.username !== '' && redis.password === '') {
    problems.push('KUNDENPULS_REDIS_USERNAME is set; it needs KUNDENPULS_REDIS_PASSWORD');
  }
  if (redis.password !== '' && protocol !== 'rediss:' && !isLoopback(hostname)) {
    problems.push('Redis has a password; use a rediss:// address in KUNDENPULS_REDIS_URL');
  }
  if (redis.caPem !== null && protocol !== 'rediss:') {
    problems.push('KUNDENPULS_REDIS_CA_FILE needs a rediss:// address in KUNDENPULS_REDIS_URL');
  }
  return problems;
};
