/**
 * A reader with read_committed over the input and every output, throughout: it folds the input as it
 * comes, and holds each output topic's partition against the fold, in order, record by record. What is
 * wrong is known at once; what is missing, when all has settled.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import {
  OUTPUT_TOPICS,
  outputIndexOf,
  type OutputTopicName,
} from '../../../shared/kafka/topics.js';
import type { Installation } from '../installation.js';
import { createInputFold, type InputFold } from '../oracle.js';

export type LiveOracle = {
  readonly fold: InputFold;
  /** Input records folded, orders among them, and outputs found as expected. */
  readonly counts: () => {
    readonly records: number;
    readonly orders: number;
    readonly outputs: number;
  };
  /** Throws what was found wrong. */
  readonly assertClean: () => void;
  /** Offset behind the last input record folded, by partition. */
  readonly inputEnds: () => readonly number[];
  /** Offset behind all that was read of a partition, transaction markers with it. */
  readonly readTo: (name: OutputTopicName, partition: number) => number;
  /** Says what is missing still, to an end of the input as known now; null when nothing is. */
  readonly pending: () => string | null;
  readonly stop: () => Promise<void>;
};

type Output = { readonly key: Buffer | null; readonly value: Buffer | null };
/** Outputs of one topic and partition: those the fold gave, and those that were read. */
type Lane = {
  readonly name: OutputTopicName;
  readonly partition: number;
  expected: Output[];
  actual: Output[];
  matched: number;
};

const INPUT = 'customer-events';
const VALUE_SHOWN = 80;
const LISTEN_AGAIN_MS = 1_000;
const SESSION_TIMEOUT_MS = 6_000;
/**
 * Brokers gather for a moment what they answer with: at thousands of records a second an answer for
 * every few of them costs brokers and reader more than the records do.
 */
const FETCH = { minBytes: 128 << 10, maxWaitTimeInMs: 250, maxBytesPerPartition: 2 << 20 };

const idOf = (topic: string, partition: number): string => `${topic}/${String(partition)}`;

const same = (a: Buffer | null, b: Buffer | null): boolean =>
  a === null || b === null ? a === b : a.equals(b);
const show = ({ key, value }: Output): string =>
  `${key?.toString() ?? '-'}: ${value?.toString('hex').slice(0, VALUE_SHOWN) ?? 'tombstone'}`;

/** Takes off both sides what is there on both; returns how much. Throws at the first difference. */
const match = (lane: Lane): number => {
  const { expected, actual } = lane;
  const ready = Math.min(expected.length, actual.length);
  if (ready === 0) return 0;
  for (let i = 0; i < ready; i += 1) {
    const [wanted, got] = [expected[i], actual[i]];
    if (wanted === undefined || got === undefined) break;
    if (same(wanted.key, got.key) && same(wanted.value, got.value)) continue;
    const at = `${idOf(lane.name, lane.partition)}, output ${String(lane.matched + i)}`;
    throw new Error(`${at}: expected ${show(wanted)}, found ${show(got)}`);
  }
  lane.expected = ready === expected.length ? [] : expected.slice(ready);
  lane.actual = ready === actual.length ? [] : actual.slice(ready);
  lane.matched += ready;
  return ready;
};

