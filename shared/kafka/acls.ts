/**
 * What each service may do on Kafka, and nothing else: one row per permission, derived from the same
 * names that the services use. Whoever may write under a transactional id may fence its owner, so every
 * service has a prefix of its own.
 */
import {
  CUSTOMER_TOPICS,
  kafkaIdentities,
  OUTPUT_TOPICS,
  TOPIC_NAMES,
  topicName,
  type TopicName,
} from './topics.js';

export const KAFKA_ROLES = [
  'source',
  'scorer',
  'ingest',
  'clock',
  'simulator',
  'stream',
  'trainer',
  'crm-sync',
  'sales-alerts',
  'dead-letters',
  'export',
  'setup',
  'doctor',
] as const;
export type KafkaRole = (typeof KAFKA_ROLES)[number];

export type AclRule = {
  readonly resource: 'topic' | 'group' | 'transactional-id';
  readonly pattern: 'literal' | 'prefixed';
  readonly name: string;
  readonly operations: readonly AclOperation[];
};
export type AclOperation = 'create' | 'read' | 'write' | 'describe' | 'describe-configs';

export type AclNames = {
  /** Name of the installation, as in KUNDENPULS_APP. */
  readonly app: string;
  readonly topicPrefix: string;
  /** Topics that ingest re-keys, by their full names. */
  readonly sourceTopics?: readonly string[];
};

const group = (name: string, pattern: AclRule['pattern'] = 'literal'): AclRule => ({
  resource: 'group',
  pattern,
  name,
  operations: ['read', 'describe'],
});
const transactions = (name: string, pattern: AclRule['pattern'] = 'prefixed'): AclRule => ({
  resource: 'transactional-id',
  pattern,
  name,
  operations: ['write', 'describe'],
});

type Grants = (names: readonly TopicName[], operations: AclRule['operations']) => AclRule[];

const grantsOf =
  (topicPrefix: string): Grants =>
  (names, operations) =>
    names.map((name) => ({
      resource: 'topic',
      pattern: 'literal',
      name: topicName(topicPrefix, name),
      operations,
    }));

const READS = ['read', 'describe'] as const;
const WRITES = ['write', 'describe'] as const;
const BOTH = ['read', 'write', 'describe'] as const;

const scorerRules = (topics: Grants, app: string): readonly AclRule[] => {
  const identities = kafkaIdentities(app);
  const outputs = OUTPUT_TOPICS.filter((name) => name !== 'customer-events');
  return [
    // It also forwards the history of merged customers onto the log.
    ...topics(['customer-events'], ['read', 'write', 'describe', 'describe-configs']),
    ...topics(outputs, ['describe', 'describe-configs', 'write']),
    ...topics(['models'], ['read', 'describe', 'describe-configs']),
    group(identities.scorerGroup),
    group(identities.publishedGroup),
    group(`${identities.artefactsGroup}-`, 'prefixed'),
    transactions(`${app}-scorer-`),
  ];
};

const ingestRules = (topics: Grants, { app, sourceTopics = [] }: AclNames): readonly AclRule[] => [
  ...topics(['customer-events', 'dead-letters'], WRITES),
  ...topics(['replays'], READS),
  ...sourceTopics.map((name): AclRule => ({
    resource: 'topic',
    pattern: 'literal',
    name,
    operations: READS,
  })),
  group(kafkaIdentities(app).ingestGroup, 'prefixed'),
  transactions(`${app}-ingest-`),
];

/** Returns the permissions of a role. */
export const aclsOf = (role: KafkaRole, names: AclNames): readonly AclRule[] => {
  const { app, topicPrefix } = names;
  const identities = kafkaIdentities(app);
  const topics = grantsOf(topicPrefix);
  switch (role) {
    case 'source':
      return topics(['customer-events'], WRITES);
    case 'scorer':
      return scorerRules(topics, app);
    case 'ingest':
      return ingestRules(topics, names);
    case 'clock':
    // A simulated business brings its own ticks, in the place of a clock.
    case 'simulator':
      return [
        // The last tick is kept as an offset of the topic, which only its readers may commit.
        ...topics(['customer-events'], BOTH),
        group(identities.clockGroup),
        transactions(identities.clockTransactionalId, 'literal'),
      ];
    case 'stream':
      return [
        ...topics(['customer-events'], WRITES),
        ...topics(['models'], BOTH),
        group(`${identities.streamGroup}-`, 'prefixed'),
      ];
    case 'trainer':
      return [
        ...topics(['customer-events', 'models'], BOTH),
        group(identities.trainerGroup, 'prefixed'),
        group(`${identities.artefactsGroup}-`, 'prefixed'),
      ];
    case 'crm-sync':
      return [
        ...topics(['segment-changes', 'replays'], READS),
        ...topics(['dead-letters'], WRITES),
        group(identities.crmSyncGroup, 'prefixed'),
      ];
    case 'sales-alerts':
      return [
        ...topics(['under-performance-alerts', 'sales-opportunities', 'replays'], READS),
        // It watches the dead letters and erases those of erased customers.
        ...topics(['dead-letters'], BOTH),
        group(identities.salesAlertsGroup, 'prefixed'),
        group(identities.deadLettersGroup, 'prefixed'),
      ];
    case 'dead-letters':
      return [
        ...topics(['dead-letters', 'dead-letter-actions'], BOTH),
        ...topics(['customer-events', 'replays'], WRITES),
        group(identities.deadLettersGroup, 'prefixed'),
        transactions(`${app}-dead-letters`),
      ];
    case 'export':
      return [...topics(CUSTOMER_TOPICS, READS), group(identities.exportGroup, 'prefixed')];
    case 'setup':
      return topics(TOPIC_NAMES, ['create', 'describe', 'describe-configs']);
    case 'doctor':
      return topics(TOPIC_NAMES, ['describe', 'describe-configs']);
  }
};

/** All permissions of an installation, by role: what deploy/security/kafka-acls.json is made from. */
export const allAcls = (names: AclNames): Readonly<Record<KafkaRole, readonly AclRule[]>> =>
  Object.fromEntries(KAFKA_ROLES.map((role) => [role, aclsOf(role, names)])) as Record<
    KafkaRole,
    readonly AclRule[]
  >;
