/** Waits until a scorer has applied its whole input and published all it led to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { partitionKeys } from '../../shared/redis/keys.js';
import type { Installation } from './installation.js';

const POLL_MS = 100;
/** Longer than a takeover, so that a partition between two owners does not pass for done. */
const STILL_MS = 5_000;
const DEADLINE_MS = 240_000;

/**
 * Resolves when nothing moves any more: every outbox is empty, and cursors and log ends have stood still
 * for a while. (A log may end in transaction markers, so its end is not the next offset.)
 */
export const waitUntilApplied = async (
  { kafka, app, topic }: Pick<Installation, 'kafka' | 'app' | 'topic'>,
  { url, partitions }: { readonly url: string; readonly partitions: number },
): Promise<void> => {
  const admin = kafka.admin();
  const redis = new Redis(url);
  await admin.connect();
  const look = async (): Promise<{ readonly isEmpty: boolean; readonly text: string }> => {
    const ends = await admin.fetchTopicOffsets(topic('customer-events'));
    const found: string[] = [];
    let pending = 0;
    for (let partition = 0; partition < partitions; partition += 1) {
      const keys = partitionKeys(app, partition);
      const end = ends.find((offset) => offset.partition === partition)?.high ?? '0';
      const next = (await redis.hget(keys.cursor, 'next')) ?? '0';
      const entries = await redis.xlen(keys.outbox);
      pending += entries;
      found.push(`${String(partition)}: ${next} of ${end}, outbox ${String(entries)}`);
    }
    return { isEmpty: pending === 0, text: found.join('; ') };
  };
  try {
    const untilMs = performance.now() + DEADLINE_MS;
    let last = '';
    let sinceMs = performance.now();
    for (;;) {
      const { isEmpty, text } = await look();
      const nowMs = performance.now();
      if (text !== last || !isEmpty) sinceMs = nowMs;
      last = text;
      if (nowMs - sinceMs > STILL_MS) return;
      if (nowMs > untilMs) throw new Error(`not applied in time: ${text}`);
      await sleep(POLL_MS);
    }
  } finally {
    redis.disconnect();
    await admin.disconnect();
  }
};
