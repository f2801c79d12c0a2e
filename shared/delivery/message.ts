/**
 * Renders the records of the output topics into messages, the one form that webhook and files share.
 * A message is complete: whoever gets it applies it without asking back and tells repetitions by its id,
 * which is the output's own, so it is the same after every crash, restart and replay.
 */
import type {
  DeadLetter,
  SalesOpportunity,
  SegmentChanged,
  UnderPerformanceAlert,
} from '../core/contract.generated.js';
import type { LogRecord } from '../core/ports.js';
import type { PlacedRecord } from '../core/validation/dead-letter.js';
import { bufferOf, recordIn } from './letter-record.js';
import { toReadable } from './readable.js';
import { summarizeAlert, summarizeOpportunity, summarizeSegmentChange } from './summary.js';

export type MessageType =
  'segment-changed' | 'under-performance-alert' | 'sales-opportunity' | 'customer-erased';

/** Where the record stands in Kafka; the same for every delivery of it. */
export type Source = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
};

export type Message = {
  readonly id: string;
  readonly type: MessageType;
  readonly customerId: string;
  /** The JSON that is posted, and the line that is appended. */
  readonly body: string;
};

/** The record a message was made of: its place, and its bytes for a dead letter. */
export type Origin = PlacedRecord;

type Content =
  | { readonly kind: 'message'; readonly message: Message }
  /** Everything said of the customer before is to be erased; the message tells receivers. */
  | { readonly kind: 'erasure'; readonly message: Message }
  /** The bytes are not what the topic carries: to be parked, never delivered. */
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string }
  /** Nothing to deliver: a replayed letter of another service's topic. */
  | { readonly kind: 'skipped' };

export type Rendered = Content & { readonly origin: Origin };

type Decoded = { readonly name: string; readonly record: object };
type Refusal = { readonly code: string; readonly detail: string };

/** Decodes values; `prepare` fetches schemas and throws while the registry is away. */
export type RecordReader = {
  readonly prepare: (values: readonly (Buffer | null)[]) => Promise<void>;
  readonly decode: (value: Buffer | null) => Decoded | Refusal;
};

const NAMESPACE = 'kundenpuls.outputs.';
const isRefusal = (decoded: Decoded | Refusal): decoded is Refusal => 'code' in decoded;

type Facts = {
  readonly type: MessageType;
  readonly record: {
    readonly outputId: string;
    readonly customerId: string;
    readonly asOfMs: number;
  };
  readonly currency: string;
  readonly summary: string;
};

/** What a message says of the record, or null when it is none that is delivered. */
const factsOf = ({ name, record }: Decoded): Facts | null => {
  switch (name) {
    case `${NAMESPACE}SegmentChanged`: {
      const change = record as SegmentChanged;
      const summary = summarizeSegmentChange(change);
      return { type: 'segment-changed', record: change, currency: change.currency, summary };
    }
    case `${NAMESPACE}UnderPerformanceAlert`: {
      const alert = record as UnderPerformanceAlert;
      const summary = summarizeAlert(alert);
      return { type: 'under-performance-alert', record: alert, currency: alert.currency, summary };
    }
    case `${NAMESPACE}SalesOpportunity`: {
      const found = record as SalesOpportunity;
      const summary = summarizeOpportunity(found);
      return { type: 'sales-opportunity', record: found, currency: found.currency, summary };
    }
    default:
      return null;
  }
};

const toMessage = ({ type, record, currency, summary }: Facts, source: Source): Message => ({
  id: record.outputId,
  type,
  customerId: record.customerId,
  body: JSON.stringify({
    id: record.outputId,
    type,
    timestamp: new Date(record.asOfMs).toISOString(),
    customerId: record.customerId,
    summary,
    data: toReadable(record, currency),
    source,
  }),
});

/** A tombstone has no output id: its place in Kafka, which never changes, names it. */
const toErasure = (customerId: string, source: Source, timestampMs: number): Message => {
  const id = `erased-${source.topic}-${String(source.partition)}-${String(source.offset)}`;
  const body = JSON.stringify({
    id,
    type: 'customer-erased',
    timestamp: new Date(timestampMs).toISOString(),
    customerId,
    summary: `${customerId} is to be erased: delete what you hold on this customer.`,
    source,
  });
  return { id, type: 'customer-erased', customerId, body };
};

export type Renderer = {
  readonly prepare: (records: readonly LogRecord[]) => Promise<void>;
  readonly render: (record: LogRecord, topic: string, partition: number) => Rendered;
};

/** What is delivered of a record. One that cannot be rendered is refused, whatever is wrong with it. */
const contentOf = (reader: RecordReader, origin: Origin): Content => {
  try {
    return readContent(reader, origin);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { kind: 'refused', code: 'undecodable', detail };
  }
};

const readContent = (reader: RecordReader, origin: Origin): Content => {
  const { topic, partition, offset, key, value, timestampMs } = origin;
  const source = { topic, partition, offset };
  if (value === null) {
    const customerId = key?.toString('utf8') ?? '';
    return customerId === ''
      ? { kind: 'skipped' }
      : { kind: 'erasure', message: toErasure(customerId, source, timestampMs) };
  }
  const decoded = reader.decode(value);
  if (isRefusal(decoded)) return { kind: 'refused', ...decoded };
  const facts = factsOf(decoded);
  return facts === null
    ? { kind: 'refused', code: 'event-unexpected', detail: decoded.name }
    : { kind: 'message', message: toMessage(facts, source) };
};

/** Creates the renderer of an output topic. */
export const createRenderer = (reader: RecordReader): Renderer => ({
  prepare: (records) => reader.prepare(records.map(({ value }) => value)),
  render: (record, topic, partition) => {
    const origin = { ...record, topic, partition };
    return { ...contentOf(reader, origin), origin };
  },
});

/**
 * Creates the renderer of the replays topic: a dead letter is rendered as the record it holds, at that
 * record's own coordinates, so the message is the one that was refused, or its mended form.
 */
export const createReplayRenderer = (
  reader: RecordReader,
  topics: ReadonlySet<string>,
): Renderer => {
  const letterOf = (value: Buffer | null): DeadLetter | null => {
    const decoded = value === null ? null : reader.decode(value);
    if (decoded === null || isRefusal(decoded) || decoded.name !== `${NAMESPACE}DeadLetter`) {
      return null;
    }
    const letter = decoded.record as DeadLetter;
    return topics.has(letter.topic) ? letter : null;
  };
  return {
    prepare: async (records) => {
      await reader.prepare(records.map(({ value }) => value));
      await reader.prepare(records.map(({ value }) => bufferOf(letterOf(value)?.value ?? null)));
    },
    render: (record, topic, partition) => {
      const letter = letterOf(record.value);
      if (letter === null) return { kind: 'skipped', origin: { ...record, topic, partition } };
      const origin = recordIn(letter);
      return { ...contentOf(reader, origin), origin };
    },
  };
};
