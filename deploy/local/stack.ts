/**
 * Kafka, schema registry and Redis for one run on this machine, as local processes. For development,
 * the test command and fault tests:
 *
 *   const stack = await startStack({ folder, brokers: 3, hasReplica: true });
 *   … run services with stack.env …; await stack.kafka.brokers[0]?.kill(); await stack.redis.kill();
 *   await stack.stop();
 *
 * Whatever happens to the owner, nothing it started stays behind.
 */
import { join } from 'node:path';
import { provideComponents, type Components } from './cache.js';
import { startKafka, type KafkaCluster, type KafkaNode } from './kafka.js';
import { freePorts } from './ports.js';
import { openProcessKeeper, type ProcessKeeper } from './processes.js';
import { startRedis, type Redis } from './redis.js';
import { startRegistry, type Registry } from './registry.js';
import { provideJava, provideRedis } from './tools.js';

const KAFKA_HEAP_MB = 768;
const CLUSTER_HEAP_MB = 400;

/** Fixed ports, for a stack whose addresses people know; a stack without them takes free ones. */
export type StackPorts = {
  readonly kafka: number;
  readonly kafkaController: number;
  readonly registry: number;
  readonly redis: number;
};

/** Which components to start; those given by address are left out. */
export type StackPart = 'kafka' | 'registry' | 'redis';

export type StackOptions = {
  /** Data and logs of the components; kept when the stack stops. */
  readonly folder: string;
  readonly parts?: readonly StackPart[];
  /** Null or left out: free ones. */
  readonly ports?: StackPorts | null;
  /** Brokers of the Kafka cluster; three replicate everything, and any one may be lost. */
  readonly brokers?: 1 | 3;
  readonly kafkaSettings?: Readonly<Record<string, string>>;
  /** Ports of proxies before the brokers, one each: clients that come through them stay behind them. */
  readonly kafkaProxyPorts?: readonly number[];
  /** A second Redis that follows the first. */
  readonly hasReplica?: boolean;
  readonly redisFsync?: 'everysec' | 'always' | 'no';
  readonly redisSettings?: readonly string[];
  /** Null or left out: the user's cache folder. */
  readonly cacheFolder?: string | null;
  /** Told in sentences what takes long. */
  readonly say?: (sentence: string) => void;
};

export type StackEnv = Readonly<Record<string, string>>;

export type Stack = {
  /** Addresses as the services read them; only of the parts that were started. */
  readonly env: StackEnv;
  readonly kafka: KafkaCluster | null;
  readonly registry: Registry | null;
  readonly redis: Redis | null;
  readonly redisReplica: Redis | null;
  /** Stops what runs; the data stays in the folder. */
  readonly stop: () => Promise<void>;
};

/** A stack from wherever: started here, in containers, or given by address. */
export type ProvidedStack = {
  /** Addresses of what was started; those given by the user are in the environment already. */
  readonly env: StackEnv;
  /** Starts components that ended by themselves, and names them; others watch over containers. */
  readonly revive: () => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
};

const ALL_PARTS: readonly StackPart[] = ['kafka', 'registry', 'redis'];

/** Starts the parts; throws LocalError with the way out, and then nothing is left running. */
export const startStack = async (options: StackOptions): Promise<Stack> => {
  const { parts = ALL_PARTS, say = () => undefined, cacheFolder = null } = options;
  const components = await provideComponents({ cacheFolder, say });
  const isJavaNeeded = parts.includes('kafka') || parts.includes('registry');
  const java = isJavaNeeded ? await provideJava() : '';
  const redisCommand = parts.includes('redis')
    ? await provideRedis({ redisJar: components.redisJar, say })
    : '';
  const keeper = openProcessKeeper();
  const ports = options.ports ?? (await anyPorts());
  const resolved = { ...options, java, redisCommand, components, ports };
  try {
    const starts = [
      parts.includes('kafka') ? openKafka(keeper, resolved) : Promise.resolve(null),
      parts.includes('registry') ? openRegistry(keeper, resolved) : Promise.resolve(null),
      parts.includes('redis') ? openRedis(keeper, resolved) : Promise.resolve(null),
    ] as const;
    // Side by side: on two cores this takes as long as the slowest, about six seconds. All have
    // settled before a failure is thrown, so that none starts after the clean-up.
    await Promise.allSettled(starts);
    const [kafka, registry, redis] = await Promise.all(starts);
    const redisReplica =
      redis !== null && options.hasReplica === true
        ? await openRedis(keeper, resolved, ports.redis)
        : null;
    const env = envOf({ kafka, registry, redis });
    return { env, kafka, registry, redis, redisReplica, stop: keeper.close };
  } catch (error) {
    await keeper.close();
    throw error;
  }
};

