/**
 * What each service may do on Kafka, and nothing else: one row per permission, derived from the same
 * names that the services use. Whoever may write under a transactional id may fence its owner, so every
 * service has a prefix of its own.
 */
import {
  CUSTOMER_TOPICS,
  kafkaIdentities,
  OUTPUT_TOPICS,
  topicName,
  type TopicName,
} from './topics.js';

export const KAFKA_ROLES = [
  'source',
  'scorer',
  'ingest',
  'clock',
  'trainer',
  'crm-sync',
  'sales-alerts',
  'dead-letters',
  'export',
] as const;
export type KafkaRole = (typeof KAFKA_ROLES)[number];

export type AclRule = {
  readonly resource: 'topic' | 'group' | 'transactional-id';
  readonly pattern: 'literal' | 'prefixed';
  readonly name: string;
  readonly operations: readonly ('read' | 'write' | 'describe' | 'describe-configs')[];
};

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
const transactions = (prefix: string): AclRule => ({
  resource: 'transactional-id',
  pattern: 'prefixed',
  name: prefix,
  operations: ['write', 'describe'],
});

/** Returns the permissions of a role. */
export const aclsOf = (
  role: KafkaRole,
  { app, topicPrefix, sourceTopics = [] }: AclNames,
): readonly AclRule[] => {
  const identities = kafkaIdentities(app);
  const topic = (
    operations: AclRule['operations'],
    ...names: readonly TopicName[]
  ): readonly AclRule[] =>
    names.map((name) => ({
      resource: 'topic',
      pattern: 'literal',
      name: topicName(topicPrefix, name),
      operations,
    }));
  const reads = (...names: readonly TopicName[]) => topic(['read', 'describe'], ...names);
  const writes = (...names: readonly TopicName[]) => topic(['write', 'describe'], ...names);
  switch (role) {
    case 'source':
      return writes('customer-events');
    case 'scorer':
      return [
        // It also forwards the history of merged customers onto the log.
        ...topic(['read', 'write', 'describe', 'describe-configs'], 'customer-events'),
        ...topic(['describe', 'describe-configs', 'write'], ...OUTPUT_TOPICS),
        ...topic(['read', 'describe', 'describe-configs'], 'models'),
        group(identities.scorerGroup),
        group(identities.publishedGroup),
        group(`${identities.artefactsGroup}-`, 'prefixed'),
        transactions(`${app}-scorer-`),
      ];
    case 'ingest':
      return [
        ...writes('customer-events', 'dead-letters'),
        ...reads('replays'),
        ...sourceTopics.map((name) => ({
          resource: 'topic' as const,
          pattern: 'literal' as const,
          name,
          operations: ['read', 'describe'] as const,
        })),
        group(identities.ingestGroup, 'prefixed'),
        transactions(`${app}-ingest-`),
      ];
    case 'clock':
      return writes('customer-events');
    case 'trainer':
      return [
        ...topic(['read', 'write', 'describe'], 'customer-events', 'models'),
        group(identities.trainerGroup, 'prefixed'),
        group(`${identities.artefactsGroup}-`, 'prefixed'),
      ];
    case 'crm-sync':
      return [
        ...reads('segment-changes', 'replays'),
        ...writes('dead-letters'),
        group(identities.crmSyncGroup, 'prefixed'),
      ];
    case 'sales-alerts':
      return [
        ...reads('under-performance-alerts', 'sales-opportunities', 'replays'),
        // It watches the dead letters and erases those of erased customers.
        ...topic(['read', 'write', 'describe'], 'dead-letters'),
        group(identities.salesAlertsGroup, 'prefixed'),
        group(identities.deadLettersGroup, 'prefixed'),
      ];
    case 'dead-letters':
      return [
        ...topic(['read', 'write', 'describe'], 'dead-letters'),
        ...topic(['read', 'write', 'describe'], 'dead-letter-actions'),
        ...writes('customer-events', 'replays'),
        group(identities.deadLettersGroup, 'prefixed'),
        transactions(`${app}-dead-letters`),
      ];
    case 'export':
      return [...reads(...CUSTOMER_TOPICS), group(identities.exportGroup, 'prefixed')];
  }
};

/** All permissions of an installation, by role: what deploy/security/kafka-acls.json is made from. */
export const allAcls = (names: AclNames): Readonly<Record<KafkaRole, readonly AclRule[]>> =>
  Object.fromEntries(KAFKA_ROLES.map((role) => [role, aclsOf(role, names)])) as Record<
    KafkaRole,
    readonly AclRule[]
  >;
