/**
 * One scorer process of the simulation: the product's consumer, publisher, state store, decoder and
 * partition workers on simulated clients, wired as the service wires them.
 */
import type { Redis } from 'ioredis';
import { RegistryUnavailable } from '../../../shared/avro/registry-client.js';
import { packageRoot } from '../../../shared/avro/package-root.js';
import { kafkajsLogClient } from '../../../shared/kafka/group-reader.js';
import { createInputConsumer, type InputConsumer } from '../../../shared/kafka/input-consumer.js';
import { isFencedError } from '../../../shared/kafka/fenced-error.js';
import { createOpenPublisher } from '../../../shared/kafka/output-publisher.js';
import { createStateStore } from '../../../shared/redis/state-store.js';
import { kafkaIdentities, outputTopicAt } from '../../../shared/kafka/topics.js';
import type { EventDecoder, WorkerEvents } from '../../../shared/pipeline/worker-deps.js';
import type { OpenPublisher, StateStore } from '../../../shared/core/ports.js';
import { createArtefactSource } from '../../../services/scorer/artefacts.js';
import { createScorerPipeline } from '../../../services/scorer/pipeline.js';
import { isRetriable } from '../../../services/scorer/retriable.js';
import type { SimProcess } from '../engine/process.js';
import type { Random } from '../engine/random.js';
import { createKafkaClient } from '../kafka/client.js';
import { createRedisClient, type RedisClientOptions } from '../redis/client.js';
import { APP } from './checks.js';
import { INPUT_TOPIC, outputEncoder, schemaIdOfValue, UNKNOWN_SCHEMA_ID } from './contract.js';
import { SIM_ARTEFACTS } from './artefacts.js';
import type { World } from './world.js';

export type WorkerProcess = {
  readonly process: SimProcess;
  readonly consumer: InputConsumer;
  /** Ends its sources, lets workers drain, leaves the group and dies. */
  readonly shutDown: () => Promise<void>;
};

/** What a mutation of the checker's subject puts around the real parts. */
export type Mutation = {
  readonly name: string;
  readonly rewriteScript?: (source: string) => string;
  readonly store?: (store: StateStore, world: World) => StateStore;
  readonly openPublisher?: (open: OpenPublisher) => OpenPublisher;
  readonly transactionalId?: (id: string, process: SimProcess) => string;
};

const SESSION_TIMEOUT_MS = 30_000;
const REGISTRY_TIMEOUT_MS = 5_000;

/** Stores are costly to make and hold no state of their own, so processes of later runs reuse them. */
const pool: { readonly store: StateStore; options: RedisClientOptions | null }[] = [];
let pooled = 0;

/** Makes all pooled stores available again; called when a run begins. */
export const resetStorePool = (): void => {
  pooled = 0;
};

const borrowStore = (options: RedisClientOptions, world: World): StateStore => {
  let entry = pool[pooled];
  if (entry === undefined) {
    const slot: (typeof pool)[number] = {
      store: undefined as unknown as StateStore,
      options: null,
    };
    const client: Redis = createRedisClient(() => {
      if (slot.options === null) throw new Error('the store belongs to nobody');
      return slot.options;
    });
    entry = Object.assign(slot, {
      store: createStateStore({
        redis: client,
        app: APP,
        owner: `worker-${String(pooled)}`,
        projectFolder: packageRoot(),
        nowMs: () => wallClocks.get(slot)?.() ?? 0,
      }),
    });
    pool.push(entry);
  }
  pooled += 1;
  entry.options = options;
  wallClocks.set(entry, () => Math.round(world.wallClockMs() + options.process.clockErrorMs));
  return entry.store;
};
const wallClocks = new Map<object, () => number>();

/** The real decoder, behind a registry that may be away when a schema is met first. */
const createDecoder = (world: World, process: SimProcess): EventDecoder => {
  const known = new Set<number>();
  return {
    decode: world.decoder.decode,
    prepare: async (records) => {
      for (const { value } of records) {
        const id = schemaIdOfValue(value);
        if (id === null || known.has(id)) continue;
        await world.network
          .call({
            server: world.registry,
            process,
            timeoutMs: REGISTRY_TIMEOUT_MS,
            execute: () => undefined,
          })
          .catch((cause: unknown) => {
            throw new RegistryUnavailable('the registry does not answer', { cause });
          });
        if (id !== UNKNOWN_SCHEMA_ID) known.add(id);
      }
    },
  };
};

