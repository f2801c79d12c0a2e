/**
 * Runs one worker per assigned partition of a topic, each after the end of its predecessor on that
 * partition, and drains them when the service stops: sources end first, workers finish what is under
 * way, then the position is committed and the group left.
 */
import type { Kafka } from 'kafkajs';
import type { PartitionSource } from '../core/ports.js';
import { kafkajsLogClient } from '../kafka/group-reader.js';
import { createInputConsumer } from '../kafka/input-consumer.js';
import type { Part } from '../lifecycle/lifecycle.js';

export type TopicRunnerOptions<W extends Worker> = {
  readonly kafka: () => Kafka;
  readonly topic: string;
  readonly groupId: string;
  /** A killed member holds its partitions for this long. */
  readonly sessionTimeoutMs: number;
  readonly createWorker: (source: PartitionSource) => W;
  /** The consumer cannot go on; the process is to end. */
  readonly onCrash: (error: unknown) => void;
  readonly onProblem: (name: string, error: unknown) => void;
};

type Worker = { readonly run: () => Promise<void> };

export type TopicRunner<W extends Worker> = {
  readonly part: Part;
  readonly workers: () => readonly W[];
  readonly isAssigned: () => boolean;
};

/** Sessions without a sign of life from the fetch loop after which the consumer counts as dead. */
const SILENT_SESSIONS_MAX = 9;
const WATCH_INTERVAL_MS = 5_000;

/** Creates the runner; nothing happens before its part starts. */
export const createTopicRunner = <W extends Worker>(
  options: TopicRunnerOptions<W>,
): TopicRunner<W> => {
  const { topic, groupId } = options;
  let workers: readonly W[] = [];
  let isAssigned = false;
  const running = new Map<number, Promise<void>>();

  const start = (source: PartitionSource): W => {
    const worker = options.createWorker(source);
    const before = running.get(source.partition) ?? Promise.resolve();
    const run = before.then(() => worker.run()).catch(options.onCrash);
    running.set(source.partition, run);
    return worker;
  };

  const part: Part = {
    name: `consumer of ${topic} as ${groupId}`,
    start: async () => {
      const consumer = createInputConsumer({
        client: kafkajsLogClient(options.kafka()),
        topic,
        groupId,
        partitionCount: 0,
        sessionTimeoutMs: options.sessionTimeoutMs,
        onAssigned: (sources) => {
          isAssigned = true;
          workers = sources.map(start);
        },
        onCrash: options.onCrash,
        onProblem: options.onProblem,
      });
      await consumer.start();
      const watch = setInterval(() => {
        const silentMs = performance.now() - consumer.lastActiveMs();
        if (silentMs > SILENT_SESSIONS_MAX * options.sessionTimeoutMs) {
          options.onCrash(new Error(`the consumer of ${topic} gave no sign of life for too long`));
        }
      }, WATCH_INTERVAL_MS);
      return async () => {
        clearInterval(watch);
        consumer.stopSources();
        await Promise.all(running.values());
        await consumer.close();
      };
    },
  };
  return { part, workers: () => workers, isAssigned: () => isAssigned };
};
