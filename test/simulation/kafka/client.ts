/**
 * The part of kafkajs that the product's Kafka adapters call, on the simulated network: producers of
 * transactions, the admin client, and the consumer of the input topic (consumer.ts). Known habits of
 * the real client are kept: an end of a transaction is not retried, and a producer is unusable after
 * one that failed.
 */
import type { Kafka } from 'kafkajs';
import { partitionOf } from '../../../shared/core/partitioner.js';
import { NoReply, type Network } from '../engine/network.js';
import type { SimProcess } from '../engine/process.js';
import type { Random } from '../engine/random.js';
import type { Scheduler } from '../engine/scheduler.js';
import type { Broker } from './broker.js';
import { createConsumer } from './consumer.js';
import { KafkaJSConnectionError, KafkaReplyError } from './errors.js';
import type { Group } from './group.js';
import type { ProducerIdentity } from './transactions.js';

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

type Message = {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly partition?: number;
};
type TopicMessages = { readonly topic: string; readonly messages: readonly Message[] };
type Offsets = {
  readonly topics: readonly {
    readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
  }[];
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

/** A message without a partition goes to that of its key. */
const toLogs = (
  topicMessages: readonly TopicMessages[],
  partitionCount: number,
): Map<string, Message[]> => {
  const logs = new Map<string, Message[]>();
  for (const { topic, messages } of topicMessages) {
    for (const message of messages) {
      const { partition = partitionOf(message.key?.toString() ?? '', partitionCount) } = message;
      const name = `${topic}/${String(partition)}`;
      const list = logs.get(name) ?? [];
      list.push(message);
      logs.set(name, list);
    }
  }
  return logs;
};

const createProducer = (
  options: KafkaClientOptions,
  { transactionalId, transactionTimeout }: { transactionalId: string; transactionTimeout: number },
) => {
  const { transactions } = options.broker;
  const call = createCaller(options);
  const sequences = new Map<string, number>();
  let identity: ProducerIdentity | null = null;
  let state: 'ready' | 'open' | 'ending' = 'ready';
  let hasParticipants = false;
  const own = (): ProducerIdentity => {
    if (identity === null) throw new Error('the producer is not connected');
    return identity;
  };
  const end = (isCommit: boolean) => async (): Promise<void> => {
    if (state !== 'open') throw new Error('cannot end a transaction in this state');
    state = 'ending';
    if (hasParticipants) {
      const producer = own();
      await call(() => {
        transactions.end(producer, isCommit);
      }, 1);
    }
    state = 'ready';
  };
  const transaction = {
    send: async (request: TopicMessages) => {
      const producer = own();
      const logs = toLogs([request], options.partitionCount);
      hasParticipants = true;
      await call(() => {
        transactions.addPartitions(producer, [...logs.keys()]);
      });
      for (const [log, messages] of logs) {
        const sequence = sequences.get(log) ?? 0;
        await call(() => {
          transactions.produce(producer, { log, sequence, messages });
        });
        sequences.set(log, sequence + messages.length);
      }
    },
    sendOffsets: async ({ topics }: Offsets) => {
      const producer = own();
      hasParticipants = true;
      for (const { partition, offset } of topics.flatMap((topic) => topic.partitions)) {
        // Sent once, as kafkajs does, like the end: repeated, it could arrive late and set the mark
        // back in a later transaction of the same epoch.
        await call(() => {
          transactions.commitOffset(producer, { partition, offset: Number(offset) });
        }, 1);
      }
    },
    commit: end(true),
    abort: end(false),
  };
  return {
    connect: async () => {
      identity = await call(() => transactions.initialise(transactionalId, transactionTimeout));
    },
    transaction: () => {
      if (state !== 'ready') return Promise.reject(new Error(`a transaction is ${state}`));
      state = 'open';
      hasParticipants = false;
      return Promise.resolve(transaction);
    },
    disconnect: () => Promise.resolve(),
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
    producer: (config: { transactionalId: string; transactionTimeout: number }) =>
      createProducer(options, config),
    admin: () => createAdmin(options),
    consumer: () => createConsumer(options, createCaller(options)),
  }) as unknown as Kafka;
