/**
 * The connections of a kafkajs producer on the simulated network, with the requests that the product's
 * transactions send through them (shared/kafka/broker-requests.ts). Nothing is sent again, as in
 * kafkajs; two brokers lead the topics between them, so that requests overtake each other.
 */
import type { Broker, Cluster, Sender } from '../../../shared/kafka/broker-requests.js';
import { decodeProduce } from './decode-produce.js';
import type { ProducerIdentity, TransactionCoordinator } from './transactions.js';

const LEADERS = 2;

/** Sends a request once: repeated, it could arrive late and act on a later transaction. */
export type SendOnce = <T>(execute: () => T | Promise<T>) => Promise<T>;

const identityOf = ({ producerId, producerEpoch }: Sender): ProducerIdentity => ({
  producerId: Number(producerId.toString()),
  epoch: producerEpoch,
});

const createSimulatedBroker = (transactions: TransactionCoordinator, send: SendOnce): Broker => ({
  initProducerId: ({ transactionalId, transactionTimeout }) =>
    send(async () => {
      const identity = await transactions.initialise(transactionalId, transactionTimeout);
      return { producerId: identity.producerId, producerEpoch: identity.epoch };
    }),
  addPartitionsToTxn: ({ topics, ...sender }) =>
    send(() => {
      const logs = topics.flatMap(({ topic, partitions }) =>
        partitions.map((partition) => `${topic}/${String(partition)}`),
      );
      transactions.addPartitions(identityOf(sender), logs);
    }),
  addOffsetsToTxn: (sender) =>
    send(() => {
      transactions.addPartitions(identityOf(sender), []);
    }),
  txnOffsetCommit: ({ topics, ...sender }) =>
    send(() => {
      for (const { partition, offset } of topics.flatMap(({ partitions }) => partitions)) {
        transactions.commitOffset(identityOf(sender), { partition, offset: Number(offset) });
      }
    }),
  endTxn: ({ transactionResult, ...sender }) =>
    send(() => {
      transactions.end(identityOf(sender), transactionResult);
    }),
  lookupRequest: () => () => ({
    request: { encode: () => Promise.reject(new Error('no request was encoded')) },
    response: null,
  }),
  connectionPool: {
    send: async ({ request }) => {
      const batches = decodeProduce((await request.encode()).buffer);
      return send(() => {
        for (const { identity, ...batch } of batches) transactions.produce(identity, batch);
      });
    },
  },
});

/** Creates the connections of one producer. */
export const createSimulatedCluster = (
  transactions: TransactionCoordinator,
  send: SendOnce,
): Cluster => {
  const broker = createSimulatedBroker(transactions, send);
  return {
    connect: () => send(() => undefined),
    disconnect: () => Promise.resolve(),
    addMultipleTargetTopics: () => Promise.resolve(),
    refreshMetadataIfNecessary: () => Promise.resolve(),
    findLeaderForPartitions: (topic, partitions) => ({
      [String(topic.length % LEADERS)]: partitions,
    }),
    findBroker: () => Promise.resolve(broker),
    findGroupCoordinator: () => Promise.resolve(broker),
  };
};
