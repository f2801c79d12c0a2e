/**
 * The invariants of DESIGN section 2 as checks on the simulated world. Each throws a Violation that
 * names the invariant; none looks into a worker.
 */
import type { Broker } from '../kafka/broker.js';
import type { StoredRecord } from '../kafka/partition-log.js';
import { streamAt, hashAt, type SlotData } from '../redis/data.js';
import { decodeOutboxEntry } from '../../../shared/redis/outbox-codec.js';
import { kafkaIdentities, OUTPUT_TOPICS, outputTopicAt } from '../../../shared/kafka/topics.js';
import { partitionKeys } from '../../../shared/redis/keys.js';
import { partitionOf } from '../../../shared/core/partitioner.js';
import { documentsOf } from '../../../shared/core/customer/ledger.js';
import type { CustomerState } from '../../../shared/core/customer/state.js';
import type { StoredControl } from '../../../shared/core/ports.js';
import type { ExpectedOutput, OraclePartition } from './oracle.js';

export class Violation extends Error {
  override readonly name = 'Violation';
  constructor(
    readonly invariant: string,
    detail: string,
  ) {
    super(`${invariant}: ${detail}`);
  }
}

export const APP = 'sim';

/** Cursor of a partition as stored; next is null before the first commit. */
export const cursorOf = (
  slot: SlotData,
  partition: number,
): { readonly next: number | null; readonly epoch: string; readonly token: string } => {
  const fields = hashAt(
    { get: (key) => slot.get(key), set: () => undefined },
    partitionKeys(APP, partition).cursor,
  );
  const next = fields.get('next');
  return {
    next: next === undefined ? null : Number(next.toString()),
    epoch: fields.get('epoch')?.toString() ?? '',
    token: fields.get('batchToken')?.toString() ?? '',
  };
};

const isSame = (a: Buffer | null, b: Buffer | null): boolean =>
  a === null || b === null ? a === b : a.equals(b);

const nameOf = ({ offset, ordinal, topic }: ExpectedOutput): string =>
  `${topic} ${String(offset)}-${String(ordinal)}`;

/** Which of the outputs that the log means a record is. */
const whichOf = (list: readonly ExpectedOutput[], record: StoredRecord): string => {
  const found = list.find(
    ({ key, value }) => isSame(key, record.key) && isSame(value, record.value),
  );
  return found === undefined ? 'none that the log means' : nameOf(found);
};

export type OutputReader = { readonly check: () => void; readonly count: () => number };

export type ReaderOptions = {
  readonly broker: Broker;
  readonly oracle: OraclePartition;
  readonly inputTopic: string;
  readonly partitionCount: number;
};

/** Reads one log and compares it with the outputs of one source partition that belong on it. */
const createLogReader = (
  { broker, oracle }: ReaderOptions,
  { topic, target }: { readonly topic: string; readonly target: number },
  isExpected: (output: ExpectedOutput) => boolean,
): OutputReader => {
  const log = broker.log(topic, target);
  const expected: ExpectedOutput[] = [];
  let taken = 0;
  let position = 0;
  let seen = 0;
  const ownId = kafkaIdentities(APP).transactionalId(oracle.partition);
  const isOurs = ({ producerId }: StoredRecord): boolean =>
    producerId !== null && broker.transactions.idOf(producerId).startsWith(ownId);
  return {
    count: () => seen,
    check: () => {
      const { records, next } = log.fetch(position, Infinity);
      position = next;
      for (; taken < oracle.outputs.length; taken += 1) {
        const output = oracle.outputs[taken];
        if (output !== undefined && isExpected(output)) expected.push(output);
      }
      for (const record of records.filter(isOurs)) {
        const wanted = expected[seen];
        seen += 1;
        const isRight =
          wanted !== undefined &&
          isSame(wanted.key, record.key) &&
          isSame(wanted.value, record.value);
        if (isRight) continue;
        throw new Violation(
          'I3',
          `${topic}/${String(target)}: record ${String(seen - 1)} of partition ` +
            `${String(oracle.partition)} is ${whichOf(expected, record)}, expected ` +
            (wanted === undefined ? 'nothing more' : nameOf(wanted)),
        );
      }
    },
  };
};

/**
 * I3, I5, I9: what a read_committed reader of each output topic sees is, record by record, what the
 * log means: nothing missing, repeated, invented or out of order. What goes back into the input log
 * goes to the partition of its customer; everything else, a tick that goes on too, keeps its partition.
 */
export const createReader = (options: ReaderOptions): OutputReader => {
  const { oracle, inputTopic, partitionCount } = options;
  const homeOf = ({ key }: ExpectedOutput): number =>
    key === null ? oracle.partition : partitionOf(key.toString(), partitionCount);
  const readers = OUTPUT_TOPICS.flatMap((topic) => {
    const isOfTopic = (output: ExpectedOutput): boolean => output.topic === topic;
    if (topic !== inputTopic) {
      return [createLogReader(options, { topic, target: oracle.partition }, isOfTopic)];
    }
    return Array.from({ length: partitionCount }, (_, target) =>
      createLogReader(
        options,
        { topic, target },
        (output) => isOfTopic(output) && homeOf(output) === target,
      ),
    );
  });
  return {
    check: () => {
      for (const reader of readers) reader.check();
    },
    count: () => readers.reduce((sum, reader) => sum + reader.count(), 0),
  };
};

