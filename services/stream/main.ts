/**
 * `kundenpuls stream`: publishes a file of orders to Kafka with ticks from event time. With --as-of it
 * publishes the very log that `replay` applies, models included, and so ends in the same scores.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { recordSchemas } from '../../shared/avro/record-schemas.js';
import { openRecordEncoder } from '../../shared/avro/record-encoder.js';
import { openRegistry } from '../../shared/avro/registry-client.js';
import { TableFileError } from '../../shared/files/table-reader.js';
import { ArtefactConflict, openArtefactWriter } from '../../shared/kafka/artefact-writer.js';
import { openEventProducer } from '../../shared/kafka/event-producer.js';
import { kafkaIdentities, topicName } from '../../shared/kafka/topics.js';
import { createLog } from '../../shared/observability/log.js';
import { publishOrders, scoreOrders } from '../../shared/pipeline/score-orders.js';
import { createJobThreads } from '../../shared/service/job-threads.js';
import { kafkaOf } from '../../shared/service/kafka-of.js';
import { createProgressBar } from '../../shared/service/progress-bar.js';
import { loadOrExplain, type ServiceContext } from '../../shared/service/run-service.js';
import {
  openOrderFile,
  parseAsOf,
  type OrderFileOptions,
  type Progress,
} from '../../shared/service/score-file.js';
import { createPace, publishSteps } from './publish.js';

type StreamOptions = OrderFileOptions & { readonly speed: number; readonly asOf?: string };

const PROGRESS_EVERY = 1_000;

/** Runs the command; what a person can mend ends it with a sentence and exit code 1. */
export const run = async (options: StreamOptions): Promise<void> => {
  const config = loadOrExplain('stream');
  if (config === null) return;
  const bar = createProgressBar();
  try {
    const lines = await stream(options, config, bar.update);
    bar.stop();
    process.stdout.write(`${lines.join('\n')}\n`);
  } catch (error) {
    bar.stop();
    if (!(error instanceof TableFileError || error instanceof ArtefactConflict)) throw error;
    process.stderr.write(`kundenpuls stream: ${error.message}\n`);
    process.exitCode = 1;
  }
};

const stream = async (
  options: StreamOptions,
  config: ServiceContext<'stream'>['config'],
  onProgress: Progress,
): Promise<readonly string[]> => {
  const asOfMs = options.asOf === undefined ? Infinity : parseAsOf(options.asOf);
  const { rows, rulebook, rates, remarks } = await openOrderFile(options, onProgress);
  const total = rows.documentCount(asOfMs);
  const orders = rows.events(asOfMs);
  const threads = createJobThreads();
  const steps =
    asOfMs === Infinity
      ? publishOrders({ orders, rulebook, rates })
      : scoreOrders({
          orders,
          asOfMs,
          rulebook,
          rates,
          runJobs: threads.runJobs,
          onTraining: (step, done, of) => {
            onProgress(`training: ${step}`, done, of);
          },
        });
  const log = createLog({ service: 'stream', level: config.app.logLevel });
  const kafka = kafkaOf(config, { service: 'stream', log });
  const registry = openRegistry(config.registry);
  const topic = (name: 'customer-events' | 'models'): string =>
    topicName(config.app.topicPrefix, name);
  const { encode } = await openRecordEncoder(registry, [...recordSchemas().keys()]);
  const producer = await openEventProducer({ kafka, topic: topic('customer-events'), encode });
  const groupPrefix = kafkaIdentities(config.app.name).streamGroup;
  const writer = await openArtefactWriter({ kafka, topic: topic('models'), groupPrefix });
  const startedMs = performance.now();
  try {
    const published = await publishSteps({
      steps,
      producer,
      writer,
      pace: createPace(options.speed, { nowMs: () => performance.now(), sleep }),
      onOrder: (count) => {
        if (count % PROGRESS_EVERY === 0) onProgress('publishing orders', count, total);
      },
    });
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    return [
      ...remarks,
      `${String(published)} orders published to ${topic('customer-events')} in ${seconds} s.`,
    ];
  } finally {
    threads.close();
    await producer.close();
    await writer.close();
    await registry.close();
  }
};
