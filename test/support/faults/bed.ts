/**
 * What faults are done to: a stack of its own with proxies on the scorers' links to Kafka, Redis and the
 * registry. Tests, load and oracle use the direct addresses, so that only the scorers suffer.
 */
import { join } from 'node:path';
import { Redis as RedisClient } from 'ioredis';
import type { Redis } from '../../../deploy/local/redis.js';
import { startStack, type Stack, type StackOptions } from '../../../deploy/local/stack.js';
import { startProxy, type Link } from './proxy.js';
import { mountSmallDisk, type SmallDisk } from './small-disk.js';

export type Bed = {
  readonly stack: Stack;
  readonly links: {
    /** One per broker. */
    readonly kafka: readonly Link[];
    readonly redis: Link;
    readonly registry: Link;
  };
  /** Addresses that bypass the proxies. */
  readonly direct: {
    readonly brokers: string;
    readonly registry: string;
    /** The Redis that is master now. */
    readonly redis: () => string;
  };
  /** Addresses of the proxies, as variables of a scorer. */
  readonly scorerEnv: Readonly<Record<string, string>>;
  /** Disks of their own, by what lies on them; none unless asked for. */
  readonly disks: Readonly<Partial<Record<DiskName, SmallDisk>>>;
  readonly master: () => Redis;
  readonly standby: () => Redis;
  /** Makes the standby the master, wherever it stands, and leads the scorers there. */
  readonly promote: () => Promise<void>;
  /** Starts what does not run, and heals all links: after a fault that could not be put right. */
  readonly repair: () => Promise<void>;
  /** Runs commands on the master. */
  readonly onMaster: <T>(run: (client: RedisClient) => Promise<T>) => Promise<T>;
  readonly stop: () => Promise<void>;
};

const STARTS_MAX = 4;

const portOf = (address: string): number => Number(address.split(':').at(-1));

/** Runs commands on a Redis by a connection of their own. */
export const onRedis = async <T>(
  url: string,
  run: (client: RedisClient) => Promise<T>,
): Promise<T> => {
  const client = new RedisClient(url, { lazyConnect: true, retryStrategy: () => null });
  // The promise of the command or of the connection tells.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await run(client);
  } finally {
    client.disconnect();
  }
};

/** Folders of components that may have a disk of their own, and its size in megabytes. */
const DISKS = {
  redis: 256,
  'redis-replica': 256,
} as const;
export type DiskName = keyof typeof DISKS;

export type BedOptions = Pick<
  StackOptions,
  'folder' | 'brokers' | 'kafkaSettings' | 'redisSettings'
> & {
  /** What has a small disk of its own; needs the right to mount. */
  readonly disks?: readonly DiskName[];
  /** Where proxies run; in this thread when omitted. */
  readonly openLink?: () => Promise<Link>;
};

/** Starts stack and proxies. */
export const openBed = async ({
  openLink = startProxy,
  disks: asked = [],
  ...options
}: BedOptions): Promise<Bed> => {
  const { brokers = 1, folder } = options;
  const mounted = asked.map((name) => [name, mountSmallDisk(join(folder, name), DISKS[name])]);
  const disks = Object.fromEntries(mounted) as Bed['disks'];
  const kafka = await Promise.all(Array.from({ length: brokers }, () => openLink()));
  const [redis, registry] = await Promise.all([openLink(), openLink()]);
  const stack = await startStack({
    ...options,
    hasReplica: true,
    kafkaProxyPorts: kafka.map(({ port }) => port),
  });
  const { kafka: cluster, registry: schemas, redis: first, redisReplica: second } = stack;
  if (cluster === null || schemas === null || first === null || second === null) {
    throw new Error('the stack lacks a part');
  }
  let master: Redis = first;
  let standby: Redis = second;
  kafka.forEach((proxy, i) => {
    proxy.lead(cluster.proxiedPorts[i] ?? 0);
  });
  registry.lead(portOf(schemas.address));
  redis.lead(portOf(master.address));
  const local = (port: number): string => `127.0.0.1:${String(port)}`;
  return {
    stack,
    links: { kafka, redis, registry },
    direct: { brokers: cluster.bootstrap, registry: schemas.url, redis: () => master.url },
    scorerEnv: {
      KUNDENPULS_KAFKA_BROKERS: kafka.map(({ port }) => local(port)).join(','),
      KUNDENPULS_REDIS_URL: `redis://${local(redis.port)}`,
      KUNDENPULS_REGISTRY_URL: schemas.url.replace(schemas.address, local(registry.port)),
    },
    disks,
    master: () => master,
    standby: () => standby,
    promote: async () => {
      [master, standby] = [standby, master];
      await master.follow(null);
      redis.lead(portOf(master.address));
      redis.reset();
      await standby.follow(portOf(master.address));
    },
    repair: async () => {
      for (const proxy of [...kafka, redis, registry]) proxy.heal();
      for (const part of [...cluster.brokers, master, standby, schemas]) {
        part.resume();
        for (let tries = 1; !part.isRunning(); tries += 1) {
          // As a supervisor would: on a starved machine a start may take longer than it may.
          await part.start().catch((error: unknown) => {
            if (tries >= STARTS_MAX) throw error;
          });
        }
      }
    },
    onMaster: (run) => onRedis(master.url, run),
    stop: async () => {
      await stack.stop();
      for (const disk of Object.values(disks)) disk.unmount();
      await Promise.all([...kafka, redis, registry].map((proxy) => proxy.close()));
    },
  };
};
