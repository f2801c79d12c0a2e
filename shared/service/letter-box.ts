/**
 * The dead letters of an installation: reads the open ones, decodes what they hold, mends, replays and
 * drops them. Whoever changes anything opens the box first, which fences any other run of the command
 * and ends its transaction, and only then reads which letters are open: so a letter is settled once,
 * however often the command is run or killed.
 */
import type { Kafka } from 'kafkajs';
import { openRecordEncoder } from '../avro/record-encoder.js';
import {
  createRecordDecoder,
  isRefusal,
  schemaIdOf,
  type RecordDecoder,
} from '../avro/record-decoder.js';
import type { RegistryClient } from '../avro/registry-client.js';
import { recordSchemas } from '../avro/record-schemas.js';
import type { DeadLetter, DeadLetterAction } from '../core/contract.generated.js';
import { INPUT_EVENT_TYPES, isBroadcast, type InputEvent } from '../core/engine/input-event.js';
import { partitionOf } from '../core/partitioner.js';
import { CannotFix, setFields, type OpenLetter } from '../dead-letters/letters.js';
import { bufferOf } from '../delivery/letter-record.js';
import { DEAD_LETTER } from '../kafka/dead-letter-writer.js';
import { countPartitions } from '../kafka/event-producer.js';
import { readLatest } from '../kafka/read-latest.js';
import { readLog } from '../kafka/read-log.js';
import { topicName } from '../kafka/topics.js';
import type { OutgoingRecord } from '../kafka/log-client.js';
import { openRecordTransactor } from '../kafka/transactor.js';
import { mentionsCustomer } from '../privacy/mentions.js';

export type LetterBoxOptions = {
  readonly kafka: Kafka;
  readonly registry: RegistryClient;
  readonly topicPrefix: string;
  readonly group: string;
};

/** Who acts on letters and why, for the record that every action leaves in its transaction. */
export type Actor = { readonly doneBy: string; readonly reason: string; readonly doneAtMs: number };

/** What a letter holds, as far as it can be read. */
export type Content = { readonly name: string; readonly record: object } | null;

export type LetterBox = {
  readonly readOpen: () => Promise<readonly OpenLetter[]>;
  /** Returns the places of a customer's open letters, by key or content, for their erasure. */
  readonly readOpenOf: (
    customerId: string,
  ) => Promise<readonly { readonly outputId: string; readonly partition: number }[]>;
  /** Returns what was done to letters, the oldest first. */
  readonly readActions: () => Promise<readonly DeadLetterAction[]>;
  readonly contentOf: (letter: DeadLetter) => Content;
  /** Returns the customer of a letter, null when it cannot be told. */
  readonly customerOf: (letter: DeadLetter) => string | null;
};

export type LetterChanger = LetterBox & {
  /** Writes the letter again with fields replaced; throws CannotFix. */
  readonly fix: (
    open: OpenLetter,
    assignments: readonly string[],
    who: Actor,
  ) => Promise<DeadLetter>;
  /** Sends the record through the normal path and settles the letter, in one transaction. */
  readonly replay: (open: OpenLetter, who: Actor) => Promise<void>;
  /** Settles the letters without sending them; the actor gives the reason. */
  readonly drop: (open: readonly OpenLetter[], who: Actor) => Promise<void>;
  readonly close: () => Promise<void>;
};

const ACTION = 'kundenpuls.outputs.DeadLetterAction';
const NAMESPACE = 'kundenpuls.events.';
const READ_DEADLINE_MS = 60_000;
const EVENT_TYPES: ReadonlySet<string> = new Set(INPUT_EVENT_TYPES);

const parseJson = (value: Buffer): object | null => {
  try {
    const parsed: unknown = JSON.parse(value.toString('utf8'));
    return typeof parsed === 'object' ? parsed : null;
  } catch {
    return null;
  }
};

/** What a letter holds, read by a decoder that was prepared for its value. */
export const contentOfLetter = (decoder: RecordDecoder, letter: DeadLetter): Content => {
  const value = bufferOf(letter.value);
  if (value === null) return null;
  const avro = decoder.inspect(value);
  if (avro !== null) return avro;
  const record = parseJson(value);
  return record === null ? null : { name: 'JSON', record };
};

/** True when a letter is about the customer: by its key, or by what it holds. */
export const isLetterOf = (customerId: string, letter: DeadLetter, content: Content): boolean =>
  bufferOf(letter.key)?.toString('utf8') === customerId ||
  (content !== null &&
    mentionsCustomer(content.record, {
      customerId,
      isContract: recordSchemas().has(content.name),
    }));

