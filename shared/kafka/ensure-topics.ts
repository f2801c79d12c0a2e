/**
 * Creates the topics of the table and compares those that exist with it. An existing topic is never
 * changed: what differs is said, with what to do. The partition count of the input is fixed once
 * there is a state, since customers live on partitions.
 */
import kafkajs, { type Admin } from 'kafkajs';
import {
  partitionsOf,
  topicConfig,
  topicName,
  TOPIC_NAMES,
  TOPICS,
  type TopicName,
  type TopicSpec,
} from './topics.js';

export type TopicsOptions = {
  readonly prefix: string;
  readonly inputPartitions: number;
  readonly replicationFactor: number;
};

export type TopicFinding = {
  readonly topic: string;
  /** A wrong setting stops the product or loses data; a different one works but was not intended. */
  readonly severity: 'wrong' | 'different';
  readonly message: string;
};

export type ExistingTopic = {
  readonly partitions: number;
  readonly replicas: number;
  readonly config: ReadonlyMap<string, string>;
};

/** Settings on which correctness depends; the others are a matter of taste or of disk space. */
const CRITICAL: ReadonlySet<string> = new Set(['cleanup.policy', 'max.message.bytes']);

/** Creates the topics that are missing and returns their names; may be repeated. */
export const ensureTopics = async (
  admin: Admin,
  { prefix, inputPartitions, replicationFactor }: TopicsOptions,
): Promise<readonly string[]> => {
  const existing = new Set(await admin.listTopics());
  const missing = TOPIC_NAMES.map((name) => TOPICS[name]).filter(
    ({ name }) => !existing.has(topicName(prefix, name)),
  );
  if (missing.length === 0) return [];
  // An output partition follows the input's number, also when the input was there before.
  const partitions = existing.has(topicName(prefix, 'customer-events'))
    ? ((await readTopic(admin, topicName(prefix, 'customer-events')))?.partitions ??
      inputPartitions)
    : inputPartitions;
  await admin.createTopics({
    // The client's own waiting takes a topic that the broker does not know of yet for a failure.
    waitForLeaders: false,
    topics: missing.map((spec) => ({
      topic: topicName(prefix, spec.name),
      numPartitions: partitionsOf(spec, partitions),
      replicationFactor,
      configEntries: Object.entries({
        ...topicConfig(spec),
        ...(replicationFactor >= 3 ? { 'min.insync.replicas': '2' } : {}),
      }).map(([name, value]) => ({ name, value })),
    })),
  });
  const created = missing.map(({ name }) => topicName(prefix, name));
  await waitForLeaders(admin, created);
  return created;
};

const LEADERS_DEADLINE_MS = 30_000;
const LEADERS_POLL_MS = 50;
/** What brokers say of a topic between its creation and the election of its leaders. */
const NOT_YET: ReadonlySet<unknown> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
]);

const isNotYet = (error: unknown): boolean =>
  error instanceof Error && 'type' in error && NOT_YET.has(error.type);

/**
 * Resolves when every partition of the topics has a leader that answers for it, which is a little later
 * than the metadata say; throws what else goes wrong at once.
 */
export const waitForLeaders = async (
  admin: Pick<Admin, 'fetchTopicMetadata' | 'fetchTopicOffsets'>,
  topics: readonly string[],
): Promise<void> => {
  const untilMs = performance.now() + LEADERS_DEADLINE_MS;
  for (;;) {
    try {
      await admin.fetchTopicMetadata({ topics: [...topics] });
      for (const topic of topics) await admin.fetchTopicOffsets(topic);
      return;
    } catch (error) {
      if (!isNotYet(error) || performance.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, LEADERS_POLL_MS));
    }
  }
};

/** Reads a topic's shape and settings; null when it does not exist. */
export const readTopic = async (admin: Admin, topic: string): Promise<ExistingTopic | null> => {
  const existing = await admin.listTopics();
  if (!existing.includes(topic)) return null;
  const [metadata, configs] = await Promise.all([
    admin.fetchTopicMetadata({ topics: [topic] }),
    admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
    }),
  ]);
  const partitions = metadata.topics[0]?.partitions ?? [];
  return {
    partitions: partitions.length,
    replicas: partitions[0]?.replicas.length ?? 0,
    config: new Map(
      (configs.resources[0]?.configEntries ?? []).map((entry) => [
        entry.configName,
        entry.configValue,
      ]),
    ),
  };
};

/** Compares every topic with the table; empty when all is as it should be. */
export const inspectTopics = async (
  admin: Admin,
  { prefix }: Pick<TopicsOptions, 'prefix'>,
): Promise<readonly TopicFinding[]> => {
  const input = await readTopic(admin, topicName(prefix, 'customer-events'));
  const findings: TopicFinding[] = [];
  for (const name of TOPIC_NAMES) {
    const topic = topicName(prefix, name);
    findings.push(
      ...compareTopic(TOPICS[name], {
        topic,
        existing: await readTopic(admin, topic),
        inputPartitions: input?.partitions ?? 0,
      }),
    );
  }
  return findings;
};

/** Compares one topic with its row of the table. */
export const compareTopic = (
  spec: TopicSpec,
  at: {
    readonly topic: string;
    readonly existing: ExistingTopic | null;
    readonly inputPartitions: number;
  },
): readonly TopicFinding[] => {
  const { topic, existing, inputPartitions } = at;
  const finding = (severity: TopicFinding['severity'], message: string): TopicFinding => ({
    topic,
    severity,
    message: `${topic} ${message}`,
  });
  if (existing === null) {
    return [finding('wrong', 'does not exist; run `kundenpuls setup`')];
  }
  const findings: TopicFinding[] = [];
  const partitions = partitionsOf(spec, inputPartitions);
  if (inputPartitions > 0 && existing.partitions !== partitions) {
    findings.push(finding('wrong', wrongPartitions(spec.name, existing.partitions, partitions)));
  }
  for (const [name, value] of Object.entries(topicConfig(spec))) {
    const actual = existing.config.get(name);
    if (actual === value) continue;
    const severity = CRITICAL.has(name) ? 'wrong' : 'different';
    findings.push(
      finding(severity, `has ${name}=${actual ?? '(none)'} where ${value} is meant; alter it`),
    );
  }
  if (existing.config.get('unclean.leader.election.enable') === 'true') {
    findings.push(
      finding(
        'wrong',
        'may lose its newest records (unclean.leader.election.enable=true); set it to false',
      ),
    );
  }
  return findings;
};

const wrongPartitions = (name: TopicName, actual: number, meant: number): string =>
  `has ${String(actual)} partitions where ${String(meant)} are meant; ` +
  (name === 'models'
    ? 'create it anew with one, since the order of versions matters'
    : 'an output has the number of its source: delete and create it, or add the missing ones');
