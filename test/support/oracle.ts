/**
 * What the log of an installation must lead to, computed without any service: the input topic is read
 * from its start and folded in memory, partition by partition, and its outputs are encoded as the
 * scorer would. Fault tests compare Redis and the output topics with this, byte by byte.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaMessage } from 'kafkajs';
import { createEventDecoder } from '../../shared/avro/event-decoder.js';
import { builtinModel } from '../../shared/core/models/artefact.js';
import { builtinRulebook } from '../../shared/core/rulebook/rulebook.js';
import type { InputEvent } from '../../shared/core/engine/input-event.js';
import type { LogRecord, OutboxEntry } from '../../shared/core/ports.js';
import { toLogHeaders } from '../../shared/kafka/headers.js';
import { outputTopicAt, type OutputTopicName } from '../../shared/kafka/topics.js';
import {
  createReplayPartition,
  type ReplayPartition,
} from '../../shared/pipeline/replay-partitions.js';
import type { EventDecoder } from '../../shared/pipeline/worker-deps.js';
import { createOutputEncoder } from '../../services/scorer/output-encoder.js';
import { isRetriable } from '../../services/scorer/retriable.js';
import type { Installation } from './installation.js';
import { readTopic } from './read-topic.js';

/** What became of the records of a partition, counted. */
export type Outcomes = Record<'applied' | 'duplicate' | 'ignored' | 'dead-letter', number>;

export type ExpectedOutput = Omit<OutboxEntry, 'output'> & {
  readonly partition: number;
  /** Topic without the installation's prefix. */
  readonly topic: OutputTopicName;
};

export type Fold = {
  readonly partitions: readonly ReplayPartition[];
  /** In the order they must have on each topic and partition. */
  readonly outputs: readonly ExpectedOutput[];
  readonly outcomes: Outcomes;
  /** Records on the input topic. */
  readonly records: number;
};

export type InputFold = {
  readonly partitions: readonly ReplayPartition[];
  readonly outcomes: Outcomes;
  /** Folds the next records of a partition, in offset order; returns what each was. */
  readonly apply: (
    partition: number,
    messages: readonly KafkaMessage[],
  ) => Promise<readonly FoldedKind[]>;
};

/** Written back is what the scorer itself puts on the log: histories of merges, ticks that go on. */
export type FoldedKind = 'order' | 'written-back' | 'other';

const kindOf = (input: InputEvent): FoldedKind => {
  if (input.type === 'OrderEvent') return 'order';
  const isWrittenBack =
    input.type === 'HistoryForwarded' ||
    (input.type === 'Tick' && input.event.eventId.startsWith('continued-'));
  return isWrittenBack ? 'written-back' : 'other';
};

const toRecord = ({ offset, timestamp, key, value, headers }: KafkaMessage): LogRecord => ({
  offset: Number(offset),
  timestampMs: Number(timestamp),
  key,
  value,
  headers: toLogHeaders(headers) ?? [],
});

/** Creates the fold of an installation whose artefacts are the built-in ones. */
export const createInputFold = (
  { registry, encoder, topic }: Installation,
  { count, onOutput }: { readonly count: number; readonly onOutput: (o: ExpectedOutput) => void },
): InputFold => {
  const inputTopic = topic('customer-events');
  const decoder = createEventDecoder({ registry });
  const outputEncoder = createOutputEncoder(encoder, { inputTopic });
  const outcomes: Outcomes = { applied: 0, duplicate: 0, ignored: 0, 'dead-letter': 0 };
  let offset = 0;
  let ordinal = 0;
  const add = (
    partition: number,
    { output, key, value }: Pick<OutboxEntry, 'output' | 'key' | 'value'>,
  ): void => {
    ordinal += 1;
    onOutput({ offset, ordinal, partition, topic: outputTopicAt(output), key, value });
  };
  const partitions = Array.from({ length: count }, (_, partition) =>
    createReplayPartition({
      partition,
      artefacts: {
        rulebook: (version) => (version === builtinRulebook.version ? builtinRulebook : null),
        model: (version) => (version === builtinModel.version ? builtinModel : null),
      },
      onOutput: (output) => {
        add(partition, outputEncoder.encode(output));
      },
    }),
  );
  const applyOne = (partition: number, record: LogRecord): FoldedKind => {
    offset = record.offset;
    ordinal = 0;
    const input = decoder.decode(record);
    const outcome =
      'code' in input
        ? { kind: 'dead-letter' as const, ...input }
        : partitions[partition]?.apply(input, offset);
    if (outcome === undefined) throw new RangeError(`no partition ${String(partition)}`);
    outcomes[outcome.kind] += 1;
    if (outcome.kind === 'dead-letter') {
      const outputId = `${String(partition)}-${String(offset)}-${String(ordinal + 1)}`;
      add(partition, outputEncoder.deadLetter(outcome, record, { partition, outputId }));
    }
    return 'code' in input ? 'other' : kindOf(input);
  };
  return {
    partitions,
    outcomes,
    apply: async (partition, messages) => {
      const records = messages.map(toRecord);
      await prepare(decoder, records);
      return records.map((record) => applyOne(partition, record));
    },
  };
};

const REGISTRY_RETRY_MS = 300;

/** Learns the schemas, however long the registry is away: that is a fault of its test, not of the scorer. */
const prepare = async (
  { prepare: learn }: EventDecoder,
  records: readonly LogRecord[],
): Promise<void> => {
  for (;;) {
    try {
      await learn(records);
      return;
    } catch (error) {
      if (!isRetriable(error)) throw error;
      await sleep(REGISTRY_RETRY_MS);
    }
  }
};

/** Folds what the input topic of an installation holds now. */
export const foldInput = async (installation: Installation, count: number): Promise<Fold> => {
  const records = await readTopic(installation.kafka, installation.topic('customer-events'));
  const outputs: ExpectedOutput[] = [];
  const onOutput = (output: ExpectedOutput): void => {
    outputs.push(output);
  };
  const { partitions, outcomes, apply } = createInputFold(installation, { count, onOutput });
  for (const { partition } of partitions) {
    await apply(
      partition,
      records.filter((record) => record.partition === partition),
    );
  }
  return { partitions, outputs, outcomes, records: records.length };
};
