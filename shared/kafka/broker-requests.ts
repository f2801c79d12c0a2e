/**
 * The requests of a transaction as kafkajs sends them to a broker, which it offers in one order only:
 * one topic after the other, each with two requests that wait for the one before. With the same
 * connections, retries and errors they are sent here as the protocol allows. All of it is inside of
 * kafkajs, whose version is pinned; the contract on a real broker tells when it changes.
 */
import { createRequire } from 'node:module';
import type { Kafka } from 'kafkajs';

/** A 64-bit number of kafkajs. */
export type Long = { readonly toString: () => string };

/** Who sends: what a coordinator and the leaders know a producer by. */
export type Sender = {
  readonly transactionalId: string;
  readonly producerId: Long;
  readonly producerEpoch: number;
};

type ProtocolRequest = {
  request: { encode: () => Promise<{ readonly buf: Buffer; readonly buffer: Buffer }> };
  readonly response: unknown;
};

export type Broker = {
  readonly initProducerId: (request: {
    readonly transactionalId: string;
    readonly transactionTimeout: number;
  }) => Promise<{ readonly producerId: Long; readonly producerEpoch: number }>;
  readonly addPartitionsToTxn: (
    request: Sender & {
      readonly topics: readonly {
        readonly topic: string;
        readonly partitions: readonly number[];
      }[];
    },
  ) => Promise<unknown>;
  readonly addOffsetsToTxn: (request: Sender & { readonly groupId: string }) => Promise<unknown>;
  readonly txnOffsetCommit: (
    request: Sender & {
      readonly groupId: string;
      readonly topics: readonly {
        readonly topic: string;
        readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
      }[];
    },
  ) => Promise<unknown>;
  readonly endTxn: (request: Sender & { readonly transactionResult: boolean }) => Promise<unknown>;
  /** Looks up the newest version of a request that both sides know. */
  readonly lookupRequest: (
    apiKey: number,
    definition: unknown,
  ) => (request: object) => ProtocolRequest;
  readonly connectionPool: {
    readonly send: (request: ProtocolRequest) => Promise<unknown>;
  };
};

export type Cluster = {
  readonly connect: () => Promise<void>;
  readonly disconnect: () => Promise<void>;
  readonly addMultipleTargetTopics: (topics: readonly string[]) => Promise<void>;
  readonly refreshMetadataIfNecessary: () => Promise<void>;
  /** Partitions by the node that leads them. */
  readonly findLeaderForPartitions: (
    topic: string,
    partitions: readonly number[],
  ) => Readonly<Record<string, readonly number[]>>;
  readonly findBroker: (wanted: { readonly nodeId: string }) => Promise<Broker>;
  readonly findGroupCoordinator: (wanted: {
    readonly groupId: string;
    readonly coordinatorType: number;
  }) => Promise<Broker>;
};

type CreateCluster = (options: {
  readonly metadataMaxAge: number;
  readonly allowAutoTopicCreation: boolean;
}) => Cluster;

export const COORDINATOR_OF_GROUP = 0;
export const COORDINATOR_OF_TRANSACTION = 1;

const METADATA_AGE_MS_MAX = 300_000;
/** The method of a client that its producers and consumers get their connections from. */
export const CREATE_CLUSTER = 'private:Kafka:createCluster';

/** Creates connections of their own for a producer, with the settings of the client. */
export const createCluster = (kafka: Kafka): Cluster => {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === CREATE_CLUSTER,
  );
  const create =
    symbol && (kafka as unknown as Readonly<Record<symbol, CreateCluster | undefined>>)[symbol];
  if (create === undefined) throw new Error('this kafkajs is not the one that is pinned');
  return create({ metadataMaxAge: METADATA_AGE_MS_MAX, allowAutoTopicCreation: false });
};

const PRODUCE = 0;
const requireHere = createRequire(import.meta.url);
const { requests } = requireHere('kafkajs/src/protocol/requests') as {
  readonly requests: { readonly Produce: unknown };
};

/** Sends an encoded produce request (versions 3 to 7 look the same); throws what the broker refuses. */
export const sendProduce = async (broker: Broker, body: Buffer): Promise<void> => {
  const protocol = broker.lookupRequest(PRODUCE, requests.Produce)({ acks: -1, topicData: [] });
  protocol.request.encode = () => Promise.resolve({ buf: body, buffer: body });
  await broker.connectionPool.send(protocol);
};
