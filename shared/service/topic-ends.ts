/** Keeps the ends of topics at hand for lag metrics, asked of the broker every few seconds. */
import type { TopicOffsets } from '../kafka/topic-offsets.js';

export type TopicEnds = {
  /** Asks once, then goes on in the background; returns how to stop. */
  readonly start: (offsets: TopicOffsets) => Promise<() => void>;
  /** Offset the next record of a partition will get, as last heard; null before that. */
  readonly of: (topic: string, partition: number) => number | null;
};

const INTERVAL_MS = 5_000;

/** Creates the watch of some topics. */
export const createTopicEnds = (
  topics: readonly string[],
  onProblem: (error: unknown) => void,
): TopicEnds => {
  const ends = new Map<string, number>();
  const nameOf = (topic: string, partition: number): string => `${topic}/${String(partition)}`;
  return {
    start: async (offsets) => {
      const ask = async (): Promise<void> => {
        for (const topic of topics) {
          for (const { partition, high } of await offsets.bounds(topic)) {
            ends.set(nameOf(topic, partition), high);
          }
        }
      };
      await ask();
      const timer = setInterval(() => {
        ask().catch(onProblem);
      }, INTERVAL_MS);
      return () => {
        clearInterval(timer);
      };
    },
    of: (topic, partition) => ends.get(nameOf(topic, partition)) ?? null,
  };
};
