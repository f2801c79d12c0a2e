/** One round of training with clients of its own: what the trainer's thread runs. */
import { createEventDecoder } from '../../shared/avro/event-decoder.js';
import { openRecordEncoder } from '../../shared/avro/record-encoder.js';
import { openRegistry } from '../../shared/avro/registry-client.js';
import type { ServiceConfig } from '../../shared/config/tables.js';
import { builtinRulebook } from '../../shared/core/rulebook/rulebook.js';
import { openArtefactWriter } from '../../shared/kafka/artefact-writer.js';
import { openEventProducer } from '../../shared/kafka/event-producer.js';
import { readLog } from '../../shared/kafka/read-log.js';
import { kafkaIdentities, topicName } from '../../shared/kafka/topics.js';
import type { Log } from '../../shared/observability/log.js';
import { createJobThreads } from '../../shared/service/job-threads.js';
import { kafkaOf } from '../../shared/service/kafka-of.js';
import { train, type TrainOptions, type TrainOutcome } from './train.js';

/** Reads the log, fits, publishes; throws when Kafka or the registry are away. */
export const runRound = async (
  config: ServiceConfig<'trainer'>,
  {
    log,
    onProgress,
    isWatch,
  }: { readonly log: Log } & Required<Pick<TrainOptions, 'onProgress' | 'isWatch'>>,
): Promise<TrainOutcome> => {
  const { app, trainer } = config;
  const kafka = kafkaOf(config, { service: 'trainer', log });
  const registry = openRegistry(config.registry);
  const topic = topicName(app.topicPrefix, 'customer-events');
  const identities = kafkaIdentities(app.name);
  const { encode } = await openRecordEncoder(registry, ['kundenpuls.events.ArtefactActivated']);
  const writer = await openArtefactWriter({
    kafka,
    topic: topicName(app.topicPrefix, 'models'),
    groupPrefix: identities.artefactsGroup,
  });
  const threads = createJobThreads();
  const producer = await openEventProducer({ kafka, topic, encode });
  try {
    return await train({
      rulebook: builtinRulebook,
      isActivating: trainer.isActivating,
      decoder: createEventDecoder({ registry }),
      writer,
      producer,
      onProgress,
      isWatch,
      runJobs: threads.runJobs,
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
    threads.close();
    await producer.close();
    await writer.close();
    await registry.close();
  }
};
