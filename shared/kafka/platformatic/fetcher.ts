/**
 * Fetches positioned partitions, one loop for each broker that leads any of them. The library's own stream
 * cannot be positioned once it runs, nor pause a single partition.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from '@platformatic/kafka';
import { FETCH, type FetchedBatch, type PartitionControls } from '../log-client.js';
import {
  committedBatches,
  lastOffsetOf,
  takeBatch,
  type FetchedPartition,
} from './committed-batches.js';
import { protocolErrorsIn, type ConnectionOptions, type Library } from './library.js';

const RETRY_MS = 100;
const RETRY_MS_MAX = 2_000;
/** Leaders and the end of the log are not known to the broker that is asked, yet. */
const NO_EPOCH = -1;
const NO_LEADER = -1;

type Position = { offset: number; isPaused: boolean };
type Wanted = { readonly partition: number; readonly position: Position; readonly offset: number };

export type FetcherOptions = {
  readonly library: Library;
  readonly connection: ConnectionOptions;
  readonly consumer: Consumer;
  readonly topic: string;
  readonly onBatch: (partition: number, batch: FetchedBatch) => void;
  readonly onAlive: () => void;
  readonly onProblem: (name: string, error: unknown) => void;
  /** Where the log of a partition starts. */
  readonly startOf: (partition: number) => Promise<number>;
};

export type Fetcher = PartitionControls & {
  /** Replaces the partitions; all are paused until they are positioned and resumed. */
  readonly assign: (partitions: readonly number[]) => void;
  readonly close: () => Promise<void>;
};

const toFetchedBatch = (
  fetched: FetchedPartition,
  { fetchedOffset, lastOffset }: { readonly fetchedOffset: number; readonly lastOffset: number },
): FetchedBatch => ({
  fetchedOffset,
  lastOffset,
  highWatermark: Number(fetched.highWatermark),
  forEach: (take) => {
    for (const batch of committedBatches(fetched)) takeBatch(batch, fetchedOffset, take);
  },
});

