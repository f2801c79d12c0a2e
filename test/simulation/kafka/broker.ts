/**
 * A Kafka cluster behind one address: the partitions of every topic, the group that keeps the
 * high-water marks, and the transaction coordinator that ties outputs and marks.
 */
import type { Random } from '../engine/random.js';
import type { Scheduler } from '../engine/scheduler.js';
import { createPartitionLog, type PartitionLog } from './partition-log.js';
import { createTransactionCoordinator, type TransactionCoordinator } from './transactions.js';

export type Broker = {
  readonly name: string;
  readonly life: () => number;
  readonly isUp: () => boolean;
  readonly setUp: (isUp: boolean) => void;
  readonly log: (topic: string, partition: number) => PartitionLog;
  readonly input: (partition: number) => PartitionLog;
  readonly transactions: TransactionCoordinator;
  /** Committed mark of a partition, null when there is none. */
  readonly mark: (partition: number) => number | null;
  /** The mark once every decided transaction has reached the group's coordinator. */
  readonly decidedMark: (partition: number) => number;
  /** Hears of every log of which more may be readable. */
  readonly onStable: (listener: (log: PartitionLog) => void) => void;
};

export type BrokerOptions = {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly inputTopic: string;
  readonly wallClockMs: () => number;
};

/** Creates an empty cluster. */
export const createBroker = (options: BrokerOptions): Broker => {
  const { scheduler, random, inputTopic } = options;
  const logs = new Map<string, PartitionLog>();
  const marks = new Map<number, number>();
  const decided = new Map<number, number>();
  let listeners: ((log: PartitionLog) => void)[] = [];
  let life = 1;
  let isUp = true;
  const logOf = (name: string): PartitionLog => {
    const known = logs.get(name);
    if (known !== undefined) return known;
    const log = createPartitionLog({
      nowMs: () => Math.round(options.wallClockMs()),
      onStable: () => {
        for (const listener of listeners) listener(log);
      },
    });
    logs.set(name, log);
    return log;
  };
  const log = (topic: string, partition: number): PartitionLog =>
    logOf(`${topic}/${String(partition)}`);
  return {
    name: 'Kafka',
    life: () => life,
    isUp: () => isUp,
    setUp: (next) => {
      isUp = next;
      if (!next) life += 1;
    },
    log,
    input: (partition) => log(inputTopic, partition),
    transactions: createTransactionCoordinator({
      scheduler,
      random,
      logOf,
      onDecided: ({ partition, offset }) => decided.set(partition, offset),
      onOffset: ({ partition, offset }) => marks.set(partition, offset),
    }),
    mark: (partition) => marks.get(partition) ?? null,
    decidedMark: (partition) => decided.get(partition) ?? 0,
    onStable: (listener) => {
      listeners = [...listeners, listener];
    },
  };
};
