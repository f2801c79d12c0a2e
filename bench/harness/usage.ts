/** What a process and Redis have used: CPU seconds and resident memory. */
import type { Redis } from 'ioredis';
import pidusage from 'pidusage';

const MS_PER_SECOND = 1_000;
const BYTES_PER_MIB = 1 << 20;

export type Usage = { readonly cpuSeconds: number; readonly rssMb: number };

/** Reads what processes have used so far, together. */
export const usageOf = async (pids: readonly number[]): Promise<Usage> => {
  const used = Object.values(await pidusage([...pids]));
  const sum = (of: (one: pidusage.Status) => number): number =>
    used.reduce((total, one) => total + of(one), 0);
  return {
    cpuSeconds: sum(({ ctime }) => ctime) / MS_PER_SECOND,
    rssMb: sum(({ memory }) => memory) / BYTES_PER_MIB,
  };
};

/** Reads the CPU seconds of the Redis server from its own account. */
export const redisCpuSeconds = async (redis: Redis): Promise<number> => {
  const info = await redis.info('cpu');
  const seconds = (name: string): number =>
    Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? 0);
  return seconds('used_cpu_user') + seconds('used_cpu_sys');
};
