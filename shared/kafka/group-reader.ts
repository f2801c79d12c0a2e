/**
 * A member of a group on kafkajs. A handler returns at once, so that kafkajs goes on fetching and
 * heart-beating while the worker works.
 */
import type { EachBatchPayload, Kafka } from 'kafkajs';
import { toLogHeaders } from './headers.js';
import {
  FETCH,
  heartbeatIntervalMs,
  type FetchedBatch,
  type GroupReader,
  type GroupReaderEvents,
  type GroupReaderOptions,
  type LogClient,
} from './log-client.js';
import { openTransactor } from './transactor.js';

const PARTITIONS_CONCURRENTLY_MAX = 64;

/** kafkajs knows the offset a batch was asked for, its types do not. */
const fetchedOffsetOf = (batch: object): number =>
  Number('fetchedOffset' in batch ? batch.fetchedOffset : Number.NaN);

const toFetchedBatch = (batch: EachBatchPayload['batch']): FetchedBatch => ({
  fetchedOffset: fetchedOffsetOf(batch),
  highWatermark: Number(batch.highWatermark),
  lastOffset: Number(batch.lastOffset()),
  forEach: (take) => {
    for (const { offset, timestamp, key, value, headers } of batch.messages) {
      take(
        { offset: Number(offset), timestampMs: Number(timestamp), key, value },
        toLogHeaders(headers),
      );
    }
  },
});

const createConsumer = (kafka: Kafka, options: GroupReaderOptions) =>
  kafka.consumer({
    groupId: options.groupId,
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: options.rebalanceTimeoutMs,
    heartbeatInterval: heartbeatIntervalMs(options.sessionTimeoutMs),
    maxBytesPerPartition: FETCH.maxBytesPerPartition,
    maxBytes: FETCH.maxBytes,
    minBytes: 1,
    maxWaitTimeInMs: FETCH.maxWaitMs,
    readUncommitted: false,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 100, retries: 10, restartOnFailure: () => Promise.resolve(true) },
  });

type Consumer = ReturnType<typeof createConsumer>;

const listen = (consumer: Consumer, topic: string, events: GroupReaderEvents): void => {
  consumer.on(consumer.events.HEARTBEAT, events.onAlive);
  consumer.on(consumer.events.FETCH, events.onAlive);
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) events.onCrash(payload.error);
    else events.onProblem('consumer_restarts', payload.error);
  });
  // Batches of nothing but aborted records and markers are not handed out, only reported here.
  consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize > 0) return;
    events.onSkipped(payload.partition, {
      firstOffset: Number(payload.firstOffset),
      lastOffset: Number(payload.lastOffset),
    });
  });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const assigned = payload.memberAssignment[topic] ?? [];
    // Before the first fetch of this assignment: positions are the workers' to set.
    if (assigned.length > 0) consumer.pause([{ topic, partitions: [...assigned] }]);
    events.onAssigned(assigned);
  });
};

const createGroupReader = (kafka: Kafka, options: GroupReaderOptions): GroupReader => {
  const { topic } = options;
  const consumer = createConsumer(kafka, options);
  const admin = kafka.admin();
  const only = (partition: number) => [{ topic, partitions: [partition] }];
  return {
    start: async (events) => {
      listen(consumer, topic, events);
      await Promise.all([admin.connect(), consumer.connect()]);
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: PARTITIONS_CONCURRENTLY_MAX,
        eachBatch: (payload) => {
          const { batch } = payload;
          events.onAlive();
          if (!payload.isStale()) events.onBatch(batch.partition, toFetchedBatch(batch));
          payload.resolveOffset(batch.lastOffset());
          return Promise.resolve();
        },
      });
    },
    seek: (partition, offset) => {
      consumer.seek({ topic, partition, offset: String(offset) });
    },
    pause: (partition) => {
      consumer.pause(only(partition));
    },
    resume: (partition) => {
      consumer.resume(only(partition));
    },
    ranges: async () =>
      (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
        partition,
        start: Number(low),
        end: Number(high),
      })),
    commit: (offsets) =>
      consumer.commitOffsets(
        offsets.map(({ partition, offset }) => ({ topic, partition, offset: String(offset) })),
      ),
    close: async () => {
      await Promise.all([consumer.disconnect(), admin.disconnect()]);
    },
  };
};

/** The port on kafkajs; the client is the caller's to configure. */
export const kafkajsLogClient = (kafka: Kafka): LogClient => ({
  openTransactor: (options) => openTransactor({ kafka, ...options }),
  createGroupReader: (options) => createGroupReader(kafka, options),
});