type Resolved = StackOptions & {
  readonly java: string;
  readonly redisCommand: string;
  readonly components: Components;
  readonly ports: StackPorts;
};

const anyPorts = async (): Promise<StackPorts> => {
  const [kafka = 0, kafkaController = 0, registry = 0, redis = 0] = await freePorts(4);
  return { kafka, kafkaController, registry, redis };
};

const openKafka = async (keeper: ProcessKeeper, resolved: Resolved): Promise<KafkaCluster> => {
  const { brokers = 1, ports, kafkaProxyPorts = [] } = resolved;
  const more = await freePorts((brokers - 1) * 2 + kafkaProxyPorts.length);
  const others = Array.from({ length: brokers - 1 }, (_, i) => ({
    port: more[i * 2] ?? 0,
    controllerPort: more[i * 2 + 1] ?? 0,
  }));
  const all = [{ port: ports.kafka, controllerPort: ports.kafkaController }, ...others];
  const nodes = all.map((node, i): KafkaNode => {
    const proxyPort = kafkaProxyPorts[i];
    const port = more[others.length * 2 + i] ?? 0;
    return proxyPort === undefined ? node : { ...node, proxied: { port, proxyPort } };
  });
  return startKafka(keeper, {
    java: resolved.java,
    jars: resolved.components.kafkaJars,
    folder: join(resolved.folder, 'kafka'),
    nodes,
    heapMb: brokers === 1 ? KAFKA_HEAP_MB : CLUSTER_HEAP_MB,
    ...(resolved.kafkaSettings === undefined ? {} : { settings: resolved.kafkaSettings }),
  });
};

const openRegistry = (
  keeper: ProcessKeeper,
  { java, components, folder, ports }: Resolved,
): Promise<Registry> =>
  startRegistry(keeper, {
    java,
    program: components.registryFolder,
    folder: join(folder, 'registry'),
    port: ports.registry,
  });

const openRedis = async (
  keeper: ProcessKeeper,
  { redisCommand, folder, ports, redisFsync, redisSettings }: Resolved,
  replicaOfPort?: number,
): Promise<Redis> => {
  const [replicaPort = 0] = replicaOfPort === undefined ? [] : await freePorts(1);
  return startRedis(keeper, {
    command: redisCommand,
    folder: join(folder, replicaOfPort === undefined ? 'redis' : 'redis-replica'),
    port: replicaOfPort === undefined ? ports.redis : replicaPort,
    ...(replicaOfPort === undefined ? {} : { replicaOfPort }),
    ...(redisFsync === undefined ? {} : { fsync: redisFsync }),
    ...(redisSettings === undefined ? {} : { settings: redisSettings }),
  });
};

const envOf = ({
  kafka,
  registry,
  redis,
}: Pick<Stack, 'kafka' | 'registry' | 'redis'>): StackEnv => ({
  ...(kafka === null ? {} : { KUNDENPULS_KAFKA_BROKERS: kafka.bootstrap }),
  ...(kafka === null ? {} : { KUNDENPULS_REPLICATION_FACTOR: String(kafka.brokers.length) }),
  ...(registry === null ? {} : { KUNDENPULS_REGISTRY_URL: registry.url }),
  ...(redis === null ? {} : { KUNDENPULS_REDIS_URL: redis.url }),
});
