/**
 * `kundenpuls trainer`: fits, back-tests and publishes models on the orders in the log, on a schedule or
 * once. A fit computes for seconds to minutes; meanwhile nothing else of this process answers, and
 * nothing else depends on it.
 */
import { createEventDecoder } from '../../shared/avro/event-decoder.js';
import { openRecordEncoder } from '../../shared/avro/record-encoder.js';
import { openRegistry } from '../../shared/avro/registry-client.js';
import { builtinRulebook } from '../../shared/core/rulebook/rulebook.js';
import { openArtefactWriter } from '../../shared/kafka/artefact-writer.js';
import { openEventProducer } from '../../shared/kafka/event-producer.js';
import { readLog } from '../../shared/kafka/read-log.js';
import { kafkaIdentities, topicName } from '../../shared/kafka/topics.js';
import { kafkaOf } from '../../shared/service/kafka-of.js';
import { createProgressBar } from '../../shared/service/progress-bar.js';
import {
  runService,
  type ServiceContext,
  type ServiceParts,
} from '../../shared/service/run-service.js';
import { sleepUnless } from '../../shared/service/sleep.js';
import { createTrainerMetrics } from './metrics.js';
import { train, type TrainOutcome } from './train.js';

/** With too little to learn from, or after a failure, the next try comes sooner than the schedule. */
const RETRY_MS_MAX = 60_000;

/** Runs on the schedule until told to stop, or one round with `once`. */
export const run = ({ once = false }: { readonly once?: boolean }): Promise<void> =>
  runService({ name: 'trainer', build: (context) => build(context, once) });

const build = (context: ServiceContext<'trainer'>, isOnce: boolean): ServiceParts => {
  const { config, log, metrics } = context;
  const report = createTrainerMetrics(metrics);
  const round = async (): Promise<TrainOutcome> => {
    const startedMs = performance.now();
    const outcome = await trainOnce(context, isOnce);
    report.ended(outcome, performance.now() - startedMs);
    log.info('training_ended', { outcome: outcome.kind, sentence: outcome.sentence });
    return outcome;
  };
  const until = async (stop: AbortSignal): Promise<void> => {
    if (isOnce) {
      const { sentence } = await round();
      process.stdout.write(`${sentence}\n`);
      return;
    }
    const { intervalMs } = config.trainer;
    while (!stop.aborted) {
      let waitMs = Math.min(intervalMs, RETRY_MS_MAX);
      try {
        if ((await round()).kind === 'trained') waitMs = intervalMs;
      } catch (error) {
        report.failed();
        log.error('training_failed', { error });
      }
      await sleepUnless(stop, waitMs);
    }
  };
  return { parts: [], readiness: () => ({ isReady: true, reasons: [] }), until };
};

const trainOnce = async (
  { config, log }: ServiceContext<'trainer'>,
  hasBar: boolean,
): Promise<TrainOutcome> => {
  const { app, trainer } = config;
  const kafka = kafkaOf(config, { service: 'trainer', log });
  const registry = openRegistry(config.registry);
  const topic = topicName(app.topicPrefix, 'customer-events');
  const identities = kafkaIdentities(app.name);
  const bar = hasBar ? createProgressBar() : null;
  const onProgress = (step: string, done: number, total: number): void => {
    bar?.update(step, done, total);
  };
  const { encode } = await openRecordEncoder(registry, ['kundenpuls.events.ArtefactActivated']);
  const writer = await openArtefactWriter({
    kafka,
    topic: topicName(app.topicPrefix, 'models'),
    groupPrefix: identities.artefactsGroup,
  });
  const producer = await openEventProducer({ kafka, topic, encode });
  try {
    return await train({
      rulebook: builtinRulebook,
      isActivating: trainer.isActivating,
      decoder: createEventDecoder({ registry }),
      writer,
      producer,
      onProgress,
      nowMs: Date.now,
      readAll: (onRecords) =>
        readLog(kafka, {
          topic,
          groupPrefix: identities.trainerGroup,
          onRecords,
          onProgress: (done, total) => {
            onProgress('reading the log', done, total);
          },
        }),
    });
  } finally {
    bar?.stop();
    await producer.close();
    await writer.close();
    await registry.close();
  }
};