/** Opens the box for reading; nothing is written. */
export const openLetterBox = (options: LetterBoxOptions): LetterBox => {
  const { kafka, registry, topicPrefix, group } = options;
  const decoder = createRecordDecoder({ registry });
  const contentOf = (letter: DeadLetter): Content => contentOfLetter(decoder, letter);
  const readOpen = async (): Promise<readonly OpenLetter[]> => {
    const topic = topicName(topicPrefix, 'dead-letters');
    const latest = await readLatest(kafka, {
      topic,
      groupPrefix: group,
      deadlineMs: READ_DEADLINE_MS,
    });
    const records = [...latest.values()].filter(({ value }) => value !== null);
    await decoder.prepare(records.map(({ value }) => value));
    const open = records.flatMap(({ value, partition, offset }): OpenLetter[] => {
      const decoded = decoder.decode(value);
      if (isRefusal(decoded) || decoded.name !== DEAD_LETTER) return [];
      return [{ letter: decoded.record as DeadLetter, partition, offset }];
    });
    await decoder.prepare(open.map(({ letter }) => bufferOf(letter.value)));
    return open;
  };
  const customerOf = (letter: DeadLetter): string | null => {
    const record = contentOf(letter)?.record;
    return record !== undefined && 'customerId' in record ? String(record.customerId) : null;
  };
  const readActions = async (): Promise<readonly DeadLetterAction[]> => {
    const actions: DeadLetterAction[] = [];
    await readLog(kafka, {
      topic: topicName(topicPrefix, 'dead-letter-actions'),
      groupPrefix: group,
      onProgress: () => undefined,
      onRecords: async (records) => {
        await decoder.prepare(records.map(({ value }) => value));
        for (const { value } of records) {
          const decoded = decoder.decode(value);
          if (isRefusal(decoded) || decoded.name !== ACTION) continue;
          actions.push(decoded.record as DeadLetterAction);
        }
      },
    });
    return actions;
  };
  return {
    readOpen,
    readActions,
    readOpenOf: async (customerId) =>
      (await readOpen())
        .filter(({ letter }) => isLetterOf(customerId, letter, contentOf(letter)))
        .map(({ letter, partition }) => ({ outputId: letter.outputId, partition })),
    contentOf,
    customerOf,
  };
};

/** Opens the box for changes and fences every other run. */
export const openLetterChanger = async (options: LetterBoxOptions): Promise<LetterChanger> => {
  const { kafka, registry, topicPrefix, group } = options;
  const transactor = await openRecordTransactor({ kafka, transactionalId: group });
  const encoder = await openRecordEncoder(registry, [...recordSchemas().keys()]);
  const deadLetters = topicName(topicPrefix, 'dead-letters');
  const actions = topicName(topicPrefix, 'dead-letter-actions');
  const customerEvents = topicName(topicPrefix, 'customer-events');
  const partitionCount = await countPartitions(kafka, customerEvents);
  const box = openLetterBox(options);

  const tombstone = ({ letter, partition }: OpenLetter): OutgoingRecord => ({
    topic: deadLetters,
    partition,
    key: Buffer.from(letter.outputId),
    value: null,
  });

  /** The record of an action, in the same transaction: nothing is done that is not told. */
  const told = (
    action: DeadLetterAction['action'],
    { outputId, code, topic, partition, offset }: DeadLetter,
    { doneBy, reason, doneAtMs }: Actor,
  ): OutgoingRecord => {
    const record: DeadLetterAction = {
      outputId,
      action,
      doneAtMs,
      doneBy,
      reason,
      code,
      topic,
      partition,
      offset,
    };
    return {
      topic: actions,
      partition: 0,
      key: Buffer.from(outputId),
      value: encoder.encode(ACTION, record),
    };
  };

  /** Where the scorer's letters go: into the log again, on the partition of the customer they name. */
  const intoLog = (letter: DeadLetter): readonly OutgoingRecord[] => {
    const value = bufferOf(letter.value);
    const content = box.contentOf(letter);
    const { headers } = letter;
    const type = content?.name.slice(NAMESPACE.length) ?? '';
    if (content?.name === NAMESPACE + type && EVENT_TYPES.has(type)) {
      const input = { type, event: content.record } as InputEvent;
      if (!isBroadcast(input)) {
        const { customerId } = input.event;
        const partition = partitionOf(customerId, partitionCount);
        return [{ topic: customerEvents, partition, key: Buffer.from(customerId), value, headers }];
      }
    }
    // Unreadable, or a broadcast that one partition refused: where it was.
    const { partition } = letter;
    return [{ topic: customerEvents, partition, key: bufferOf(letter.key), value, headers }];
  };

  /** Letters of other topics go back to the service that reads the topic, with their coordinates. */
  const intoReplays = (letter: DeadLetter): readonly OutgoingRecord[] => [
    {
      topic: topicName(topicPrefix, 'replays'),
      partition: partitionOf(letter.outputId, partitionCount),
      key: Buffer.from(letter.outputId),
      value: encoder.encode(DEAD_LETTER, letter),
    },
  ];

  const mend = (letter: DeadLetter, assignments: readonly string[]): Buffer => {
    const value = bufferOf(letter.value);
    const content = box.contentOf(letter);
    if (value === null || content === null) {
      throw new CannotFix(
        `the bytes of ${letter.outputId} cannot be decoded, so no field can be set; send a ` +
          'corrected record from the source and drop this one',
      );
    }
    const mended = setFields(content.record, assignments);
    if (schemaIdOf(value) === null || content.name === 'JSON') {
      return Buffer.from(JSON.stringify(mended));
    }
    if (!recordSchemas().has(content.name)) {
      throw new CannotFix(`${content.name} is not a record of the contract; mend it at its source`);
    }
    try {
      return encoder.encode(content.name, mended);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new CannotFix(`the record does not fit its schema any more: ${why}`);
    }
  };

  return {
    ...box,
    fix: async ({ letter, partition }, assignments, who) => {
      const fixed: DeadLetter = { ...letter, value: mend(letter, assignments) };
      const value = encoder.encode(DEAD_LETTER, fixed);
      const key = Buffer.from(letter.outputId);
      await transactor.commit([
        { topic: deadLetters, partition, key, value },
        told('fixed', letter, who),
      ]);
      return fixed;
    },
    replay: async (open, who) => {
      const { letter } = open;
      const sent = letter.topic === customerEvents ? intoLog(letter) : intoReplays(letter);
      await transactor.commit([...sent, tombstone(open), told('replayed', letter, who)]);
    },
    drop: (open, who) =>
      transactor.commit([
        ...open.map(tombstone),
        ...open.map(({ letter }) => told('dropped', letter, who)),
      ]),
    close: transactor.close,
  };
};
