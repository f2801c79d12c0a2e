/** Rights as an administrator grants them: those that deploy/security and shared/kafka/acls.ts list. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import kafkajs, { type Admin } from 'kafkajs';
import { packageRoot } from '../../../shared/avro/package-root.js';
import type { AclRule } from '../../../shared/kafka/acls.js';
import { waitUntil } from '../wait-until.js';

const RESOURCES = {
  topic: kafkajs.AclResourceTypes.TOPIC,
  group: kafkajs.AclResourceTypes.GROUP,
  'transactional-id': kafkajs.AclResourceTypes.TRANSACTIONAL_ID,
} as const;
const OPERATIONS = {
  create: kafkajs.AclOperationTypes.CREATE,
  read: kafkajs.AclOperationTypes.READ,
  write: kafkajs.AclOperationTypes.WRITE,
  describe: kafkajs.AclOperationTypes.DESCRIBE,
  'describe-configs': kafkajs.AclOperationTypes.DESCRIBE_CONFIGS,
} as const;

const allOf = (user: string) => ({
  resourceType: kafkajs.AclResourceTypes.ANY,
  resourcePatternType: kafkajs.ResourcePatternTypes.ANY,
  principal: `User:${user}`,
  operation: kafkajs.AclOperationTypes.ANY,
  permissionType: kafkajs.AclPermissionTypes.ANY,
});

/** Rights are answered for before brokers have heard of them. */
const waitForRights = (admin: Admin, user: string, isThere: (count: number) => boolean) =>
  waitUntil(async () => {
    const { resources } = await admin.describeAcls(allOf(user));
    return isThere(resources.reduce((sum, { acls }) => sum + acls.length, 0));
  });

/** Grants rules to a user of Kafka. */
export const grantKafka = async (
  admin: Admin,
  user: string,
  rules: readonly AclRule[],
): Promise<void> => {
  const acl = rules.flatMap(({ resource, pattern, name, operations }) =>
    operations.map((operation) => ({
      resourceType: RESOURCES[resource],
      resourceName: name,
      resourcePatternType:
        pattern === 'literal'
          ? kafkajs.ResourcePatternTypes.LITERAL
          : kafkajs.ResourcePatternTypes.PREFIXED,
      principal: `User:${user}`,
      host: '*',
      operation: OPERATIONS[operation],
      permissionType: kafkajs.AclPermissionTypes.ALLOW,
    })),
  );
  await admin.createAcls({ acl });
  const distinct = new Set(acl.map((rule) => JSON.stringify(rule)));
  await waitForRights(admin, user, (count) => count >= distinct.size);
};

/** Takes all rights from a user of Kafka. */
export const revokeKafka = async (admin: Admin, user: string): Promise<void> => {
  await admin.deleteAcls({ filters: [allOf(user)] });
  await waitForRights(admin, user, (count) => count === 0);
};

/** A user of the file we ship, for an installation's keys: the arguments of ACL SETUSER. */
export const redisUser = (
  user: string,
  { app, password }: { readonly app: string; readonly password: string },
): readonly string[] => {
  const file = readFileSync(join(packageRoot(), 'deploy/security/redis-users.acl'), 'utf8');
  const line = file.split('\n').find((text) => text.startsWith(`user ${user} `));
  return (line ?? '')
    .replace('{kundenpuls:', `{${app}:`)
    .replace('>replace-me', `>${password}`)
    .split(' ')
    .slice(1);
};
