/**
 * The only place that spells topics. One row per topic: what it carries, how it is keyed, how many
 * partitions and for how long. Services refer to a topic by its name here; the prefix of an
 * installation (empty in production, unique in tests) is put in front at the edge.
 */
import { INPUT_EVENT_TYPES } from '../core/engine/input-event.js';

export type CleanupPolicy = 'delete' | 'compact' | 'compact,delete';
/** How many partitions: as many as the input log, or one where order across customers matters. */
export type PartitionRule = 'as-input' | 'single';

export type TopicSpec = {
  readonly name: TopicName;
  /** Full names of the Avro records on the topic, each its own subject; empty for JSON. */
  readonly records: readonly string[];
  readonly keyedBy: string;
  readonly partitions: PartitionRule;
  readonly cleanupPolicy: CleanupPolicy;
  /** How long records are kept, in ms; -1 for ever. Compacted topics keep the last per key. */
  readonly retentionMs: number;
  /** Largest record the broker takes, in bytes. */
  readonly maxMessageBytes: number;
  readonly description: string;
};

export const TOPIC_NAMES = [
  'customer-events',
  'segment-changes',
  'under-performance-alerts',
  'sales-opportunities',
  'customer-scores',
  'dead-letters',
  'dead-letter-actions',
  'erasures',
  'models',
  'replays',
] as const;
export type TopicName = (typeof TOPIC_NAMES)[number];

const DAY_MS = 86_400_000;
/** Outputs can be read again for this long by a consumer that was away. */
const OUTPUT_RETENTION_MS = 90 * DAY_MS;
/** A dead letter waits this long for someone to mend it. */
const DEAD_LETTER_RETENTION_MS = 180 * DAY_MS;
const REPLAY_RETENTION_MS = 7 * DAY_MS;
/** Records of up to 1 MB with the overhead of their batch. */
const RECORD_BYTES_MAX = (1 << 20) + 16_384;
/** A dead letter carries the original record and its reason. */
const DEAD_LETTER_BYTES_MAX = 2 << 20;

const EVENT_RECORDS = INPUT_EVENT_TYPES.map((name) => `kundenpuls.events.${name}`);

const output = (
  name: TopicName,
  record: string,
  rest: Pick<TopicSpec, 'keyedBy' | 'description'> & Partial<TopicSpec>,
): TopicSpec => ({
  name,
  records: [`kundenpuls.outputs.${record}`],
  partitions: 'as-input',
  cleanupPolicy: 'delete',
  retentionMs: OUTPUT_RETENTION_MS,
  maxMessageBytes: RECORD_BYTES_MAX,
  ...rest,
});

export const TOPICS: Readonly<Record<TopicName, TopicSpec>> = {
  'customer-events': {
    name: 'customer-events',
    records: EVENT_RECORDS,
    keyedBy: 'customer id; broadcasts go to every partition',
    partitions: 'as-input',
    cleanupPolicy: 'delete',
    // Kept for ever: the log is the truth that a lost state is rebuilt from. Installations that must
    // forget sooner set it lower and keep snapshots of Redis (docs/operations.md).
    retentionMs: -1,
    maxMessageBytes: RECORD_BYTES_MAX,
    description: 'The one ordered input log.',
  },
  'segment-changes': output('segment-changes', 'SegmentChanged', {
    keyedBy: 'customer id',
    description: 'A customer moved to another segment, profile or plan.',
  }),
  'under-performance-alerts': output('under-performance-alerts', 'UnderPerformanceAlert', {
    keyedBy: 'customer id',
    description: 'A customer, product group or product is behind its forecast, or no longer is.',
  }),
  'sales-opportunities': output('sales-opportunities', 'SalesOpportunity', {
    keyedBy: 'customer id',
    description: 'Cross-sell, up-sell and proposals for the next order.',
  }),
  'customer-scores': output('customer-scores', 'CustomerScore', {
    keyedBy: 'customer id',
    cleanupPolicy: 'compact',
    retentionMs: -1,
    description: 'The full card of every customer as of the last tick that changed it.',
  }),
  'dead-letters': output('dead-letters', 'DeadLetter', {
    // Compacted, so that a tombstone settles one letter: whoever replays it writes the tombstone in
    // the same transaction, and whoever erases a customer removes the bytes.
    keyedBy: 'output id',
    cleanupPolicy: 'compact,delete',
    retentionMs: DEAD_LETTER_RETENTION_MS,
    maxMessageBytes: DEAD_LETTER_BYTES_MAX,
    description: 'Records that could not be applied or delivered, with the reason and the bytes.',
  }),
  'dead-letter-actions': output('dead-letter-actions', 'DeadLetterAction', {
    keyedBy: 'output id of the dead letter',
    partitions: 'single',
    // Who gave a record up, and why, must be found as long as the log that it is missing from.
    retentionMs: -1,
    description: 'What people did to dead letters: fixed, replayed, dropped, and why.',
  }),
  erasures: output('erasures', 'ErasureCompleted', {
    keyedBy: 'request id',
    description: 'Acknowledged erasures.',
  }),
  models: {
    name: 'models',
    records: [],
    keyedBy: '<kind>/<version>',
    partitions: 'single',
    cleanupPolicy: 'compact',
    retentionMs: -1,
    maxMessageBytes: 8 << 20,
    description: 'Rulebooks and models as JSON, immutable by version.',
  },
  replays: {
    name: 'replays',
    records: ['kundenpuls.outputs.DeadLetter'],
    keyedBy: 'output id of the dead letter',
    partitions: 'as-input',
    cleanupPolicy: 'delete',
    // Read within seconds; short, since it holds copies that an erasure cannot reach.
    retentionMs: REPLAY_RETENTION_MS,
    maxMessageBytes: DEAD_LETTER_BYTES_MAX,
    description:
      'Dead letters sent again to the service that reads their source topic: ingest or a sink.',
  },
};

