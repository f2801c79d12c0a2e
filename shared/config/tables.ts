/**
 * The configuration table of every service. One environment may configure all services at once, so
 * the names known to the check for misspellings are those of all tables. To add a setting: a row
 * here; help, checks, the redacted print and docs/configuration.md follow.
 */
import { checkDelivery, copiesGroup, deliveryGroup } from './delivery-group.js';
import {
  appGroup,
  checkKafka,
  checkRedis,
  checkRegistry,
  consumerGroup,
  isLoopback,
  kafkaGroup,
  redisGroup,
  registryGroup,
  topicsGroup,
} from './groups.js';
import { simulatorGroup } from './simulator-group.js';
import {
  ConfigError,
  loadConfig,
  variablesOf,
  type ConfigOf,
  type CrossCheck,
  type Environment,
  type SettingTable,
} from './load.js';
import {
  fileSetting,
  choiceSetting,
  flagSetting,
  integerSetting,
  listSetting,
  secretSetting,
  textSetting,
} from './setting.js';

/** Metrics and health of one service; each service has a port of its own. */
const httpGroup = (service: string, defaultPort: number) => ({
  host: textSetting({
    variable: 'HTTP_HOST',
    description: 'Address that metrics and health are served on',
    defaultText: '127.0.0.1',
    pattern: /^[^\s/]+$/,
    range: 'an address of this machine',
  }),
  port: integerSetting({
    variable: `${service}_PORT`,
    description: 'Port of metrics and health; 0 for any free one',
    unit: '',
    min: 0,
    max: 65_535,
    defaultValue: defaultPort,
  }),
  token: secretSetting({
    variable: 'HTTP_TOKEN',
    description: 'Bearer token for metrics; required beyond loopback',
  }),
});

const TOKEN_CHARACTERS_MIN = 16;

const checkHttp: CrossCheck<{ readonly http: ReturnType<typeof httpGroup> }> = ({ http }) => {
  if (http.token !== '' && http.token.length < TOKEN_CHARACTERS_MIN) {
    return [`KUNDENPULS_HTTP_TOKEN needs at least ${String(TOKEN_CHARACTERS_MIN)} characters`];
  }
  return !isLoopback(http.host) && http.token === ''
    ? ['KUNDENPULS_HTTP_HOST is reachable from other machines; it needs KUNDENPULS_HTTP_TOKEN']
    : [];
};

type Service<T extends SettingTable> = {
  readonly table: T;
  readonly checks: readonly CrossCheck<T>[];
};
const service = <T extends SettingTable>(
  table: T,
  checks: readonly CrossCheck<NoInfer<T>>[],
): Service<T> => ({ table, checks });

const streaming = { app: appGroup, kafka: kafkaGroup, registry: registryGroup };

const clockGroup = {
  intervalMs: integerSetting({
    variable: 'CLOCK_INTERVAL_MS',
    description: 'Time between ticks, each of which scores the customers that are due',
    unit: 'ms',
    min: 100,
    max: 86_400_000,
    defaultValue: 60_000,
  }),
};

const ingestGroup = {
  topics: listSetting({
    variable: 'INGEST_TOPICS',
    description: 'Source topics with our own Avro events under other keys (full names)',
    defaultText: '',
    item: /^[A-Za-z0-9._-]{1,249}$/,
    itemName: 'topic',
    isEmptyAllowed: true,
  }),
  mappingJson: fileSetting({
    variable: 'INGEST_MAPPING',
    description: 'JSON file that maps further source topics onto events (docs/ingest.md)',
  }),
  batchRecordsMax: integerSetting({
    variable: 'INGEST_BATCH_RECORDS',
    description: 'Records of one transaction at most',
    unit: 'records',
    min: 1,
    max: 10_000,
    defaultValue: 1_000,
  }),
};

const scorerGroup = {
  kafkaClient: choiceSetting({
    variable: 'SCORER_KAFKA_CLIENT',
    description:
      'Library that reads the log and commits outputs; platformatic needs Node.js 22.22 or newer',
    choices: ['kafkajs', 'platformatic'],
    defaultValue: 'kafkajs',
  }),
  chunkRecordsMax: integerSetting({
    variable: 'SCORER_CHUNK_RECORDS',
    description: 'Records applied by one atomic commit at most',
    unit: 'records',
    min: 1,
    max: 20_000,
    defaultValue: 10_000,
  }),
  chunkBytesMax: integerSetting({
    variable: 'SCORER_CHUNK_BYTES',
    description: 'Bytes of input applied by one atomic commit at most',
    unit: 'bytes',
    min: 1_024,
    max: 64 << 20,
    defaultValue: 4 << 20,
  }),
  cachedCustomersMax: integerSetting({
    variable: 'SCORER_CACHED_CUSTOMERS',
    description: 'Customers kept in memory per partition',
    unit: 'customers',
    min: 1,
    max: 10_000_000,
    defaultValue: 100_000,
  }),
  sessionTimeoutMs: integerSetting({
    variable: 'SCORER_SESSION_TIMEOUT_MS',
    description: 'Silence after which the group gives the partitions of a scorer to others',
    unit: 'ms',
    min: 1_000,
    max: 300_000,
    defaultValue: 15_000,
  }),
  drainBudgetMs: integerSetting({
    variable: 'SCORER_DRAIN_BUDGET_MS',
    description: 'Time to publish what is pending when a partition is taken away',
    unit: 'ms',
    min: 0,
    max: 60_000,
    defaultValue: 5_000,
  }),
};

