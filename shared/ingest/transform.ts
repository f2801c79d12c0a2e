/**
 * Turns one record of a source topic into records of the input log, or into a dead letter: events of
 * ours keep their bytes and get the key of their customer; foreign records are mapped. Pure, so a
 * transaction that is repeated writes the same again.
 */
import type { FieldDescription } from '../avro/describe-record.js';
import { INPUT_EVENT_TYPES, isBroadcast, type InputEvent } from '../core/engine/input-event.js';
import { partitionOf } from '../core/partitioner.js';
import { letterAbout, type PlacedRecord } from '../core/validation/dead-letter.js';
import { reasonSentence, type ReasonCode } from '../core/validation/reasons.js';
import { applyMapping, chooseMapping, type ForeignRecord } from './apply-mapping.js';
import { Unmappable } from './convert.js';
import type { SourceMapping } from './mapping-file.js';

const NAMESPACE = 'kundenpuls.events.';
const DEAD_LETTER = 'kundenpuls.outputs.DeadLetter';

export type Produced = {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
};

export type Transformed = {
  readonly outcome: 'ingested' | 'dead-letter' | 'skipped';
  readonly code: ReasonCode | '';
  readonly produced: readonly Produced[];
};

type Decoded = { readonly name: string; readonly record: object };
type Refusal = { readonly code: ReasonCode; readonly detail: string };

export type TransformDeps = {
  /** Names of customer-events and dead-letters in this installation. */
  readonly customerEvents: string;
  readonly deadLetters: string;
  readonly partitionCount: number;
  readonly mappings: readonly SourceMapping[];
  readonly fieldsOf: (event: string) => readonly FieldDescription[];
  readonly decode: (value: Buffer | null) => Decoded | Refusal;
  /** Decodes as written, whatever the schema; null when even that fails. */
  readonly inspect: (value: Buffer | null) => Decoded | null;
  readonly encode: (name: string, record: object) => Buffer;
};

export type Transform = (record: PlacedRecord) => Transformed;

const EVENT_TYPES: ReadonlySet<string> = new Set(INPUT_EVENT_TYPES);
const isRefusal = (result: object): result is Refusal => 'code' in result;
const refuse = (code: ReasonCode, detail: string): Refusal => ({ code, detail });
type Event = { readonly input: InputEvent; readonly bytes: Buffer };

/** Creates the transform. */
export const createTransform = (deps: TransformDeps): Transform => {
  const { partitionCount } = deps;
  const byTopic = new Map<string, SourceMapping[]>();
  for (const mapping of deps.mappings) {
    byTopic.set(mapping.topic, [...(byTopic.get(mapping.topic) ?? []), mapping]);
  }

  const readOwn = ({ value }: PlacedRecord): Event | Refusal => {
    const decoded = deps.decode(value);
    if (isRefusal(decoded)) return decoded;
    const type = decoded.name.slice(NAMESPACE.length);
    if (!decoded.name.startsWith(NAMESPACE) || !EVENT_TYPES.has(type) || value === null) {
      return refuse('event-unexpected', decoded.name);
    }
    return { input: { type, event: decoded.record } as InputEvent, bytes: value };
  };

  const parse = (record: PlacedRecord, format: SourceMapping['format']): unknown => {
    if (record.value === null) throw new Unmappable('the record has no value');
    if (format === 'avro') {
      const decoded = deps.inspect(record.value);
      if (decoded === null) throw new Unmappable('the value is no readable Avro');
      return decoded.record;
    }
    try {
      return JSON.parse(record.value.toString('utf8'));
    } catch {
      throw new Unmappable('the value is no JSON');
    }
  };

  const readForeign = (
    record: PlacedRecord,
    mappings: readonly SourceMapping[],
  ): Event | Refusal | null => {
    try {
      const [first] = mappings;
      const json = parse(record, first?.format ?? 'json');
      const foreign: ForeignRecord = { ...record, key: record.key?.toString('utf8') ?? null, json };
      const mapping = chooseMapping(mappings, foreign);
      if (mapping === null) return null;
      const event = applyMapping(mapping, deps.fieldsOf(mapping.event), foreign);
      const bytes = deps.encode(NAMESPACE + mapping.event, event);
      return { input: { type: mapping.event, event } as unknown as InputEvent, bytes };
    } catch (error) {
      // What the encoder refuses is as much the record's or the mapping's fault.
      return refuse('mapping-failed', error instanceof Error ? error.message : String(error));
    }
  };

  const toInputLog = ({ input, bytes }: Event): readonly Produced[] | Refusal => {
    const topic = deps.customerEvents;
    if (isBroadcast(input)) {
      return Array.from({ length: partitionCount }, (_, partition) => ({
        topic,
        partition,
        key: null,
        value: bytes,
      }));
    }
    const { customerId } = input.event;
    if (customerId === '') return refuse('customer-missing', '');
    const partition = partitionOf(customerId, partitionCount);
    return [{ topic, partition, key: Buffer.from(customerId), value: bytes }];
  };

  const toDeadLetter = (record: PlacedRecord, { code, detail }: Refusal): Produced => {
    const reason = reasonSentence(code, detail);
    const letter = letterAbout(record, { service: 'ingest', code, reason });
    return {
      topic: deps.deadLetters,
      partition: partitionOf(letter.outputId, partitionCount),
      key: Buffer.from(letter.outputId),
      value: deps.encode(DEAD_LETTER, letter),
    };
  };

  return (record) => {
    const mappings = byTopic.get(record.topic);
    const event = mappings === undefined ? readOwn(record) : readForeign(record, mappings);
    if (event === null) return { outcome: 'skipped', code: '', produced: [] };
    const produced = isRefusal(event) ? event : toInputLog(event);
    return isRefusal(produced)
      ? {
          outcome: 'dead-letter',
          code: produced.code,
          produced: [toDeadLetter(record, produced)],
        }
      : { outcome: 'ingested', code: '', produced };
  };
};
