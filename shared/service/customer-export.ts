/**
 * Everything an installation holds about one customer, as one object: what Redis knows, every record
 * of every topic that speaks of it, and the lines of the delivering services' files. Where a record
 * cannot be decoded its bytes are given, so that nothing is left out because it is unreadable.
 */
import type { Redis } from 'ioredis';
import type { Kafka } from 'kafkajs';
import { packageRoot } from '../avro/package-root.js';
import { createRecordDecoder, type RecordDecoder } from '../avro/record-decoder.js';
import { recordSchemas } from '../avro/record-schemas.js';
import type { RegistryClient } from '../avro/registry-client.js';
import type { DeadLetter } from '../core/contract.generated.js';
import { UNITS } from '../core/customer/describe.js';
import { partitionOf } from '../core/partitioner.js';
import type { LogRecord } from '../core/ports.js';
import { findCopies, type Copy } from '../delivery/find-copies.js';
import { DEAD_LETTER } from '../kafka/dead-letter-writer.js';
import { countPartitions } from '../kafka/event-producer.js';
import { readLog } from '../kafka/read-log.js';
import {
  CUSTOMER_TOPICS,
  kafkaIdentities,
  outputTopicAt,
  topicName,
  TOPICS,
  type TopicName,
} from '../kafka/topics.js';
import { mentionsCustomer } from '../privacy/mentions.js';
import { readCustomer } from '../redis/read-customer.js';
import { contentOfLetter, isLetterOf } from './letter-box.js';

export type ExportOptions = {
  readonly kafka: Kafka;
  readonly registry: RegistryClient;
  readonly redis: Redis;
  readonly app: string;
  readonly topicPrefix: string;
  /** Folders of the delivering services' files. */
  readonly folders: readonly string[];
  readonly onProgress: (step: string, done: number, total: number) => void;
};

type Json = Readonly<Record<string, unknown>>;
type FoundRecord = Json & {
  readonly offset: number;
  readonly key: string | null;
  /** Full name of the record's schema; null when it cannot be decoded. */
  readonly schema: string | null;
};

export type CustomerExport = {
  readonly format: 'kundenpuls-customer-export/1';
  readonly customerId: string;
  readonly units: Readonly<Record<string, string>>;
  /** What the fields of the records mean, by record and field. */
  readonly fields: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly stored: Json & { readonly outbox: readonly FoundRecord[] };
  readonly topics: readonly {
    readonly topic: string;
    readonly holds: string;
    /** How long the topic keeps a record, ms; null for ever, or until the next of the same key. */
    readonly retentionMs: number | null;
    readonly records: readonly FoundRecord[];
  }[];
  readonly copies: readonly { readonly folder: string; readonly lines: readonly Copy[] }[];
};

/** Topics whose records carry the bytes of another record, which have to be opened to be understood. */
const LETTER_TOPICS: readonly TopicName[] = ['dead-letters', 'replays'];

/** Gathers the export; throws when a component cannot be read, rather than leave a part out. */
export const exportCustomer = async (
  customerId: string,
  options: ExportOptions,
): Promise<CustomerExport> => {
  const { kafka, registry, redis, app, topicPrefix, folders } = options;
  const decoder = createRecordDecoder({ registry });
  const finder = createFinder(decoder, customerId);
  const input = topicName(topicPrefix, 'customer-events');
  const partition = partitionOf(customerId, await countPartitions(kafka, input));
  const { stored, outbox } = await readCustomer(redis, {
    app,
    projectFolder: packageRoot(),
    partition,
    customerId,
  });
  const waiting: FoundRecord[] = [];
  for (const { offset, output, ordinal, key, value } of outbox) {
    const at = { topic: outputTopicAt(output), partition, offset, ordinal };
    waiting.push(...(await finder([{ at, record: { key, value } }], false)));
  }
  const topics = [];
  for (const name of CUSTOMER_TOPICS) topics.push(await searchTopic(name, finder, options));
  const copies = [];
  for (const folder of folders) {
    copies.push({ folder, lines: await findCopies(folder, customerId) });
  }
  const used = [...waiting, ...topics.flatMap(({ records }) => records)].map((r) => r.schema);
  return {
    format: 'kundenpuls-customer-export/1',
    customerId,
    units: UNITS,
    fields: fieldsOf(new Set(used)),
    stored: { ...stored, outbox: waiting },
    topics,
    copies,
  };
};

