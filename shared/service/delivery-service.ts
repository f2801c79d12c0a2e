/**
 * The delivering services, crm-sync and sales-alerts, which differ only in their topics: every topic is
 * read once per sink, so that files go on while the webhook's receiver is away, and the webhook also
 * reads the replays of dead letters. Wiring only; the rules are in shared/delivery.
 */
import { openRecordEncoder, type RecordEncoder } from '../avro/record-encoder.js';
import { createRecordDecoder, type RecordDecoder } from '../avro/record-decoder.js';
import { openRegistry, type RegistryClient } from '../avro/registry-client.js';
import type { DeadLetter } from '../core/contract.generated.js';
import { letterAbout } from '../core/validation/dead-letter.js';
import { isReasonCode, reasonSentence } from '../core/validation/reasons.js';
import type { PartitionSource } from '../core/ports.js';
import { createDispatcher } from '../delivery/dispatcher.js';
import { createFileSink } from '../delivery/file-sink.js';
import { createRenderer, createReplayRenderer, type Origin } from '../delivery/message.js';
import { FILE_BYTES_MAX, openNdjsonLog } from '../delivery/ndjson-log.js';
import { createReceiver, type Receiver } from '../delivery/receiver.js';
import type { PartitionSink, SinkDeps } from '../delivery/partition-sink.js';
import { openWebhook, type WebhookClient } from '../delivery/webhook-client.js';
import { createWebhookSink } from '../delivery/webhook-sink.js';
import {
  DEAD_LETTER,
  openDeadLetterWriter,
  type DeadLetterWriter,
} from '../kafka/dead-letter-writer.js';
import { openTopicOffsets, type TopicOffsets } from '../kafka/topic-offsets.js';
import { kafkaIdentities, topicName, TOPICS, type TopicName } from '../kafka/topics.js';
import type { Part } from '../lifecycle/lifecycle.js';
import type { HealthReport } from '../observability/server.js';
import { createDeliveryMetrics, type SinkProbe } from './delivery-metrics.js';
import { kafkaOf } from './kafka-of.js';
import { openLetterBox } from './letter-box.js';
import { createLetterMonitor } from './letter-monitor.js';
import type { ServiceContext, ServiceParts } from './run-service.js';
import { sleepOrThrow } from './sleep.js';
import { createStopSignal } from './stop-signal.js';
import { createTopicEnds } from './topic-ends.js';
import { createTopicRunner, type TopicRunner } from './topic-runner.js';

export type DeliveringService = 'crm-sync' | 'sales-alerts';

export type DeliveryService = {
  readonly name: DeliveringService;
  readonly topics: readonly TopicName[];
  readonly groupId: string;
  /** Watches the dead letters and erases those of erased customers; one service does it for all. */
  readonly isKeeperOfLetters: boolean;
};

type SinkName = 'webhook' | 'files';

/** What is open while the service runs. */
type Open = {
  readonly registry: RegistryClient;
  readonly decoder: RecordDecoder;
  readonly offsets: TopicOffsets;
  readonly letters: DeadLetterWriter;
};

/** The dead letter of a record that cannot be delivered; the same however often it is written. */
const letterOf = (
  service: DeliveringService,
  origin: Origin,
  code: string,
  detail: string,
): DeadLetter =>
  letterAbout(origin, {
    service,
    code,
    reason: isReasonCode(code) ? reasonSentence(code, detail) : detail,
  });

const openWebhookOf = ({
  webhookUrl,
  webhookSecret,
  webhookTimeoutMs,
  webhookInFlightMax,
}: ServiceContext<DeliveringService>['config']['delivery']): WebhookClient | null =>
  webhookUrl === ''
    ? null
    : openWebhook({
        url: webhookUrl,
        secret: webhookSecret,
        timeoutMs: webhookTimeoutMs,
        connectionsMax: webhookInFlightMax,
        userAgent: 'kundenpuls',
      });