const createEvents = (world: World, process: SimProcess): WorkerEvents => {
  const say = (text: string): void => {
    world.trace(`${process.name}: ${text}`);
  };
  return {
    acquired: (partition, next) => {
      say(`acquired ${String(partition)} at ${String(next)}`);
    },
    rollback: (partition, { next, mark }) => {
      say(`${String(partition)} was rolled back to ${String(next)}, mark ${String(mark)}`);
    },
    rebuild: (partition, mark) => {
      say(`${String(partition)} is rebuilt, mark ${String(mark)}`);
    },
    outcome: () => undefined,
    staged: () => undefined,
    committed: (partition, { next }) => {
      say(`${String(partition)} committed up to ${String(next)}`);
    },
    commitDoubt: (partition, error) => {
      say(`${String(partition)} commit in doubt: ${String(error)}`);
    },
    lostOwnership: (partition, result) => {
      say(`${String(partition)} lost: ${result}`);
    },
    published: () => undefined,
    publishDoubt: (partition, error) => {
      say(`${String(partition)} publish in doubt: ${String(error)}`);
    },
    emitted: () => undefined,
    periodClosed: () => undefined,
    failed: (partition, error) => {
      say(`${String(partition)} failed: ${String(error)}`);
    },
  };
};

const createReader = (world: World, process: SimProcess) => ({
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  find: (kind: string, version: string) => {
    const artefact = SIM_ARTEFACTS.find((one) => one.kind === kind && one.version === version);
    return artefact !== undefined && world.isPublished(artefact) ? artefact : null;
  },
  waitFor: async (kind: string, version: string, deadlineMs: number) => {
    const artefact = SIM_ARTEFACTS.find((one) => one.kind === kind && one.version === version);
    const untilMs = world.scheduler.nowMs() + deadlineMs;
    while (world.scheduler.nowMs() < untilMs) {
      if (artefact !== undefined && world.isPublished(artefact)) return artefact;
      await process.sleep(500);
    }
    return null;
  },
});

/** Starts a process; it joins the group and works on what it is assigned. */
export const startWorkerProcess = (
  world: World,
  options: {
    readonly process: SimProcess;
    readonly random: Random;
    readonly chunkRecordsMax: number;
    readonly cachedCustomersMax: number;
    readonly mutation: Mutation;
  },
): WorkerProcess => {
  const { process, random, mutation } = options;
  const { scheduler, network, broker, redis, group } = world;
  const identities = kafkaIdentities(APP);
  const kafka = createKafkaClient({
    scheduler,
    random,
    network,
    broker,
    group,
    process,
    inputTopic: INPUT_TOPIC,
    partitionCount: world.partitionCount,
  });
  const ownStore = borrowStore({ network, server: redis, process }, world);
  const store = mutation.store?.(ownStore, world) ?? ownStore;
  const client = kafkajsLogClient(kafka);
  const open = createOpenPublisher({
    client,
    inputTopic: INPUT_TOPIC,
    partitionCount: world.partitionCount,
    publishedGroup: identities.publishedGroup,
    transactionalId: (partition) => {
      const id = identities.transactionalId(partition);
      return mutation.transactionalId?.(id, process) ?? id;
    },
    topicOf: outputTopicAt,
  });
  const openPublisher = mutation.openPublisher?.(open) ?? open;
  const pipeline = createScorerPipeline({
    store,
    openPublisher,
    decoder: createDecoder(world, process),
    encoder: outputEncoder,
    artefacts: createArtefactSource(createReader(world, process)),
    events: createEvents(world, process),
    limits: {
      chunkRecordsMax: options.chunkRecordsMax,
      chunkBytesMax: 1 << 20,
      cachedCustomersMax: options.cachedCustomersMax,
      drainBudgetMs: 5_000,
    },
    isFenced: isFencedError,
    isRetriable,
    sleep: (ms) => process.sleep(ms),
    nowMs: () => scheduler.nowMs(),
    onStopped: (partition, { message }) => {
      world.stopped(partition, message);
    },
    onFailed: (error) => {
      world.broken(error);
    },
  });
  const consumer = createInputConsumer({
    client,
    topic: INPUT_TOPIC,
    groupId: identities.scorerGroup,
    partitionCount: world.partitionCount,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    onAssigned: (sources) => {
      world.trace(`${process.name}: assigned ${sources.map((s) => s.partition).join(', ')}`);
      pipeline.assign(sources);
    },
    onCrash: (error) => {
      world.broken(error);
    },
    onProblem: () => undefined,
  });
  consumer.start().catch((error: unknown) => {
    world.trace(`${process.name}: could not start: ${String(error)}`);
    world.exited(process);
  });
  return {
    process,
    consumer,
    shutDown: async () => {
      consumer.stopSources();
      await pipeline.drained();
      await consumer.close();
      process.kill();
    },
  };
};
