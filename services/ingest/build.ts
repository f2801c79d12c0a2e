/**
 * The parts of ingest: one worker per source partition with a transactional id of its own; the offsets
 * committed with the records are those of a group without members, which nothing else writes.
 */
import { describeRecord } from '../../shared/avro/describe-record.js';
import { createRecordDecoder } from '../../shared/avro/record-decoder.js';
import { openRecordEncoder, type RecordEncoder } from '../../shared/avro/record-encoder.js';
import { openRegistry } from '../../shared/avro/registry-client.js';
import { recordSchemas } from '../../shared/avro/record-schemas.js';
import { INPUT_EVENT_TYPES } from '../../shared/core/engine/input-event.js';
import type { LogRecord, PartitionSource } from '../../shared/core/ports.js';
import { createIngestWorker, type IngestWorker } from '../../shared/ingest/ingest-worker.js';
import { parseMapping, type SourceMapping } from '../../shared/ingest/mapping-file.js';
import { createTransform, type Transform } from '../../shared/ingest/transform.js';
import { DEAD_LETTER } from '../../shared/kafka/dead-letter-writer.js';
import { openTopicOffsets, type TopicOffsets } from '../../shared/kafka/topic-offsets.js';
import { kafkaIdentities, topicName } from '../../shared/kafka/topics.js';
import { openTransactor } from '../../shared/kafka/transactor.js';
import type { Part } from '../../shared/lifecycle/lifecycle.js';
import { kafkaOf } from '../../shared/service/kafka-of.js';
import type { ServiceContext, ServiceParts } from '../../shared/service/run-service.js';
import { createTopicEnds } from '../../shared/service/topic-ends.js';
import { createTopicRunner } from '../../shared/service/topic-runner.js';
import { sleepOrThrow } from '../../shared/service/sleep.js';
import { createStopSignal } from '../../shared/service/stop-signal.js';
import { createIngestEvents } from './metrics.js';
import { letterOf, letterPlace, ownPlace } from './source-of.js';

const NAMESPACE = 'kundenpuls.events.';
const EVENT_NAMES = INPUT_EVENT_TYPES.map((type) => `${NAMESPACE}${type}`);

const readMappings = (json: string | null): readonly SourceMapping[] =>
  json === null
    ? []
    : parseMapping(json, {
        fieldsOf: (event) =>
          recordSchemas().has(NAMESPACE + event) ? describeRecord(NAMESPACE + event) : null,
      });

type Open = { readonly offsets: TopicOffsets; readonly transform: Transform };

/** Builds the parts of ingest. */
export const buildIngest = ({ config, log, metrics }: ServiceContext<'ingest'>): ServiceParts => {
  const { app, ingest } = config;
  const mappings = readMappings(ingest.mappingJson);
  const sources = [...new Set([...ingest.topics, ...mappings.map(({ topic }) => topic)])];
  const identities = kafkaIdentities(app.name);
  const customerEvents = topicName(app.topicPrefix, 'customer-events');
  const deadLetters = topicName(app.topicPrefix, 'dead-letters');
  const replays = topicName(app.topicPrefix, 'replays');
  const kafka = kafkaOf(config, { service: 'ingest', log });
  const registry = openRegistry(config.registry);
  const decoder = createRecordDecoder({ registry, names: [...EVENT_NAMES, DEAD_LETTER] });
  const stop = createStopSignal();
  const ends = createTopicEnds([...sources, replays], (error) => {
    log.warn('lag_unknown', { error });
  });
  const troubled = new Map<string, string>();
  let open: Open | null = null;
  const opened = (): Open => {
    if (open === null) throw new Error('the connections are not open');
    return open;
  };

  const letterPlaces = letterPlace(decoder, new Set(sources));
  const prepare = async (topic: string, records: readonly LogRecord[]): Promise<void> => {
    await decoder.prepare(records.map(({ value }) => value));
    if (topic !== replays) return;
    const letters = records.map(({ value }) => letterOf(decoder, new Set(sources), value));
    await decoder.prepare(
      letters.map((letter) =>
        letter === null || letter.value === null ? null : Buffer.from(letter.value),
      ),
    );
  };

  const eventsOf = createIngestEvents(metrics, log, () =>
    runners.map(({ topic, runner }) => ({
      topic,
      lagRecords: runner.workers().reduce((sum, worker) => {
        const high = ends.of(topic, worker.partition) ?? 0;
        return sum + Math.max(0, high - (worker.next() ?? high));
      }, 0),
    })),
  );

  const createWorker = (topic: string, source: PartitionSource): IngestWorker => {
    const events = eventsOf(topic);
    return createIngestWorker(
      {
        topic,
        open: (partition) =>
          openTransactor({
            kafka,
            transactionalId: identities.ingestTransactionalId(topic, partition),
            groupId: identities.ingestGroup,
            topic,
            partition,
          }),
        bounds: async (partition) => (await opened().offsets.bounds(topic))[partition] ?? EMPTY,
        prepare: (records) => prepare(topic, records),
        transform: (record) => opened().transform(record),
        sourceOf: topic === replays ? letterPlaces : ownPlace(topic),
        batchRecordsMax: ingest.batchRecordsMax,
        sleep: (ms) => sleepOrThrow(ms, () => !source.isAssigned()),
        nowMs: () => performance.now(),
        events: {
          ...events,
          trouble: (error) => {
            troubled.set(topic, error instanceof Error ? error.message : String(error));
            events.trouble(error);
          },
          committed: (records, tookMs) => {
            troubled.delete(topic);
            events.committed(records, tookMs);
          },
        },
      },
      source,
    );
  };

  const runners = [...sources, replays].map((topic) => ({
    topic,
    runner: createTopicRunner<IngestWorker>({
      kafka: () => kafka,
      topic,
      groupId: `${identities.ingestGroup}-${topic}`,
      sessionTimeoutMs: config.consumer.sessionTimeoutMs,
      createWorker: (source) => createWorker(topic, source),
      onCrash: stop.fail,
      onProblem: (name, error) => {
        log.warn(name, { topic, error });
      },
    }),
  }));

  const connections: Part = {
    name: 'connections',
    start: async () => {
      const offsets = await openTopicOffsets(kafka);
      for (const topic of sources) {
        if (!(await offsets.exists(topic))) {
          throw new Error(`the source topic ${topic} does not exist; create it or take it out`);
        }
      }
      const mapped = mappings.map(({ event }) => NAMESPACE + event);
      const names = [...new Set([...mapped, DEAD_LETTER])];
      const encoder: RecordEncoder = await openRecordEncoder(registry, names);
      const bounds = await offsets.bounds(customerEvents);
      const transform = createTransform({
        customerEvents,
        deadLetters,
        partitionCount: bounds.length,
        mappings,
        fieldsOf: (event) => describeRecord(NAMESPACE + event),
        decode: decoder.decode,
        inspect: decoder.inspect,
        encode: encoder.encode,
      });
      open = { offsets, transform };
      const stopEnds = await ends.start(offsets);
      return async () => {
        stopEnds();
        await Promise.all([offsets.close(), registry.close()]);
      };
    },
  };

  return {
    parts: [connections, ...runners.map(({ runner }) => runner.part)],
    readiness: () => {
      const reasons = [
        ...runners.flatMap(({ runner }) =>
          runner.isAssigned() ? [] : [`${runner.part.name} waits for its partitions`],
        ),
        ...[...troubled].map(([topic, message]) => `${topic}: ${message}`),
      ];
      return { isReady: reasons.length === 0, reasons };
    },
    until: stop.until,
  };
};

const EMPTY = { low: 0, high: 0 } as const;
