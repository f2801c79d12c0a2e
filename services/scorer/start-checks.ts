/**
 * Checks that must hold before the first record is read; the scorer fails closed. What is checked later,
 * with the partition's cursor: the number of partitions, and that the log still holds what is next.
 */
import type { Admin } from 'kafkajs';
import type { Redis } from 'ioredis';
import { readTopic } from '../../shared/kafka/ensure-topics.js';
import { OUTPUT_TOPICS, topicName } from '../../shared/kafka/topics.js';
import { readRedisPolicy, refuseRedisPolicy } from '../../shared/redis/policy.js';

/** Throws in words when Redis might forget silently. */
export const assertRedisKeeps = async (redis: Redis): Promise<void> => {
  const problems = refuseRedisPolicy(await readRedisPolicy(redis));
  if (problems.length > 0) throw new Error(problems.join('; '));
};

/** Returns the input's number of partitions; throws in words when a topic is missing or too narrow. */
export const checkTopics = async (admin: Admin, prefix: string): Promise<number> => {
  const inputTopic = topicName(prefix, 'customer-events');
  const input = await readTopic(admin, inputTopic);
  if (input === null) {
    throw new Error(`the topic ${inputTopic} does not exist; run \`kundenpuls setup\``);
  }
  if (!(input.config.get('cleanup.policy') ?? 'delete').includes('delete')) {
    throw new Error(
      `${inputTopic} is compacted, which would drop orders; set cleanup.policy to delete`,
    );
  }
  for (const name of OUTPUT_TOPICS) {
    const output = await readTopic(admin, topicName(prefix, name));
    if (output === null) {
      throw new Error(`${topicName(prefix, name)} does not exist; run \`kundenpuls setup\``);
    }
    if (output.partitions < input.partitions) {
      throw new Error(
        `${topicName(prefix, name)} has ${String(output.partitions)} partitions, fewer than its ` +
          `source's ${String(input.partitions)}; add the missing ones`,
      );
    }
  }
  return input.partitions;
};
