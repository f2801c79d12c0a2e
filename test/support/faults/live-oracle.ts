/**
 * A reader with read_committed over the input and every output, throughout: it folds the input as it
 * comes, and holds each output topic's partition against the fold, in order, record by record. What is
 * wrong is known at once; what is missing, when all has settled.
 */
import { randomUUID } from 'node:crypto';
import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { OUTPUT_TOPICS } from '../../../shared/kafka/topics.js';
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
  /** Says what is missing still, to an end of the input as known now; null when nothing is. */
  readonly pending: () => string | null;
  readonly stop: () => Promise<void>;
};

type Output = { readonly key: Buffer | null; readonly value: Buffer | null };
type Lane = { expected: Output[]; actual: Output[]; matched: number };

const VALUE_SHOWN = 80;
const same = (a: Buffer | null, b: Buffer | null): boolean =>
  a === null || b === null ? a === b : a.equals(b);
const show = ({ key, value }: Output): string =>
  `${key?.toString() ?? '-'}: ${value?.toString('hex').slice(0, VALUE_SHOWN) ?? 'tombstone'}`;

/** Starts reading. */
export const startLiveOracle = async (
  installation: Installation,
  { partitions }: { readonly partitions: number },
): Promise<LiveOracle> => {
  const { kafka, topic } = installation;
  const lanes = new Map<string, Lane>();
  const positions = new Map<string, number>();
  /** Forwarded histories by value: folded, but not seen on the input yet, or the other way round. */
  const forwarded = new Map<string, number>();
  const inputTopic = topic('customer-events');
  const inputEnds = Array.from({ length: partitions }, () => 0);
  let failure: { readonly error: unknown } | null = null;
  let records = 0;
  let orders = 0;
  let outputs = 0;

  const laneOf = (name: string, partition: number): Lane => {
    const id = `${name}/${String(partition)}`;
    const found = lanes.get(id) ?? { expected: [], actual: [], matched: 0 };
    lanes.set(id, found);
    return found;
  };
  const count = (value: Buffer | null, by: number): void => {
    const text = value?.toString('base64') ?? '';
    const now = (forwarded.get(text) ?? 0) + by;
    if (now === 0) forwarded.delete(text);
    else forwarded.set(text, now);
  };
  const match = (name: string, partition: number): void => {
    const lane = laneOf(name, partition);
    const ready = Math.min(lane.expected.length, lane.actual.length);
    for (let i = 0; i < ready; i += 1) {
      const [wanted, got] = [lane.expected[i], lane.actual[i]];
      if (wanted === undefined || got === undefined) break;
      if (!same(wanted.key, got.key) || !same(wanted.value, got.value)) {
        const at = `${name}/${String(partition)}, output ${String(lane.matched + i)}`;
        throw new Error(`${at}: expected ${show(wanted)}, found ${show(got)}`);
      }
    }
    lane.expected.splice(0, ready);
    lane.actual.splice(0, ready);
    lane.matched += ready;
    outputs += ready;
  };
  const touched = new Set<string>();
  const fold = createInputFold(installation, {
    count: partitions,
    onOutput: ({ partition, topic: name, key, value }) => {
      if (name === 'customer-events') {
        count(value, 1);
        return;
      }
      laneOf(name, partition).expected.push({ key, value });
      touched.add(name);
    },
  });

  const takeInput = async (partition: number, messages: readonly KafkaMessage[]): Promise<void> => {
    const types = await fold.apply(messages.map((message) => ({ ...message, partition })));
    for (const [i, message] of messages.entries()) {
      if (types[i] === 'HistoryForwarded') count(message.value, -1);
      if (types[i] === 'OrderEvent') orders += 1;
    }
    records += messages.length;
    inputEnds[partition] = Number(messages.at(-1)?.offset ?? -1) + 1;
    for (const name of touched) match(name, partition);
    touched.clear();
  };
  const take = async ({ batch }: Pick<EachBatchPayload, 'batch'>): Promise<void> => {
    const id = `${batch.topic}/${String(batch.partition)}`;
    const from = positions.get(id) ?? 0;
    const messages = batch.messages.filter(({ offset }) => Number(offset) >= from);
    positions.set(id, Math.max(from, Number(batch.lastOffset()) + 1));
    if (messages.length === 0) return;
    if (batch.topic === inputTopic) {
      await takeInput(batch.partition, messages);
      return;
    }
    const name = batch.topic.slice(inputTopic.length - 'customer-events'.length);
    const lane = laneOf(name, batch.partition);
    for (const { key, value } of messages) lane.actual.push({ key, value });
    match(name, batch.partition);
  };

  const consumer = kafka.consumer({
    groupId: `oracle-${randomUUID()}`,
    readUncommitted: false,
    maxWaitTimeInMs: 100,
    retry: { initialRetryTime: 100, retries: 20, restartOnFailure: () => Promise.resolve(true) },
  });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    for (const [name, assigned] of Object.entries(payload.memberAssignment)) {
      for (const partition of assigned) {
        const offset = positions.get(`${name}/${String(partition)}`) ?? 0;
        consumer.seek({ topic: name, partition, offset: String(offset) });
      }
    }
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) failure ??= { error: payload.error };
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
  return {
    fold,
    counts: () => ({ records, orders, outputs }),
    assertClean: () => {
      if (failure !== null) throw failure.error;
    },
    inputEnds: () => [...inputEnds],
    pending: () => {
      for (const [id, { expected, actual }] of lanes) {
        const [missing, stray] = [expected[0], actual[0]];
        if (missing !== undefined) return `${id} lacks ${show(missing)}`;
        if (stray !== undefined) return `${id} has what nobody expects: ${show(stray)}`;
      }
      if (forwarded.size > 0) return `${String(forwarded.size)} histories are not forwarded once`;
      return null;
    },
    stop: () => consumer.disconnect(),
  };
};
