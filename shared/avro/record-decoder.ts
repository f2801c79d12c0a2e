/**
 * Decodes records in the registry's wire format into the contract's types, whatever version they were
 * written with. Unknown schema ids are fetched ahead of a batch (`prepare`); decoding is synchronous.
 * What is wrong with the record is a refusal; what is the registry's trouble is thrown, to wait.
 */
import avro from 'avsc';
import type { ReasonCode } from '../core/validation/reasons.js';
import { HEADER_BYTES, MAGIC_BYTE } from './record-encoder.js';
import { recordSchemas } from './record-schemas.js';
import type { RegistryClient } from './registry-client.js';

/** Larger values are refused before they are decoded. */
export const VALUE_BYTES_MAX = 1 << 20;
/** A dead letter holds a record that may itself be too large, and must be read all the same. */
const LETTER_BYTES_MAX = 2 << 20;
const LETTER_NAME = 'kundenpuls.outputs.DeadLetter';
/** An id the registry does not know is asked for again after this time. */
const UNKNOWN_FOR_MS = 60_000;
/** A schema may reach a replica of the registry shortly after its first record. */
const GRACE_TRIES = 3;
const GRACE_DELAY_MS = 300;

export type DecodeRefusal = { readonly code: ReasonCode; readonly detail: string };
export type DecodedRecord = { readonly name: string; readonly record: object };

export type RecordDecoder = {
  /** Fetches the schemas of values that are not known yet; throws RegistryUnavailable to retry. */
  readonly prepare: (values: readonly (Buffer | null)[]) => Promise<void>;
  /** Decodes into the reader's type of the record's name. */
  readonly decode: (value: Buffer | null) => DecodedRecord | DecodeRefusal;
  /** Decodes as written, for people to look at; null when even that fails. */
  readonly inspect: (value: Buffer | null) => DecodedRecord | null;
};

export type RecordDecoderOptions = {
  readonly registry: Pick<RegistryClient, 'schemaById'>;
  /** Full names of the records that are expected; all of the contract when omitted. */
  readonly names?: readonly string[];
  readonly sleep?: (ms: number) => Promise<void>;
  readonly nowMs?: () => number;
};

type Writer =
  | {
      readonly kind: 'readable';
      readonly name: string;
      readonly writer: avro.Type;
      readonly reader: avro.Type;
      /** Undefined when writer and reader are the same, which decodes faster. */
      readonly resolver: avro.Resolver | undefined;
    }
  | { readonly kind: 'refused'; readonly refusal: DecodeRefusal; readonly writer: avro.Type | null }
  | { readonly kind: 'unknown'; readonly refusal: DecodeRefusal; readonly untilMs: number };

const bytesMaxOf = (writer: Writer | undefined): number =>
  writer?.kind === 'readable' && writer.name === LETTER_NAME ? LETTER_BYTES_MAX : VALUE_BYTES_MAX;
const refuse = (code: ReasonCode, detail: string): DecodeRefusal => ({ code, detail });
const NO_VALUE = refuse('value-missing', '');
const NOT_AVRO = refuse('not-avro', '');
const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 200);

/** Tells a refusal from a decoded record. */
export const isRefusal = (decoded: DecodedRecord | DecodeRefusal): decoded is DecodeRefusal =>
  'code' in decoded;

/** Returns the schema id of a value, or null when it is not in the wire format. */
export const schemaIdOf = (value: Buffer): number | null =>
  value.length >= HEADER_BYTES && value[0] === MAGIC_BYTE ? value.readUInt32BE(1) : null;

/** Creates a decoder; it fetches and keeps writers' schemas as they turn up. */
export const createRecordDecoder = (options: RecordDecoderOptions): RecordDecoder => {
  const { registry, names, nowMs = () => performance.now() } = options;
  const sleep = options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  const readers = new Map(
    [...recordSchemas()].filter(([name]) => names === undefined || names.includes(name)),
  );
  const writers = new Map<number, Writer>();

  const fetchText = async (id: number): Promise<string | null> => {
    for (let tries = 1; ; tries += 1) {
      const text = await registry.schemaById(id);
      if (text !== null || tries >= GRACE_TRIES) return text;
      await sleep(GRACE_DELAY_MS);
    }
  };

  const toWriter = (text: string): Writer => {
    let writer: avro.Type;
    try {
      writer = avro.Type.forSchema(JSON.parse(text) as avro.Schema);
    } catch (error) {
      return {
        kind: 'refused',
        refusal: refuse('event-unexpected', `not an Avro schema: ${messageOf(error)}`),
        writer: null,
      };
    }
    const name = writer.name ?? '';
    const reader = readers.get(name)?.type;
    if (reader === undefined) {
      return { kind: 'refused', refusal: refuse('event-unexpected', name), writer };
    }
    try {
      const isSame = JSON.stringify(reader.schema()) === JSON.stringify(writer.schema());
      const resolver = isSame ? undefined : reader.createResolver(writer);
      return { kind: 'readable', name, writer, reader, resolver };
    } catch (error) {
      return { kind: 'refused', refusal: refuse('undecodable', messageOf(error)), writer };
    }
  };

  const learn = async (id: number): Promise<void> => {
    const text = await fetchText(id);
    if (text !== null) {
      writers.set(id, toWriter(text));
      return;
    }
    const refusal = refuse('schema-unknown', `schema id ${String(id)}`);
    writers.set(id, { kind: 'unknown', refusal, untilMs: nowMs() + UNKNOWN_FOR_MS });
  };

  const isKnown = (id: number): boolean => {
    const writer = writers.get(id);
    return writer !== undefined && (writer.kind !== 'unknown' || writer.untilMs > nowMs());
  };

  return {
    prepare: async (values) => {
      let lastId = -1;
      for (const value of values) {
        if (value === null) continue;
        const id = schemaIdOf(value);
        if (id === null || id === lastId) continue;
        lastId = id;
        if (!isKnown(id)) await learn(id);
      }
    },
    decode: (value) => {
      if (value === null) return NO_VALUE;
      const id = schemaIdOf(value);
      const writer = id === null ? undefined : writers.get(id);
      if (value.length > VALUE_BYTES_MAX && value.length > bytesMaxOf(writer)) {
        return refuse('record-too-large', `${String(value.length)} bytes`);
      }
      if (id === null) return NOT_AVRO;
      if (writer === undefined) throw new Error(`schema id ${String(id)} was not prepared`);
      return writer.kind === 'readable' ? decodeBody(writer, value) : writer.refusal;
    },
    inspect: (value) => {
      const id = value === null ? null : schemaIdOf(value);
      const known = id === null ? undefined : writers.get(id);
      if (value === null || known === undefined || known.kind === 'unknown') return null;
      const { writer } = known;
      if (writer === null) return null;
      const decoded = decodeBody(
        { name: writer.name ?? '', reader: writer, resolver: undefined },
        value,
      );
      return isRefusal(decoded) ? null : decoded;
    },
  };
};

type Readable = {
  readonly name: string;
  readonly reader: avro.Type;
  readonly resolver: avro.Resolver | undefined;
};

const decodeBody = (
  { name, reader, resolver }: Readable,
  value: Buffer,
): DecodedRecord | DecodeRefusal => {
  try {
    const decoded = reader.decode(value, HEADER_BYTES, resolver) as {
      readonly value: object;
      readonly offset: number;
    };
    if (decoded.offset === value.length) return { name, record: decoded.value };
    const what = decoded.offset === -1 ? 'the record ends too early' : 'bytes follow the record';
    return refuse('undecodable', what);
  } catch (error) {
    return refuse('undecodable', messageOf(error));
  }
};
