/**
 * The transaction coordinator as the clients in use see it (transactions v1): a producer id and epoch
 * per transactional id, which a newer owner fences; an end that is decided at once and reaches the
 * partitions some time later; requests that come late act on whatever transaction is open by then.
 */
import type { Random } from '../engine/random.js';
import type { Scheduler, Timer } from '../engine/scheduler.js';
import { KafkaReplyError } from './errors.js';
import type { PartitionLog } from './partition-log.js';

export type ProducerIdentity = { readonly producerId: number; readonly epoch: number };

/** The mark a transaction commits: partition of the input topic, next offset. */
export type OffsetCommit = { readonly partition: number; readonly offset: number };

export type TransactionCoordinator = {
  /** Fences what was there, and answers once its last transaction has ended everywhere. */
  readonly initialise: (transactionalId: string, timeoutMs: number) => Promise<ProducerIdentity>;
  readonly addPartitions: (producer: ProducerIdentity, logs: readonly string[]) => void;
  readonly produce: (
    producer: ProducerIdentity,
    batch: {
      readonly log: string;
      readonly sequence: number;
      readonly messages: readonly { readonly key: Buffer | null; readonly value: Buffer | null }[];
    },
  ) => void;
  readonly commitOffset: (producer: ProducerIdentity, commit: OffsetCommit) => void;
  readonly end: (producer: ProducerIdentity, isCommit: boolean) => void;
  /** The transactional id that a producer id stands for, for checks. */
  readonly idOf: (producerId: number) => string;
};

type Transaction = {
  readonly producerId: number;
  epoch: number;
  state: 'none' | 'ongoing' | 'ending';
  /** How the last one ended: a repeated end with the same verdict is fine. */
  wasCommit: boolean | null;
  readonly logs: Set<string>;
  offset: OffsetCommit | null;
  timer: Timer | null;
  waiting: (() => void)[];
};

export type TransactionCoordinatorOptions = {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logOf: (name: string) => PartitionLog;
  /** The end of a transaction was decided, which cannot be taken back. */
  readonly onDecided: (commit: OffsetCommit) => void;
  readonly onOffset: (commit: OffsetCommit) => void;
};

const MARKER_MS = 3;
const SLOW_MARKER_MS = 4_000;
const SLOW_MARKER = 0.05;

/** Creates a coordinator without transactions. */
export const createTransactionCoordinator = (
  options: TransactionCoordinatorOptions,
): TransactionCoordinator => {
  const { scheduler, random, logOf } = options;
  const byId = new Map<string, Transaction>();
  const byProducer = new Map<number, Transaction>();

  const check = ({ producerId, epoch }: ProducerIdentity): Transaction => {
    const transaction = byProducer.get(producerId);
    if (transaction === undefined) throw new KafkaReplyError('INVALID_TXN_STATE');
    if (transaction.epoch !== epoch) throw new KafkaReplyError('INVALID_PRODUCER_EPOCH');
    return transaction;
  };

  /** Decides the end; its markers are written one by one, later. */
  const finish = (transaction: Transaction, isCommit: boolean): void => {
    transaction.state = 'ending';
    transaction.wasCommit = isCommit;
    transaction.timer?.cancel();
    const { logs, offset, producerId } = transaction;
    const steps: (() => void)[] = [...logs].map((name) => () => {
      logOf(name).mark(producerId, isCommit);
    });
    if (offset !== null && isCommit) {
      options.onDecided(offset);
      steps.push(() => {
        options.onOffset(offset);
      });
    }
    let open = steps.length;
    const complete = (): void => {
      transaction.state = 'none';
      logs.clear();
      transaction.offset = null;
      const woken = transaction.waiting;
      transaction.waiting = [];
      for (const resolve of woken) resolve();
    };
    if (open === 0) complete();
    for (const step of steps) {
      scheduler.after(
        random.next() * (random.chance(SLOW_MARKER) ? SLOW_MARKER_MS : MARKER_MS),
        () => {
          step();
          open -= 1;
          if (open === 0) complete();
        },
      );
    }
  };

  const obtain = (transactionalId: string): Transaction => {
    let transaction = byId.get(transactionalId);
    if (transaction === undefined) {
      transaction = {
        producerId: byId.size + 1,
        epoch: -1,
        state: 'none',
        wasCommit: null,
        logs: new Set(),
        offset: null,
        timer: null,
        waiting: [],
      };
      byId.set(transactionalId, transaction);
      byProducer.set(transaction.producerId, transaction);
    }
    return transaction;
  };
  const timeouts = new Map<number, number>();

  const begin = (transaction: Transaction): void => {
    if (transaction.state === 'ending') throw new KafkaReplyError('CONCURRENT_TRANSACTIONS');
    if (transaction.state === 'ongoing') return;
    transaction.state = 'ongoing';
    transaction.wasCommit = null;
    transaction.timer = scheduler.after(timeouts.get(transaction.producerId) ?? 60_000, () => {
      transaction.epoch += 1;
      finish(transaction, false);
    });
  };

  return {
    idOf: (producerId) =>
      [...byId].find(([, transaction]) => transaction.producerId === producerId)?.[0] ?? '',
    initialise: async (transactionalId, timeoutMs) => {
      const transaction = obtain(transactionalId);
      timeouts.set(transaction.producerId, timeoutMs);
      for (;;) {
        if (transaction.state === 'ongoing') {
          transaction.epoch += 1;
          finish(transaction, false);
        }
        // Ending may have come to its end at once, when nothing was in the transaction.
        if (transaction.state === 'none') break;
        await new Promise<void>((resolve) => transaction.waiting.push(resolve));
      }
      transaction.epoch += 1;
      return { producerId: transaction.producerId, epoch: transaction.epoch };
    },
    addPartitions: (producer, logs) => {
      const transaction = check(producer);
      begin(transaction);
      for (const log of logs) transaction.logs.add(log);
    },
    produce: (producer, { log, sequence, messages }) => {
      const transaction = check(producer);
      if (transaction.state !== 'ongoing' || !transaction.logs.has(log)) {
        throw new KafkaReplyError('INVALID_TXN_STATE');
      }
      logOf(log).append({ ...producer, sequence, messages });
    },
    commitOffset: (producer, commit) => {
      const transaction = check(producer);
      begin(transaction);
      transaction.offset = commit;
    },
    end: (producer, isCommit) => {
      const transaction = check(producer);
      if (transaction.state === 'ongoing') finish(transaction, isCommit);
      else if (transaction.wasCommit !== isCommit) throw new KafkaReplyError('INVALID_TXN_STATE');
    },
  };
};