/** Starts reading. */
export const startLiveOracle = async (
  installation: Installation,
  { partitions }: { readonly partitions: number },
): Promise<LiveOracle> => {
  const { kafka, topic } = installation;
  const lanes = OUTPUT_TOPICS.map((name) =>
    Array.from({ length: partitions }, (_, partition): Lane => ({
      name,
      partition,
      expected: [],
      actual: [],
      matched: 0,
    })),
  );
  const positions = new Map<string, number>();
  /** What is written back, by value: folded, but not seen on the input yet, or the other way round. */
  const writtenBack = new Map<string, number>();
  const inputTopic = topic(INPUT);
  const inputEnds = Array.from({ length: partitions }, () => 0);
  let failure: { readonly error: unknown } | null = null;
  let records = 0;
  let orders = 0;
  let outputs = 0;

  const laneOf = (name: OutputTopicName, partition: number): Lane => {
    const lane = lanes[outputIndexOf(name)]?.[partition];
    if (lane === undefined) throw new RangeError(`there is no ${idOf(name, partition)}`);
    return lane;
  };
  const count = (value: Buffer | null, by: number): void => {
    const text = value?.toString('latin1') ?? '';
    const now = (writtenBack.get(text) ?? 0) + by;
    if (now === 0) writtenBack.delete(text);
    else writtenBack.set(text, now);
  };
  const fold = createInputFold(installation, {
    count: partitions,
    onOutput: ({ partition, topic: name, key, value }) => {
      if (name === INPUT) count(value, 1);
      else laneOf(name, partition).expected.push({ key, value });
    },
  });

  const takeInput = async (partition: number, messages: readonly KafkaMessage[]): Promise<void> => {
    const kinds = await fold.apply(partition, messages);
    for (const [i, message] of messages.entries()) {
      if (kinds[i] === 'written-back') count(message.value, -1);
      if (kinds[i] === 'order') orders += 1;
    }
    records += messages.length;
    inputEnds[partition] = Number(messages.at(-1)?.offset ?? -1) + 1;
    for (const lane of lanes) outputs += match(lane[partition] ?? laneOf(INPUT, partition));
  };
  const take = async ({ batch }: Pick<EachBatchPayload, 'batch'>): Promise<void> => {
    const id = idOf(batch.topic, batch.partition);
    const from = positions.get(id) ?? 0;
    const isNew = Number(batch.messages[0]?.offset ?? from) >= from;
    const messages = isNew
      ? batch.messages
      : batch.messages.filter(({ offset }) => Number(offset) >= from);
    positions.set(id, Math.max(from, Number(batch.lastOffset()) + 1));
    if (messages.length === 0) return;
    if (batch.topic === inputTopic) {
      await takeInput(batch.partition, messages);
      return;
    }
    const name = batch.topic.slice(inputTopic.length - INPUT.length) as OutputTopicName;
    const lane = laneOf(name, batch.partition);
    for (const message of messages) lane.actual.push(message);
    outputs += match(lane);
  };

  let isStopped = false;
  /** kafkajs gives up for good where a broker is away for long: the next consumer reads on from there. */
  const listen = async (): Promise<Consumer> => {
    const consumer = kafka.consumer({
      groupId: `oracle-${randomUUID()}`,
      readUncommitted: false,
      ...FETCH,
      // After a broker's fault it joins anew, and waits for what it was itself before to time out.
      sessionTimeout: SESSION_TIMEOUT_MS,
      heartbeatInterval: SESSION_TIMEOUT_MS / 4,
      retry: { initialRetryTime: 100, retries: 20, restartOnFailure: () => Promise.resolve(true) },
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      for (const [name, assigned] of Object.entries(payload.memberAssignment)) {
        for (const partition of assigned) {
          const offset = positions.get(idOf(name, partition)) ?? 0;
          consumer.seek({ topic: name, partition, offset: String(offset) });
        }
      }
    });
    // The end of a batch also tells of transaction markers, which carry no record.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      const { batchSize, firstOffset, lastOffset } = payload;
      const id = idOf(payload.topic, payload.partition);
      const from = positions.get(id) ?? 0;
      if (batchSize > 0 || Number(firstOffset) > from) return;
      positions.set(id, Math.max(from, Number(lastOffset) + 1));
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart && !isStopped) void listenAgain();
    });
    await consumer.connect();
    await consumer.subscribe({ topics: OUTPUT_TOPICS.map(topic), fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async (payload) => {
        if (failure !== null || payload.isStale()) return;
        try {
          await take(payload);
        } catch (error) {
          failure = { error };
        }
        await payload.heartbeat();
      },
    });
    return consumer;
  };
  let listening = listen();
  const listenAgain = async (): Promise<void> => {
    await sleep(LISTEN_AGAIN_MS);
    if (isStopped) return;
    listening = listen();
    await listening.catch(listenAgain);
  };
  await listening;
  return {
    fold,
    counts: () => ({ records, orders, outputs }),
    assertClean: () => {
      if (failure !== null) throw failure.error;
    },
    inputEnds: () => [...inputEnds],
    readTo: (name, partition) => positions.get(idOf(topic(name), partition)) ?? 0,
    pending: () => {
      for (const { name, partition, expected, actual } of lanes.flat()) {
        const [missing, stray] = [expected[0], actual[0]];
        const id = idOf(name, partition);
        if (missing !== undefined) return `${id} lacks ${show(missing)}`;
        if (stray !== undefined) return `${id} has what nobody expects: ${show(stray)}`;
      }
      if (writtenBack.size > 0) {
        return `${String(writtenBack.size)} records are not written back once each`;
      }
      return null;
    },
    stop: async () => {
      isStopped = true;
      await (await listening.catch(() => null))?.disconnect();
    },
  };
};
