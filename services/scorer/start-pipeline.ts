/** Joins adapters and pipeline, starts reading, and returns how to drain and stop. */
import { setTimeout as sleep } from 'node:timers/promises';
import { hostname } from 'node:os';
import type { Kafka } from 'kafkajs';
import { createEventDecoder } from '../../shared/avro/event-decoder.js';
import { packageRoot } from '../../shared/avro/package-root.js';
import { openRecordEncoder } from '../../shared/avro/record-encoder.js';
import type { LogClient } from '../../shared/kafka/log-client.js';
import { createInputConsumer, silenceMsMax } from '../../shared/kafka/input-consumer.js';
import { isFencedError } from '../../shared/kafka/fenced-error.js';
import { createOpenPublisher } from '../../shared/kafka/output-publisher.js';
import { kafkaIdentities, outputTopicAt, topicName } from '../../shared/kafka/topics.js';
import { openScorerLogClient } from '../../shared/service/kafka-of.js';
import { explainRefusal } from '../../shared/redis/client.js';
import { createStateStore } from '../../shared/redis/state-store.js';
import type { ServiceContext } from '../../shared/service/run-service.js';
import type { Adapters } from './adapters.js';
import { createArtefactSource } from './artefacts.js';
import { createScorerEvents, observePipeline } from './metrics.js';
import { createOutputEncoder, OUTPUT_RECORDS } from './output-encoder.js';
import { createScorerPipeline, type ScorerPipelineOptions } from './pipeline.js';
import type { Readiness } from './readiness.js';
import { isRetriable } from './retriable.js';
import { checkTopics } from './start-checks.js';
import { startWatchdog } from './watchdog.js';

export type StartOptions = {
  readonly adapters: Adapters;
  readonly readiness: Readiness;
  readonly onFailed: (error: unknown) => void;
};

/** Starts the pipeline; the returned function drains it and leaves the group. */
export const startPipeline = async (
  context: ServiceContext<'scorer'>,
  { adapters, readiness, onFailed }: StartOptions,
): Promise<() => Promise<void>> => {
  const { config, log, metrics } = context;
  const { app, scorer } = config;
  const { kafka, redis } = adapters;
  const client = await openScorerLogClient(config, kafka);
  const partitionCount = await countPartitions(kafka, app.topicPrefix);
  const ports = await openPorts(context, { ...adapters, client, partitionCount });
  const reported = createScorerEvents(metrics, log, Date.now);
  const events = {
    ...reported,
    commitDoubt: (partition: number, error: unknown) => {
      reported.commitDoubt(partition, explainRefusal(redis, error));
    },
  };
  const pipeline = createScorerPipeline({
    ...ports,
    events,
    limits: scorer,
    isFenced: isFencedError,
    isRetriable,
    // What waits between tries keeps no process alive that has to end.
    sleep: (ms) => sleep(ms, undefined, { ref: false }),
    nowMs: () => performance.now(),
    onStopped: events.stopped,
    onFailed,
  });
  const input = createInputConsumer({
    client,
    topic: topicName(app.topicPrefix, 'customer-events'),
    groupId: kafkaIdentities(app.name).scorerGroup,
    partitionCount,
    sessionTimeoutMs: scorer.sessionTimeoutMs,
    onAssigned: pipeline.assign,
    onCrash: onFailed,
    onProblem: (name, error) => {
      log.warn(name, { error });
    },
  });
  const watchdog = startWatchdog({
    silenceMsMax: silenceMsMax(scorer.sessionTimeoutMs),
    lastActiveMs: input.lastActiveMs,
    onSilent: onFailed,
  });
  const observer = observePipeline(metrics, { pipeline, input, store: ports.store });
  readiness.watch({ pipeline, input });
  await input.start();
  return async () => {
    watchdog.stop();
    observer.stop();
    input.stopSources();
    await pipeline.drained();
    await input.close();
  };
};

type Ports = Pick<
  ScorerPipelineOptions,
  'store' | 'decoder' | 'encoder' | 'artefacts' | 'openPublisher'
>;

const openPorts = async (
  { config: { app } }: ServiceContext<'scorer'>,
  {
    client,
    redis,
    registry,
    reader,
    partitionCount,
  }: Adapters & { readonly client: LogClient; readonly partitionCount: number },
): Promise<Ports> => {
  const identities = kafkaIdentities(app.name);
  const inputTopic = topicName(app.topicPrefix, 'customer-events');
  return {
    store: createStateStore({
      redis,
      app: app.name,
      owner: `${hostname()}:${String(process.pid)}`,
      projectFolder: packageRoot(),
      nowMs: Date.now,
    }),
    decoder: createEventDecoder({ registry }),
    encoder: createOutputEncoder(await openRecordEncoder(registry, OUTPUT_RECORDS), { inputTopic }),
    artefacts: createArtefactSource(reader),
    openPublisher: createOpenPublisher({
      client,
      inputTopic,
      partitionCount,
      publishedGroup: identities.publishedGroup,
      transactionalId: (partition) => identities.transactionalId(partition),
      topicOf: (output) => topicName(app.topicPrefix, outputTopicAt(output)),
    }),
  };
};

const countPartitions = async (kafka: Kafka, prefix: string): Promise<number> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await checkTopics(admin, prefix);
  } finally {
    await admin.disconnect();
  }
};