const searchTopic = async (
  name: TopicName,
  finder: Finder,
  { kafka, app, topicPrefix, onProgress }: ExportOptions,
): Promise<CustomerExport['topics'][number]> => {
  const topic = topicName(topicPrefix, name);
  const { description, retentionMs, cleanupPolicy } = TOPICS[name];
  const found: FoundRecord[] = [];
  /** Where the last record of each key stands that was found, for topics that are compacted. */
  const lastOffsets = new Map<string, number>();
  await readLog(kafka, {
    topic,
    groupPrefix: kafkaIdentities(app).exportGroup,
    onRecords: async (read, partition) => {
      const fresh = await finder(read.map(placed(partition)), LETTER_TOPICS.includes(name));
      found.push(...fresh);
      for (const { key } of fresh) if (key !== null) lastOffsets.set(key, -1);
      for (const { key, offset } of read) {
        const text = key?.toString('utf8') ?? '';
        if (lastOffsets.has(text)) lastOffsets.set(text, offset);
      }
    },
    onProgress: (done, total) => {
      onProgress(topic, done, total);
    },
  });
  const isCompacted = cleanupPolicy !== 'delete';
  const records = found.map((record) => ({
    ...record,
    // Its key was written again or erased: the broker removes it within the week that topics.ts grants.
    ...(isCompacted ? { isSuperseded: record.offset !== lastOffsets.get(record.key ?? '') } : {}),
  }));
  const keptMs = retentionMs === -1 ? null : retentionMs;
  return { topic, holds: description, retentionMs: keptMs, records };
};

type Placed = {
  readonly at: Json & { readonly offset: number };
  readonly record: Pick<LogRecord, 'key' | 'value'>;
};

const placed =
  (partition: number) =>
  (record: LogRecord): Placed => ({
    at: { partition, offset: record.offset, writtenAtMs: record.timestampMs },
    record,
  });

type Finder = (records: readonly Placed[], areLetters: boolean) => Promise<readonly FoundRecord[]>;

/** Finds the records about the customer among others, cheaply: most are told by their bytes. */
const createFinder = (decoder: RecordDecoder, customerId: string): Finder => {
  const idBytes = Buffer.from(customerId);
  const isKey = (key: Buffer | null): boolean => key !== null && key.equals(idBytes);

  const describe = ({ at, record: { key, value } }: Placed): FoundRecord | null => {
    const content = decoder.inspect(value);
    const isContract = content !== null && recordSchemas().has(content.name);
    const isAbout =
      isKey(key) ||
      (content !== null && mentionsCustomer(content.record, { customerId, isContract }));
    if (!isAbout) return null;
    const bytes = content === null && value !== null ? value.toString('base64') : undefined;
    return {
      ...at,
      key: key?.toString('utf8') ?? null,
      schema: content?.name ?? null,
      record: content?.record ?? null,
      ...(bytes === undefined ? {} : { valueBase64: bytes }),
    };
  };

  const describeLetter = async ({ at, record: { key, value } }: Placed) => {
    const outer = decoder.inspect(value);
    if (outer?.name !== DEAD_LETTER) return null;
    const letter = outer.record as DeadLetter;
    const bytes = letter.value === null ? null : Buffer.from(letter.value);
    await decoder.prepare([bytes]);
    const content = contentOfLetter(decoder, letter);
    if (!isLetterOf(customerId, letter, content)) return null;
    const { key: letterKey, value: _bytes, ...rest } = letter;
    return {
      ...at,
      key: key?.toString('utf8') ?? null,
      schema: outer.name,
      record: {
        ...rest,
        key: letterKey === null ? null : Buffer.from(letterKey).toString('utf8'),
        refused: content,
        valueBase64: bytes?.toString('base64') ?? null,
      },
    };
  };

  return async (records, areLetters) => {
    const candidates = areLetters
      ? records
      : records.filter(
          ({ record: { key, value } }) => isKey(key) || (value?.includes(idBytes) ?? false),
        );
    await decoder.prepare(candidates.map(({ record }) => record.value));
    const found: FoundRecord[] = [];
    for (const candidate of candidates) {
      const described = areLetters ? await describeLetter(candidate) : describe(candidate);
      if (described !== null) found.push(described);
    }
    return found;
  };
};

type SchemaField = { readonly name: string; readonly doc?: string };

/** What the schemas say of their fields; also of the records within. */
const fieldsOf = (names: ReadonlySet<string | null>): CustomerExport['fields'] => {
  const fields: Record<string, Record<string, string>> = {};
  const visit = (schema: unknown): void => {
    if (Array.isArray(schema)) schema.forEach(visit);
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return;
    const { name, fields: inner } = schema as { name?: string; fields?: readonly SchemaField[] };
    if (name !== undefined && inner !== undefined) {
      fields[name] = Object.fromEntries(inner.map((field) => [field.name, field.doc ?? '']));
    }
    Object.values(schema).forEach(visit);
  };
  for (const [name, { text }] of recordSchemas()) if (names.has(name)) visit(JSON.parse(text));
  return fields;
};