/** Topics the scorer writes; an outbox entry names its topic by the index here. Append only. */
export const OUTPUT_TOPICS = [
  'segment-changes',
  'under-performance-alerts',
  'sales-opportunities',
  'customer-scores',
  'dead-letters',
  'erasures',
  // Histories of merged customers, forwarded to the partition of the one that goes on.
  'customer-events',
] as const satisfies readonly TopicName[];
export type OutputTopicName = (typeof OUTPUT_TOPICS)[number];

/** Returns the index of an output topic, as stored in outbox entries. */
export const outputIndexOf = (name: OutputTopicName): number => OUTPUT_TOPICS.indexOf(name);

/** Returns the output topic at an index; throws RangeError for an index never assigned. */
export const outputTopicAt = (index: number): OutputTopicName => {
  const name = OUTPUT_TOPICS[index];
  if (name === undefined) throw new RangeError(`no output topic has the index ${String(index)}`);
  return name;
};

/** Topics that may hold records about a customer: artefacts and acknowledgements name nobody. */
export const CUSTOMER_TOPICS = TOPIC_NAMES.filter(
  (name) => name !== 'models' && name !== 'erasures',
);

/** Returns the topic's name in an installation. */
export const topicName = (prefix: string, name: TopicName): string => `${prefix}${name}`;

/** Returns how many partitions a topic has when the input log has the given number. */
export const partitionsOf = (spec: TopicSpec, inputPartitions: number): number =>
  spec.partitions === 'single' ? 1 : inputPartitions;

/** Configuration entries a topic is created with and checked against. */
export const topicConfig = (spec: TopicSpec): Readonly<Record<string, string>> => ({
  'cleanup.policy': spec.cleanupPolicy,
  'retention.ms': String(spec.retentionMs),
  'max.message.bytes': String(spec.maxMessageBytes),
  // An aborted or compacted record must be gone within a week, for erasures.
  ...(spec.cleanupPolicy !== 'delete'
    ? { 'max.compaction.lag.ms': String(7 * DAY_MS), 'delete.retention.ms': String(7 * DAY_MS) }
    : {}),
});

/** Names used by the exactly-once protocol and by consumers, derived from the application's name. */
export const kafkaIdentities = (app: string) => ({
  scorerGroup: app,
  publishedGroup: `${app}-published`,
  // Whoever may write under a transactional id may fence its owner: every service has its own prefix.
  transactionalId: (partition: number): string => `${app}-scorer-${String(partition)}`,
  /** Readers of artefacts are groups of their own, named after this and a random part. */
  artefactsGroup: `${app}-artefacts`,
  trainerGroup: `${app}-trainer`,
  streamGroup: `${app}-stream`,
  ingestGroup: `${app}-ingest`,
  ingestTransactionalId: (topic: string, partition: number): string =>
    `${app}-ingest-${topic}-${String(partition)}`,
  clockGroup: `${app}-clock`,
  clockTransactionalId: `${app}-clock`,
  crmSyncGroup: `${app}-crm-sync`,
  salesAlertsGroup: `${app}-sales-alerts`,
  deadLettersGroup: `${app}-dead-letters`,
  exportGroup: `${app}-export`,
});
