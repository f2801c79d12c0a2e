/**
 * The port on @platformatic/kafka. Its members of a group do not share one with kafkajs's: their
 * assignors have other names, so a deployment changes its client all at once.
 */
import type { Consumer } from '@platformatic/kafka';
import type { KafkaConnection } from '../client.js';
import {
  heartbeatIntervalMs,
  type GroupReader,
  type GroupReaderEvents,
  type GroupReaderOptions,
  type LogClient,
  type PartitionRange,
} from '../log-client.js';
import { createFetcher, type Fetcher } from './fetcher.js';
import {
  backOff,
  connectionOptions,
  inWords,
  loadLibrary,
  type ConnectionOptions,
  type Library,
} from './library.js';
import { openTransactor } from './transactor.js';

const RETRIES_MAX = 8;
const FIRST_RETRY_MS = 100;
const RETRY_MS_MAX = 2_000;

const EARLIEST = -2n;
const LATEST = -1n;

const createConsumer = (
  { Consumer: ConsumerClass }: Library,
  connection: ConnectionOptions,
  options: GroupReaderOptions,
): Consumer =>
  new ConsumerClass({
    ...connection,
    groupId: options.groupId,
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: options.rebalanceTimeoutMs,
    heartbeatInterval: heartbeatIntervalMs(options.sessionTimeoutMs),
    autocommit: false,
    retries: RETRIES_MAX,
    retryDelay: backOff(FIRST_RETRY_MS, RETRY_MS_MAX),
  });

const listen = (
  consumer: Consumer,
  { fetcher, topic }: { readonly fetcher: Fetcher; readonly topic: string },
  events: GroupReaderEvents,
): void => {
  consumer.on('error', (error) => {
    events.onProblem('consumer_failed', error);
  });
  consumer.on('consumer:heartbeat:end', events.onAlive);
  consumer.on('consumer:heartbeat:stalled', ({ lastError }) => {
    events.onCrash(lastError ?? new Error('the group gave no sign of life for too long'));
  });
  consumer.on('consumer:group:join', ({ assignments }) => {
    const assigned = assignments?.find((each) => each.topic === topic)?.partitions ?? [];
    fetcher.assign(assigned);
    events.onAssigned(assigned);
  });
};

const readRanges = async (
  consumer: Consumer,
  topic: string,
): Promise<readonly PartitionRange[]> => {
  const topics = [topic];
  const [starts, ends] = await Promise.all([
    consumer.listOffsets({ topics, timestamp: EARLIEST }),
    consumer.listOffsets({ topics, timestamp: LATEST }),
  ]);
  return (ends.get(topic) ?? []).map((end, partition) => ({
    partition,
    start: Number(starts.get(topic)?.[partition] ?? 0n),
    end: Number(end),
  }));
};

const createGroupReader = (
  library: Library,
  connection: ConnectionOptions,
  options: GroupReaderOptions,
): GroupReader => {
  const { topic } = options;
  const consumer = createConsumer(library, connection, options);
  const ranges = () => inWords('reading the ends of the log', () => readRanges(consumer, topic));
  let events: GroupReaderEvents | null = null;
  const fetcher = createFetcher({
    library,
    connection,
    consumer,
    topic,
    onBatch: (partition, batch) => events?.onBatch(partition, batch),
    onAlive: () => events?.onAlive(),
    onProblem: (name, error) => events?.onProblem(name, error),
    startOf: async (partition) =>
      (await ranges()).find((range) => range.partition === partition)?.start ?? 0,
  });
  return {
    ...fetcher,
    start: async (given) => {
      events = given;
      listen(consumer, { fetcher, topic }, given);
      consumer.topics.track(topic);
      await inWords('joining the group', () => consumer.joinGroup());
    },
    ranges,
    commit: (offsets) =>
      inWords('committing offsets', () =>
        consumer.commit({
          offsets: offsets.map(({ partition, offset }) => ({
            topic,
            partition,
            offset: BigInt(offset),
            leaderEpoch: -1,
          })),
        }),
      ),
    close: async () => {
      await fetcher.close();
      await consumer.close(true);
    },
  };
};

/** Opens the port; throws in words where Node.js is too old. */
export const openPlatformaticLogClient = async (
  given: KafkaConnection,
  clientId: string,
): Promise<LogClient> => {
  const library = await loadLibrary();
  const connection = connectionOptions(given, clientId);
  return {
    openTransactor: (options) => openTransactor(library, connection, options),
    createGroupReader: (options) => createGroupReader(library, connection, options),
  };
};
