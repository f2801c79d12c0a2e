/**
 * What the log of an installation must lead to, computed without any service: the input topic is read
 * from its start and folded in memory, partition by partition, and its outputs are encoded as the
 * scorer would. Fault tests compare Redis and the output topics with this, byte by byte.
 */
import { createEventDecoder } from '../../shared/avro/event-decoder.js';
import { builtinModel } from '../../shared/core/models/artefact.js';
import { builtinRulebook } from '../../shared/core/rulebook/rulebook.js';
import type { OutboxEntry } from '../../shared/core/ports.js';
import { toLogHeaders } from '../../shared/kafka/headers.js';
import { OUTPUT_TOPICS } from '../../shared/kafka/topics.js';
import {
  createReplayPartition,
  type ReplayPartition,
} from '../../shared/pipeline/replay-partitions.js';
import { createOutputEncoder } from '../../services/scorer/output-encoder.js';
import type { Installation } from './installation.js';
import { readTopic, type ReadRecord } from './read-topic.js';

/** What became of the records of a partition, counted. */
export type Outcomes = Record<'applied' | 'duplicate' | 'ignored' | 'dead-letter', number>;

export type ExpectedOutput = Omit<OutboxEntry, 'output'> & {
  readonly partition: number;
  /** Topic without the installation's prefix. */
  readonly topic: (typeof OUTPUT_TOPICS)[number];
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
  /** Folds the next records of partitions, each in offset order; returns the types of the events. */
  readonly apply: (records: readonly ReadRecord[]) => Promise<readonly (string | null)[]>;
};

/** Creates the fold of an installation whose artefacts are the built-in ones. */
export const createInputFold = (
  { registry, encoder, topic }: Installation,
  { count, onOutput }: { readonly count: number; readonly onOutput: (o: ExpectedOutput) => void },
): InputFold => {
  const inputTopic = topic('customer-events');
  const decoder = createEventDecoder({ registry });
  const outputEncoder = createOutputEncoder(encoder, { inputTopic });
  const outcomes: Outcomes = { applied: 0, duplicate: 0, ignored: 0, 'dead-letter': 0 };
  let at = { offset: 0, ordinal: 0 };
  const add = (partition: number, encoded: Pick<OutboxEntry, 'output' | 'key' | 'value'>): void => {
    at = { ...at, ordinal: at.ordinal + 1 };
    const { output, key, value } = encoded;
    const name = OUTPUT_TOPICS[output];
    if (name === undefined) throw new RangeError(`no topic has the index ${String(output)}`);
    onOutput({ ...at, partition, topic: name, key, value });
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
  const applyOne = (read: ReadRecord): string | null => {
    const { partition, offset, timestamp, key, value } = read;
    const headers = toLogHeaders(read.headers) ?? [];
    const record = { offset: Number(offset), timestampMs: Number(timestamp), key, value, headers };
    at = { offset: record.offset, ordinal: 0 };
    const input = decoder.decode(record);
    const outcome =
      'code' in input
        ? { kind: 'dead-letter' as const, ...input }
        : partitions[partition]?.apply(input, record.offset);
    if (outcome === undefined) throw new RangeError(`no partition ${String(partition)}`);
    outcomes[outcome.kind] += 1;
    if (outcome.kind === 'dead-letter') {
      const outputId = `${String(partition)}-${offset}-${String(at.ordinal + 1)}`;
      add(partition, outputEncoder.deadLetter(outcome, record, { partition, outputId }));
    }
    return 'code' in input ? null : input.type;
  };
  return {
    partitions,
    outcomes,
    apply: async (records) => {
      await decoder.prepare(
        records.map(({ offset, timestamp, key, value }) => ({
          offset: Number(offset),
          timestampMs: Number(timestamp),
          key,
          value,
        })),
      );
      return records.map(applyOne);
    },
  };
};

/** Folds what the input topic of an installation holds now. */
export const foldInput = async (installation: Installation, count: number): Promise<Fold> => {
  const records = await readTopic(installation.kafka, installation.topic('customer-events'));
  const outputs: ExpectedOutput[] = [];
  const onOutput = (output: ExpectedOutput): void => {
    outputs.push(output);
  };
  const { partitions, outcomes, apply } = createInputFold(installation, { count, onOutput });
  await apply(records);
  return { partitions, outputs, outcomes, records: records.length };
};
