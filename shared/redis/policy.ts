/**
 * Reads whether Redis is set up so that it does not forget silently: it must refuse writes rather than
 * evict keys, and it must write an append-only file. Without either the state of customers could be
 * lost in parts that no cursor shows.
 */
import type { Redis } from 'ioredis';

export type RedisPolicy = {
  readonly version: string;
  readonly maxmemoryPolicy: string;
  readonly maxmemoryBytes: number;
  readonly isAppendOnly: boolean;
  readonly isCluster: boolean;
};

const field = (info: string, name: string): string =>
  new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';

/** Reads the policy from INFO, which needs no admin rights. */
export const readRedisPolicy = async (redis: Redis): Promise<RedisPolicy> => {
  const info = await redis.info();
  return {
    version: field(info, 'redis_version'),
    maxmemoryPolicy: field(info, 'maxmemory_policy'),
    maxmemoryBytes: Number(field(info, 'maxmemory')),
    isAppendOnly: field(info, 'aof_enabled') === '1',
    isCluster: field(info, 'cluster_enabled') === '1',
  };
};

/** Returns what is wrong with a policy, each as a sentence with what to do; empty when it is right. */
export const refuseRedisPolicy = (policy: RedisPolicy): readonly string[] => {
  const problems: string[] = [];
  if (policy.maxmemoryPolicy !== 'noeviction') {
    problems.push(
      `Redis evicts keys when memory is short (maxmemory-policy ${policy.maxmemoryPolicy}), which ` +
        'would lose customers; set maxmemory-policy to noeviction',
    );
  }
  if (!policy.isAppendOnly) {
    problems.push(
      'Redis keeps no append-only file, so a restart would lose all customers; set appendonly yes ' +
        'and appendfsync everysec',
    );
  }
  return problems;
};