/** Builds the parts of a delivering service. */
export const buildDelivery = (
  { config, log, metrics }: ServiceContext<DeliveringService>,
  service: DeliveryService,
): ServiceParts => {
  const { app, delivery } = config;
  const named = (name: TopicName): string => topicName(app.topicPrefix, name);
  const topics = service.topics.map(named);
  const deadLetters = named('dead-letters');
  const group = kafkaIdentities(app.name).deadLettersGroup;
  const kafka = kafkaOf(config, { service: service.name, log });
  let open: Open | null = null;
  let isStopping = false;
  const stop = createStopSignal();
  const troubles = new Map<string, string>();
  const opened = (): Open => {
    if (open === null) throw new Error('the connections are not open');
    return open;
  };

  const ends = createTopicEnds([...topics, named('replays')], (error) => {
    log.warn('lag_unknown', { error });
  });
  const probes: SinkProbe[] = [];
  const meter = createDeliveryMetrics(metrics, () => probes, Date.now);
  const receiver = createReceiver({
    inFlightMax: delivery.webhookInFlightMax,
    delayMsMax: delivery.retryDelayMsMax,
    nowMs: () => performance.now(),
    sleep: (ms) => sleepOrThrow(ms, () => isStopping),
  });
  const webhook = openWebhookOf(delivery);

  const eraseLetters = async (customerId: string): Promise<void> => {
    if (!service.isKeeperOfLetters) return;
    const { registry, letters } = opened();
    const box = openLetterBox({ kafka, registry, topicPrefix: app.topicPrefix, group });
    await letters.settle(await box.readOpenOf(customerId));
  };

  const depsOf = (sink: SinkName, topic: string, groupId: string): SinkDeps => {
    const at = `${sink} of ${topic}`;
    const reader = {
      prepare: (values: readonly (Buffer | null)[]) => opened().decoder.prepare(values),
      decode: (value: Buffer | null) => opened().decoder.decode(value),
    };
    return {
      topic,
      renderer:
        topic === named('replays')
          ? createReplayRenderer(reader, new Set(topics))
          : createRenderer(reader),
      park: (origin, code, detail) => {
        const { partition, offset } = origin;
        log.warn('record_parked', { topic: origin.topic, partition, offset, code });
        return opened().letters.write(letterOf(service.name, origin, code, detail));
      },
      committed: (partition) => opened().offsets.committed(groupId, topic, partition),
      bounds: async (partition) => {
        const bounds = await opened().offsets.bounds(topic);
        return bounds[partition] ?? { low: 0, high: 0 };
      },
      onErased: eraseLetters,
      events: {
        settled: (outcome, count) => {
          troubles.delete(at);
          if (count > 0) meter.settled({ sink, topic }, outcome, count);
        },
        trouble: (error) => {
          meter.trouble(sink);
          troubles.set(at, `${at}: ${error instanceof Error ? error.message : String(error)}`);
          log.warn('delivery_waits', { sink, topic, error });
        },
        gap: (partition, from, to) => {
          meter.trouble('gap');
          log.error('records_gone_undelivered', { sink, topic, partition, from, to });
        },
      },
      sleep: (ms) => sleepOrThrow(ms, () => isStopping),
    };
  };

  const webhookSink = (deps: SinkDeps, client: WebhookClient, source: PartitionSource) =>
    createWebhookSink(
      {
        ...deps,
        createDispatcher: (isStopped) =>
          createDispatcher({
            post: client.post,
            receiver,
            retryDelayMsMax: delivery.retryDelayMsMax,
            sleep: (ms) => sleepOrThrow(ms, isStopped),
            isStopped,
            random: Math.random,
            nowMs: () => performance.now(),
            events: {
              called: (answer, tookMs) => {
                meter.called(answer.kind, tookMs);
                if (answer.kind === 'refused') meter.refused(answer.status);
              },
              retrying: meter.retried,
            },
          }),
      },
      source,
    );
  const fileSink = (deps: SinkDeps, source: PartitionSource) =>
    createFileSink(
      {
        ...deps,
        openLog: (partition) =>
          openNdjsonLog({
            folder: delivery.ndjsonFolder,
            topic: deps.topic,
            partition,
            fileBytesMax: FILE_BYTES_MAX,
          }),
      },
      source,
    );

  const runnerOf = (sink: SinkName, topic: string): TopicRunner<PartitionSink> => {
    const base = topic.slice(app.topicPrefix.length);
    const groupId = `${service.groupId}-${sink}-${base}`;
    const deps = depsOf(sink, topic, groupId);
    const runner = createTopicRunner<PartitionSink>({
      kafka: () => kafka,
      topic,
      groupId,
      sessionTimeoutMs: config.consumer.sessionTimeoutMs,
      createWorker: (source) =>
        sink === 'webhook' && webhook !== null
          ? webhookSink(deps, webhook, source)
          : fileSink(deps, source),
      onCrash: stop.fail,
      onProblem: (name, error) => {
        log.warn(name, { topic, error });
      },
    });
    probes.push({
      sink,
      topic,
      partitions: () => runner.workers().map((worker) => worker.pending()),
      high: (partition) => ends.of(topic, partition),
    });
    return runner;
  };

  const runners = [
    ...(webhook === null ? [] : [...topics, named('replays')].map((t) => runnerOf('webhook', t))),
    ...(delivery.ndjsonFolder === '' ? [] : topics.map((t) => runnerOf('files', t))),
  ];

  const connections: Part = {
    name: 'connections',
    start: async () => {
      const registry = openRegistry(config.registry);
      const encoder: RecordEncoder = await openRecordEncoder(registry, [DEAD_LETTER]);
      const records = service.topics.flatMap((name) => TOPICS[name].records);
      open = {
        registry,
        decoder: createRecordDecoder({ registry, names: [...records, DEAD_LETTER] }),
        offsets: await openTopicOffsets(kafka),
        letters: await openDeadLetterWriter({
          kafka,
          topic: deadLetters,
          encode: encoder.encode,
        }),
      };
      const stopEnds = await ends.start(open.offsets);
      return async () => {
        stopEnds();
        const { offsets, letters } = opened();
        await Promise.all([offsets.close(), letters.close(), registry.close(), webhook?.close()]);
      };
    },
  };
  const stopFlag = stopFlagPart(() => {
    isStopping = true;
  });
  const monitor = createLetterMonitor({
    kafka,
    topic: deadLetters,
    groupPrefix: group,
    decoder: () => opened().decoder,
    metrics,
    onProblem: (name, error) => {
      log.warn(name, { error });
    },
  });
  return {
    parts: [
      connections,
      ...(service.isKeeperOfLetters ? [monitor] : []),
      ...runners.map(({ part }) => part),
      stopFlag,
    ],
    readiness: () => readinessOf(runners, receiver, troubles),
    until: stop.until,
  };
};

/** Stops first: what sleeps between tries then gives up, so that the sinks drain. */
const stopFlagPart = (set: () => void): Part => ({
  name: 'stop flag',
  start: () =>
    Promise.resolve(() => {
      set();
      return Promise.resolve();
    }),
});

const readinessOf = (
  runners: readonly TopicRunner<PartitionSink>[],
  receiver: Receiver,
  troubles: ReadonlyMap<string, string>,
): HealthReport => {
  const reasons = [
    ...runners.flatMap(({ part, isAssigned }) =>
      isAssigned() ? [] : [`${part.name} waits for its partitions`],
    ),
    ...troubles.values(),
  ];
  const away = receiver.trouble();
  if (away !== null) reasons.push(`the receiver of the webhook takes nothing: ${away}`);
  return { isReady: reasons.length === 0, reasons };
};
