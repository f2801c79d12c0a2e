/**
 * Publishes outputs in Kafka transactions, one transactional id per input partition: opening a
 * publisher fences the previous owner, and the high-water mark commits with the outputs as the offset
 * of a group that only this uses. After any error its owner throws the publisher away and opens the next
 * one, which ends what was left open.
 */
import { partitionOf } from '../core/partitioner.js';
import type { OpenPublisher, OutboxEntry } from '../core/ports.js';
import type { LogClient, OutgoingRecord } from './log-client.js';

export type OutputPublisherOptions = {
  readonly client: LogClient;
  /** Input topic, whose partitions the mark is kept for. */
  readonly inputTopic: string;
  /** Partitions of the input topic. */
  readonly partitionCount: number;
  readonly publishedGroup: string;
  readonly transactionalId: (partition: number) => string;
  /** Topic of an outbox entry's output index. */
  readonly topicOf: (output: number) => string;
};

/** Creates the function that opens a partition's publisher. */
export const createOpenPublisher = (options: OutputPublisherOptions): OpenPublisher => {
  const { client, inputTopic, partitionCount, publishedGroup, transactionalId, topicOf } = options;
  return async (partition) => {
    const transactor = await client.openTransactor({
      transactionalId: transactionalId(partition),
      groupId: publishedGroup,
      topic: inputTopic,
      partition,
    });
    /**
     * Outputs stay on the partition number of their source; what goes back into the input log goes to
     * the partition of its customer, its key, and without one is for this partition.
     */
    const toRecord = ({ output, key, value }: OutboxEntry): OutgoingRecord => {
      const topic = topicOf(output);
      const isForCustomer = topic === inputTopic && key !== null;
      const home = isForCustomer ? partitionOf(key.toString('utf8'), partitionCount) : partition;
      return { topic, partition: home, key, value };
    };
    return {
      published: transactor.committed,
      publish: (entries, nextOffset) => transactor.commit(entries.map(toRecord), nextOffset),
      close: transactor.close,
    };
  };
};