const trainerGroup = {
  intervalMs: integerSetting({
    variable: 'TRAINER_INTERVAL_MS',
    description: 'Time between two scheduled fits',
    unit: 'ms',
    min: 1_000,
    max: 31 * 86_400_000,
    defaultValue: 14 * 86_400_000,
  }),
  watchMs: integerSetting({
    variable: 'TRAINER_WATCH_MS',
    description:
      'Time between two looks whether the model in force has drifted and is to be fitted before its time',
    unit: 'ms',
    min: 1_000,
    max: 24 * 86_400_000,
    defaultValue: 86_400_000,
  }),
  isActivating: flagSetting({
    variable: 'TRAINER_ACTIVATE',
    description: 'Activate a model by itself when it beats the one in force in the back-test',
    defaultValue: true,
  }),
};

/** What `kundenpuls start` runs on this machine; far from the usual ports, which are often taken. */
const localGroup = {
  kafkaPort: integerSetting({
    variable: 'LOCAL_KAFKA_PORT',
    description: 'Port of the Kafka that start runs',
    unit: '',
    min: 1,
    max: 65_535,
    defaultValue: 29_092,
  }),
  kafkaControllerPort: integerSetting({
    variable: 'LOCAL_KAFKA_CONTROLLER_PORT',
    description: 'Port of its controller',
    unit: '',
    min: 1,
    max: 65_535,
    defaultValue: 29_093,
  }),
  registryPort: integerSetting({
    variable: 'LOCAL_REGISTRY_PORT',
    description: 'Port of the schema registry that start runs',
    unit: '',
    min: 1,
    max: 65_535,
    defaultValue: 28_081,
  }),
  redisPort: integerSetting({
    variable: 'LOCAL_REDIS_PORT',
    description: 'Port of the Redis that start runs',
    unit: '',
    min: 1,
    max: 65_535,
    defaultValue: 26_380,
  }),
  folder: textSetting({
    variable: 'LOCAL_FOLDER',
    description: 'Data, logs and outputs of start; empty for .kundenpuls/start in the project',
    defaultText: '',
  }),
};

const streamingChecks = [checkKafka, checkRegistry];

/** All services with their tables and the checks across settings. */
export const SERVICES = {
  scorer: service(
    {
      ...streaming,
      redis: redisGroup,
      http: httpGroup('SCORER', 9_471),
      scorer: scorerGroup,
    },
    [...streamingChecks, checkRedis, checkHttp],
  ),
  ingest: service(
    {
      ...streaming,
      consumer: consumerGroup,
      http: httpGroup('INGEST', 9_472),
      ingest: ingestGroup,
    },
    [
      ...streamingChecks,
      checkHttp,
      ({ ingest }) =>
        ingest.topics.length === 0 && ingest.mappingJson === null
          ? ['ingest has no source: set KUNDENPULS_INGEST_TOPICS or KUNDENPULS_INGEST_MAPPING']
          : [],
    ],
  ),
  clock: service({ ...streaming, http: httpGroup('CLOCK', 9_473), clock: clockGroup }, [
    ...streamingChecks,
    checkHttp,
  ]),
  trainer: service({ ...streaming, http: httpGroup('TRAINER', 9_474), trainer: trainerGroup }, [
    ...streamingChecks,
    checkHttp,
  ]),
  'crm-sync': service(
    {
      ...streaming,
      consumer: consumerGroup,
      http: httpGroup('CRM_SYNC', 9_475),
      delivery: deliveryGroup('CRM_SYNC', 'segment changes'),
    },
    [...streamingChecks, checkHttp, checkDelivery('CRM_SYNC')],
  ),
  'sales-alerts': service(
    {
      ...streaming,
      consumer: consumerGroup,
      http: httpGroup('SALES_ALERTS', 9_476),
      delivery: deliveryGroup('SALES_ALERTS', 'alerts and opportunities'),
    },
    [...streamingChecks, checkHttp, checkDelivery('SALES_ALERTS')],
  ),
  simulator: service(
    { ...streaming, http: httpGroup('SIMULATOR', 9_477), simulator: simulatorGroup },
    [...streamingChecks, checkHttp],
  ),
  stream: service({ ...streaming }, streamingChecks),
  'dead-letters': service({ ...streaming }, streamingChecks),
  export: service({ ...streaming, redis: redisGroup, copies: copiesGroup }, [
    ...streamingChecks,
    checkRedis,
  ]),
  doctor: service({ ...streaming, redis: redisGroup, topics: topicsGroup }, [
    ...streamingChecks,
    checkRedis,
  ]),
  setup: service({ ...streaming, topics: topicsGroup }, streamingChecks),
  start: service({ ...streaming, redis: redisGroup, topics: topicsGroup, local: localGroup }, [
    ...streamingChecks,
    checkRedis,
  ]),
} as const;

export type ServiceName = keyof typeof SERVICES;
export type ServiceConfig<S extends ServiceName> = ConfigOf<(typeof SERVICES)[S]['table']>;

/** Names of all variables that any service knows. */
export const KNOWN_VARIABLES: ReadonlySet<string> = new Set(
  Object.values(SERVICES).flatMap(({ table }) => variablesOf(table)),
);

/** Returns the frozen configuration of a service; throws ConfigError with all problems. */
export const loadServiceConfig = <S extends ServiceName>(
  name: S,
  env?: Environment,
): ServiceConfig<S> => {
  const { table, checks } = SERVICES[name] as unknown as Service<SettingTable>;
  return loadConfig({
    table,
    checks,
    knownVariables: KNOWN_VARIABLES,
    ...(env === undefined ? {} : { env }),
  }) as ServiceConfig<S>;
};

/** Returns what is wrong with the configuration of a service; nothing when it could start. */
export const configProblems = (name: ServiceName, env?: Environment): readonly string[] => {
  try {
    loadServiceConfig(name, env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems;
  }
};