/** Creates a fetcher without partitions. */
export const createFetcher = (options: FetcherOptions): Fetcher => {
  const { library, connection, consumer, topic } = options;
  // Its own connections: a broker answers in order, and a fetch must not wait behind a join.
  const connectionPool = new library.ConnectionPool(connection.clientId, connection);
  let positions = new Map<number, Position>();
  const loops = new Map<number, Promise<void>>();
  let isClosed = false;
  let isStartWanted = false;
  let starting: Promise<void> | null = null;

  const topicMetadata = async (isForced: boolean) => {
    const { topics } = await consumer.metadata({ topics: [topic], forceUpdate: isForced });
    const found = topics.get(topic);
    if (found === undefined) throw new Error(`the topic ${topic} does not exist`);
    return found;
  };
  type TopicMetadata = Awaited<ReturnType<typeof topicMetadata>>;

  const wantedOf = (node: number, { partitions }: TopicMetadata): readonly Wanted[] =>
    [...positions].flatMap(([partition, position]) =>
      !position.isPaused && position.offset >= 0 && partitions[partition]?.leader === node
        ? [{ partition, position, offset: position.offset }]
        : [],
    );

  const take = (fetched: FetchedPartition, wanted: Wanted | undefined): void => {
    const lastOffset = lastOffsetOf(fetched);
    if (wanted === undefined || lastOffset === null) return;
    const { partition, position, offset } = wanted;
    // It was positioned anew or assigned to somebody else while the answer was under way.
    if (positions.get(partition) !== position || position.offset !== offset) return;
    position.offset = lastOffset + 1;
    options.onBatch(partition, toFetchedBatch(fetched, { fetchedOffset: offset, lastOffset }));
  };

  const fetchOnce = async (
    node: number,
    { id }: TopicMetadata,
    wanted: readonly Wanted[],
  ): Promise<void> => {
    const answer = await consumer.fetch({
      node,
      connectionPool,
      maxWaitTime: FETCH.maxWaitMs,
      minBytes: 1,
      maxBytes: FETCH.maxBytes,
      isolationLevel: library.FetchIsolationLevels.READ_COMMITTED,
      topics: [
        {
          topicId: id,
          partitions: wanted.map(({ partition, offset }) => ({
            partition,
            fetchOffset: BigInt(offset),
            currentLeaderEpoch: NO_EPOCH,
            lastFetchedEpoch: NO_EPOCH,
            partitionMaxBytes: FETCH.maxBytesPerPartition,
          })),
        },
      ],
    });
    options.onAlive();
    const byPartition = new Map(wanted.map((each) => [each.partition, each]));
    for (const { partitions } of answer.responses) {
      for (const fetched of partitions) take(fetched, byPartition.get(fetched.partitionIndex));
    }
  };

  /** Jumps to where the log starts, as kafkajs does; the source notices and asks what was lost. */
  const jumpToStart = async (wanted: readonly Wanted[]): Promise<void> => {
    for (const { partition, position, offset } of wanted) {
      const start = await options.startOf(partition);
      if (position.offset === offset && offset < start) position.offset = start;
    }
  };

  const recover = async (error: unknown, wanted: readonly Wanted[]): Promise<void> => {
    options.onProblem('fetch_failed', error);
    try {
      if (protocolErrorsIn(error).includes('OFFSET_OUT_OF_RANGE')) await jumpToStart(wanted);
      await topicMetadata(true);
    } catch (again) {
      options.onProblem('metadata_unknown', again);
    }
  };

  /** Fetches from a broker as long as it leads partitions that are wanted. */
  const run = async (node: number): Promise<void> => {
    let retryMs = RETRY_MS;
    while (!isClosed) {
      let wanted: readonly Wanted[] = [];
      try {
        const metadata = await topicMetadata(false);
        wanted = wantedOf(node, metadata);
        if (wanted.length === 0) return;
        await fetchOnce(node, metadata, wanted);
        retryMs = RETRY_MS;
      } catch (error) {
        await recover(error, wanted);
        await sleep(retryMs);
        retryMs = Math.min(2 * retryMs, RETRY_MS_MAX);
        startLoops();
      }
    }
  };

  /** Starts the loops that lack; true when a partition is wanted that nobody leads at the moment. */
  const startMissing = async (isForced: boolean): Promise<boolean> => {
    const metadata = await topicMetadata(isForced);
    for (const node of new Set(metadata.partitions.map(({ leader }) => leader))) {
      if (node < 0 || loops.has(node) || wantedOf(node, metadata).length === 0) continue;
      const loop = run(node).finally(() => {
        loops.delete(node);
        // A partition may have been resumed while the loop was about to end.
        startLoops();
      });
      loops.set(node, loop);
    }
    return wantedOf(NO_LEADER, metadata).length > 0;
  };

  const startAll = async (): Promise<void> => {
    let isForced = false;
    while (!isClosed) {
      try {
        if (!(await startMissing(isForced))) return;
      } catch (error) {
        options.onProblem('metadata_unknown', error);
      }
      isForced = true;
      await sleep(RETRY_MS);
    }
  };

  const startLoops = (): void => {
    isStartWanted = true;
    starting ??= (async () => {
      while (isStartWanted) {
        isStartWanted = false;
        await startAll();
      }
      starting = null;
    })();
  };

  return {
    assign: (partitions) => {
      positions = new Map(partitions.map((each) => [each, { offset: -1, isPaused: true }]));
    },
    seek: (partition, offset) => {
      const position = positions.get(partition);
      if (position !== undefined) positions.set(partition, { ...position, offset });
    },
    pause: (partition) => {
      const position = positions.get(partition);
      if (position !== undefined) position.isPaused = true;
    },
    resume: (partition) => {
      const position = positions.get(partition);
      if (position !== undefined) position.isPaused = false;
      startLoops();
    },
    close: async () => {
      isClosed = true;
      await Promise.all([starting, ...loops.values()]);
      await connectionPool.close();
    },
  };
};