/** I3: what is committed to the store but not published is in the outbox, whole and in order. */
export const checkOutbox = (
  slot: SlotData,
  { partition, outputs }: OraclePartition,
  mark: number,
): void => {
  const { next } = cursorOf(slot, partition);
  if (next === null) return;
  const keys = { get: (key: string) => slot.get(key), set: () => undefined };
  const { entries } = streamAt(keys, partitionKeys(APP, partition).outbox);
  const stored = new Map(entries.map((entry) => [entry.id.join('-'), entry.fields[1]]));
  for (let i = outputs.length - 1; i >= 0; i -= 1) {
    const wanted = outputs[i];
    if (wanted === undefined || wanted.offset < mark) break;
    if (wanted.offset >= next) continue;
    const id = `${String(wanted.offset)}-${String(wanted.ordinal)}`;
    const packed = stored.get(id);
    if (packed === undefined) {
      throw new Violation('I3', `output ${nameOf(wanted)} is neither published nor in the outbox`);
    }
    const entry = decodeOutboxEntry(id, packed);
    if (outputTopicAt(entry.output) !== wanted.topic || !isSame(entry.value, wanted.value)) {
      throw new Violation('I3', `the outbox holds another ${nameOf(wanted)} than the log means`);
    }
  }
};

/** Orders an object's fields by name, since those of decoded records come in the schema's order. */
const sorted = (_field: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** A customer's state as text, without what is derived or spare. */
const canonical = (customer: CustomerState): string => {
  // Bytes kept for writing are no part of the state.
  const { ledger, packedStanding: _, ...rest } = customer;
  const bytes = Buffer.from(ledger.bytes.subarray(0, ledger.length)).toString('hex');
  return JSON.stringify({ ...rest, ledger: { bytes, base: ledger.base } }, sorted);
};

export type StoredPartition = {
  readonly customers: ReadonlyMap<string, CustomerState>;
  readonly control: StoredControl;
  readonly pins: { streamTimeMs: number; rulebookVersion: string; modelVersion: string } | null;
  readonly dueCount: (untilMs: number) => number;
};

/** I1, I7, I9: the stored state is the fold of the whole log. */
export const checkState = (stored: StoredPartition, oracle: OraclePartition): void => {
  const at = `partition ${String(oracle.partition)}`;
  const { replay } = oracle;
  for (const [id, expected] of replay.customers) {
    const found = stored.customers.get(id);
    if (found === undefined) throw new Violation('I1', `${at}: customer ${id} is not stored`);
    if (canonical(found) !== canonical(expected)) {
      throw new Violation('I1', `${at}: ${difference(canonical(found), canonical(expected))}`);
    }
    // What other customers' merges brought is judged by the replay alone.
    const own = [...documentsOf(expected.ledger)].filter(({ isForwarded }) => !isForwarded);
    const documents = own.length;
    if (documents !== (oracle.documents.get(id)?.size ?? 0)) {
      throw new Violation(
        'I1',
        `${at}: ${id} has ${String(documents)} documents by the fold alone`,
      );
    }
  }
  for (const id of stored.customers.keys()) {
    if (replay.customers.has(id)) continue;
    throw new Violation(
      oracle.erased.has(id) ? 'I7' : 'I1',
      `${at}: customer ${id} is still stored`,
    );
  }
  checkControl(stored, oracle);
};

const checkControl = (stored: StoredPartition, { replay, partition }: OraclePartition): void => {
  const { control } = replay;
  const names = Array.from({ length: control.names.size() }, (_, id) => control.names.nameOf(id));
  const expected = JSON.stringify({
    names,
    rates: [...control.rates].sort(),
    territories: [...control.territories].sort(),
    pins: [control.streamTimeMs, control.rulebook.version, control.model.version],
  });
  const found = JSON.stringify({
    names: stored.control.names,
    rates: [...stored.control.rates].sort(),
    territories: [...stored.control.territories].sort(),
    pins: [
      stored.pins?.streamTimeMs ?? 0,
      stored.pins?.rulebookVersion ?? control.rulebook.version,
      stored.pins?.modelVersion ?? control.model.version,
    ],
  });
  if (found !== expected) {
    throw new Violation('I1', `partition ${String(partition)}: ${difference(found, expected)}`);
  }
  for (const untilMs of [0, control.streamTimeMs, Number.MAX_SAFE_INTEGER]) {
    const count = stored.dueCount(untilMs);
    if (count === replay.dueCount(untilMs)) continue;
    throw new Violation(
      'I1',
      `partition ${String(partition)}: ${String(count)} customers are due until ` +
        `${String(untilMs)}, by the log ${String(replay.dueCount(untilMs))}`,
    );
  }
};

const CONTEXT_CHARACTERS = 120;

const difference = (found: string, expected: string): string => {
  let at = 0;
  while (at < found.length && found[at] === expected[at]) at += 1;
  const from = Math.max(0, at - CONTEXT_CHARACTERS / 2);
  const part = (text: string): string => text.slice(from, from + CONTEXT_CHARACTERS);
  return `stored …${part(found)}… but the log means …${part(expected)}…`;
};
