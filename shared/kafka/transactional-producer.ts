/**
 * A transactional producer that waits three times for a broker per transaction: for the coordinator to
 * take partitions and group into it, for the leaders and the group to take records and offset, and for
 * the commit. kafkajs's own waits twice for every topic and four times more (docs/performance.md).
 *
 * What is sent together does not depend on each other: sequence numbers count per partition, and a
 * transaction is committed only when every answer was a success. Nothing is sent again here: on any error
 * the producer is of no more use, and the next one under its id ends the transaction with an abort.
 */
import type { Kafka } from 'kafkajs';
import {
  COORDINATOR_OF_GROUP,
  COORDINATOR_OF_TRANSACTION,
  createCluster,
  sendProduce,
  type Broker,
  type Cluster,
  type Sender,
} from './broker-requests.js';
import { commitTransaction } from './commit-transaction.js';
import { isFencedError } from './fenced-error.js';
import { TRANSACTION_TIMEOUT_MS, type OutgoingRecord } from './log-client.js';
import {
  createSequences,
  encodeProduce,
  groupRequests,
  packRequests,
  type Numbered,
} from './produce-request.js';
import { whileNotYet } from './while-not-yet.js';

/** The next offset of a group to read, which commits with the records. */
export type GroupOffset = {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
};

export type TransactionalProducer = {
  /** Throws when the outcome is not known to be success; the producer is then of no more use. */
  readonly commit: (
    records: readonly OutgoingRecord[],
    offset: GroupOffset | null,
  ) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Waits for all, so that nothing is on its way when an error is told; that of a fence comes first. */
const all = async (actions: readonly Promise<unknown>[]): Promise<void> => {
  const failed: unknown[] = [];
  for (const result of await Promise.allSettled(actions)) {
    if (result.status === 'rejected') failed.push(result.reason);
  }
  if (failed.length > 0) throw failed.find(isFencedError) ?? failed[0];
};

const partitionsByTopic = (batches: readonly Numbered[]) => {
  const topics = new Map<string, Set<number>>();
  for (const { topic, partition } of batches) {
    const partitions = topics.get(topic) ?? new Set();
    topics.set(topic, partitions.add(partition));
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions: [...partitions] }));
};

/** Sends each leader its batches, all at once. */
const produce = async (
  cluster: Cluster,
  sender: Sender,
  batches: readonly Numbered[],
): Promise<void> => {
  const byLeader = new Map<string, Numbered[]>();
  for (const batch of batches) {
    const leaders = cluster.findLeaderForPartitions(batch.topic, [batch.partition]);
    const [nodeId] = Object.keys(leaders);
    if (nodeId === undefined) {
      throw new Error(`${batch.topic} has no partition ${String(batch.partition)}`);
    }
    const known = byLeader.get(nodeId);
    if (known === undefined) byLeader.set(nodeId, [batch]);
    else known.push(batch);
  }
  const identity = {
    ...sender,
    producerId: BigInt(sender.producerId.toString()),
    timestampMs: Date.now(),
  };
  const toLeader = async (nodeId: string, own: readonly Numbered[]): Promise<void> => {
    const broker = await cluster.findBroker({ nodeId });
    const requests = groupRequests(own).map((batch) => encodeProduce(batch, identity));
    // In order on one connection: a later batch of a partition does not overtake.
    await all(requests.map((request) => sendProduce(broker, request)));
  };
  await all([...byLeader].map(([nodeId, own]) => toLeader(nodeId, own)));
};

/** Opens a producer: ends what the one before it under this id left open, and fences it. */
export const openTransactionalProducer = async (
  kafka: Kafka,
  transactionalId: string,
): Promise<TransactionalProducer> => {
  const cluster = createCluster(kafka);
  const coordinator = (): Promise<Broker> =>
    cluster.findGroupCoordinator({
      groupId: transactionalId,
      coordinatorType: COORDINATOR_OF_TRANSACTION,
    });

  const initialise = async (): Promise<Sender> => {
    await cluster.connect();
    return whileNotYet(async () => {
      const broker = await coordinator();
      const { producerId, producerEpoch } = await broker.initProducerId({
        transactionalId,
        transactionTimeout: TRANSACTION_TIMEOUT_MS,
      });
      return { transactionalId, producerId, producerEpoch };
    });
  };
  const sender = await initialise().catch(async (error: unknown) => {
    await cluster.disconnect().catch(() => undefined);
    throw error;
  });
  const sequences = createSequences();

  const addPartitions = (batches: readonly Numbered[]): Promise<unknown> => {
    const topics = partitionsByTopic(batches);
    return whileNotYet(async () => (await coordinator()).addPartitionsToTxn({ ...sender, topics }));
  };
  const addGroup = ({ groupId }: GroupOffset): Promise<unknown> =>
    whileNotYet(async () => (await coordinator()).addOffsetsToTxn({ ...sender, groupId }));
  const commitOffset = ({ groupId, topic, partition, offset }: GroupOffset): Promise<unknown> => {
    const topics = [{ topic, partitions: [{ partition, offset: String(offset) }] }];
    return whileNotYet(async () => {
      const wanted = { groupId, coordinatorType: COORDINATOR_OF_GROUP };
      const broker = await cluster.findGroupCoordinator(wanted);
      return broker.txnOffsetCommit({ ...sender, groupId, topics });
    });
  };
  const end = async (): Promise<void> => {
    await (await coordinator()).endTxn({ ...sender, transactionResult: true });
  };

  return {
    commit: async (records, offset) => {
      const batches = packRequests(records).map(sequences.number);
      if (batches.length === 0 && offset === null) return;
      if (batches.length > 0) {
        await cluster.addMultipleTargetTopics([...new Set(batches.map(({ topic }) => topic))]);
        await cluster.refreshMetadataIfNecessary();
      }
      await all([
        ...(batches.length === 0 ? [] : [addPartitions(batches)]),
        ...(offset === null ? [] : [addGroup(offset)]),
      ]);
      await all([
        produce(cluster, sender, batches),
        ...(offset === null ? [] : [commitOffset(offset)]),
      ]);
      await commitTransaction(end);
    },
    close: () => cluster.disconnect(),
  };
};
