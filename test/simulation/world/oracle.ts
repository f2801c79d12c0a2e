/**
 * What must be true, computed apart from the pipeline: every record is folded when it is appended, so
 * the oracle knows at any time which outputs the log means, in which order, and which state. Two
 * judges: the in-memory replay gives whole states and outputs; a naive count of documents, a few
 * lines without the engine, keeps the replay itself honest.
 */
import {
  createReplayPartition,
  type ReplayPartition,
} from '../../../shared/pipeline/replay-partitions.js';
import { builtinModel } from '../../../shared/core/models/artefact.js';
import { builtinRulebook, type Rulebook } from '../../../shared/core/rulebook/rulebook.js';
import type { ModelArtefact } from '../../../shared/core/models/artefact.js';
import type { EngineOutput } from '../../../shared/core/engine/engine.js';
import type { InputEvent } from '../../../shared/core/engine/input-event.js';
import type { LogRecord } from '../../../shared/core/ports.js';
import type { EventDecoder } from '../../../shared/pipeline/worker-deps.js';
import { SIM_ARTEFACTS } from './artefacts.js';
import { outputTopicAt } from '../../../shared/kafka/topics.js';
import { outputEncoder } from './contract.js';

export type ExpectedOutput = {
  readonly offset: number;
  readonly ordinal: number;
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
};

export type OraclePartition = {
  readonly partition: number;
  readonly append: (record: LogRecord) => void;
  readonly outputs: readonly ExpectedOutput[];
  readonly replay: ReplayPartition;
  /** Documents a customer must have, by a count of its own. */
  readonly documents: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly erased: ReadonlySet<string>;
};

const rulebooks = new Map<string, Rulebook>([[builtinRulebook.version, builtinRulebook]]);
const models = new Map<string, ModelArtefact>([[builtinModel.version, builtinModel]]);
for (const { kind, version, json } of SIM_ARTEFACTS) {
  if (kind === 'rulebook') rulebooks.set(version, JSON.parse(json) as Rulebook);
  else models.set(version, JSON.parse(json) as ModelArtefact);
}

/** Creates the oracle of one partition. */
export const createOraclePartition = (
  partition: number,
  decoder: EventDecoder,
): OraclePartition => {
  const outputs: ExpectedOutput[] = [];
  const documents = new Map<string, Map<string, number>>();
  const erased = new Set<string>();
  let offset = 0;
  let ordinal = 0;
  const add = ({ output, key, value }: ReturnType<typeof outputEncoder.encode>): void => {
    ordinal += 1;
    outputs.push({ offset, ordinal, topic: outputTopicAt(output), key, value });
  };
  const replay = createReplayPartition({
    partition,
    artefacts: {
      rulebook: (version) => rulebooks.get(version) ?? null,
      model: (version) => models.get(version) ?? null,
    },
    onOutput: (output: EngineOutput) => {
      add(outputEncoder.encode(output));
    },
  });

  /** Highest version per document wins; an erasure forgets. */
  const count = (input: InputEvent): void => {
    if (input.type === 'ErasureRequested') {
      documents.delete(input.event.customerId);
      erased.add(input.event.customerId);
    }
    if (input.type !== 'OrderEvent') return;
    const { customerId, orderId, kind, documentVersion } = input.event;
    erased.delete(customerId);
    const own = documents.get(customerId) ?? new Map<string, number>();
    documents.set(customerId, own);
    const key = `${orderId}${kind === 'returned' ? '/return' : ''}`;
    own.set(key, Math.max(own.get(key) ?? 0, documentVersion));
  };

  return {
    partition,
    outputs,
    replay,
    documents,
    erased,
    append: (record) => {
      ({ offset } = record);
      ordinal = 0;
      const input = decoder.decode(record);
      const refuse = (refusal: Parameters<typeof outputEncoder.deadLetter>[0]): void => {
        const outputId = `${String(partition)}-${String(offset)}-${String(ordinal + 1)}`;
        add(outputEncoder.deadLetter(refusal, record, { partition, outputId }));
      };
      if ('code' in input) {
        refuse(input);
        return;
      }
      const outcome = replay.apply(input, offset);
      if (outcome.kind === 'dead-letter') refuse(outcome);
      else if (outcome.kind !== 'ignored') count(input);
    },
  };
};
