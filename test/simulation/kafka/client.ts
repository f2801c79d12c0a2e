/**
 * The part of kafkajs that the product's Kafka adapters call, on the simulated network: the connections
 * of a producer (cluster.ts), the admin client, and the consumer of the input topic (consumer.ts).
 */
import type { Kafka } from 'kafkajs';
import { CREATE_CLUSTER } from '../../../shared/kafka/broker-requests.js';
import { NoReply, type Network } from '../engine/network.js';
import type { SimProcess } from '../engine/process.js';
import type { Random } from '../engine/random.js';
import type { Scheduler } from '../engine/scheduler.js';
import type { Broker } from './broker.js';
import { createSimulatedCluster } from './cluster.js';
import { createConsumer } from './consumer.js';
import { KafkaJSConnectionError, KafkaReplyError } from './errors.js';
import type { Group } from './group.js';

export type KafkaClientOptions = {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly network: Network;
  readonly broker: Broker;
  readonly group: Group;
  readonly process: SimProcess;
  readonly inputTopic: string;
  readonly partitionCount: number;
};

const REQUEST_TIMEOUT_MS = 15_000;
const TRIES_MAX = 3;
const CONCURRENT_TRIES_MAX = 12;
const CONCURRENT_DELAY_MS = 5;

type Caller = <T>(execute: () => T | Promise<T>, tries?: number) => Promise<T>;

const createCaller = ({ network, broker, process }: KafkaClientOptions): Caller => {
  const once = async <T>(execute: () => T | Promise<T>, isSentOnce: boolean): Promise<T> => {
    try {
      return await network.call({
        server: broker,
        process,
        timeoutMs: REQUEST_TIMEOUT_MS,
        isSentOnce,
        execute,
      });
    } catch (error) {
      if (error instanceof NoReply) throw new KafkaJSConnectionError(error.message);
      throw error;
    }
  };
  return async (execute, tries = TRIES_MAX) => {
    let concurrent = 0;
    for (let attempt = 1; ;) {
      try {
        return await once(execute, tries === 1);
      } catch (error) {
        const isConcurrent =
          error instanceof KafkaReplyError && error.type === 'CONCURRENT_TRANSACTIONS';
        if (isConcurrent && concurrent < CONCURRENT_TRIES_MAX) {
          concurrent += 1;
          await process.sleep(CONCURRENT_DELAY_MS * 2 ** concurrent);
          continue;
        }
        if (!(error instanceof KafkaJSConnectionError) || attempt >= tries) throw error;
        attempt += 1;
        await process.sleep(CONCURRENT_DELAY_MS);
      }
    }
  };
};

const createAdmin = (options: KafkaClientOptions) => {
  const { broker, inputTopic, partitionCount } = options;
  const call = createCaller(options);
  const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
  return {
    connect: () => call(() => undefined),
    disconnect: () => Promise.resolve(),
    fetchOffsets: () =>
      call(() => [
        {
          topic: inputTopic,
          partitions: partitions.map((partition) => ({
            partition,
            offset: String(broker.mark(partition) ?? -1),
          })),
        },
      ]),
    fetchTopicOffsets: () =>
      call(() =>
        partitions.map((partition) => {
          const low = String(broker.input(partition).start());
          const high = String(broker.input(partition).end());
          return { partition, low, high, offset: high };
        }),
      ),
  };
};

/** Creates the client of one process. */
export const createKafkaClient = (options: KafkaClientOptions): Kafka =>
  ({
    [Symbol(CREATE_CLUSTER)]: () => {
      const call = createCaller(options);
      return createSimulatedCluster(options.broker.transactions, (execute) => call(execute, 1));
    },
    admin: () => createAdmin(options),
    consumer: () => createConsumer(options, createCaller(options)),
  }) as unknown as Kafka;
