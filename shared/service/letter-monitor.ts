/**
 * Watches the dead letters for metrics: how many are open, by code, and how old the oldest is. Reads the
 * topic from its start in a group of its own, so every process that watches sees all of them; it
 * keeps a code and a time per open letter, nothing of their content.
 */
import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { isRefusal, type RecordDecoder } from '../avro/record-decoder.js';
import type { DeadLetter } from '../core/contract.generated.js';
import { DEAD_LETTER } from '../kafka/dead-letter-writer.js';
import type { Part } from '../lifecycle/lifecycle.js';
import type { Metrics } from '../observability/metrics.js';

export type LetterMonitorOptions = {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupPrefix: string;
  readonly decoder: () => RecordDecoder;
  readonly metrics: Metrics;
  readonly onProblem: (name: string, error: unknown) => void;
};

const SESSION_TIMEOUT_MS = 30_000;
const MAX_WAIT_MS = 1_000;
const MS_PER_SECOND = 1_000;

/** Creates the part; metrics say nothing before it starts. */
export const createLetterMonitor = (options: LetterMonitorOptions): Part => {
  const { kafka, topic, metrics } = options;
  const open = new Map<string, { readonly code: string; readonly recordedAtMs: number }>();
  metrics.gauge({
    name: 'kundenpuls_dead_letters_open',
    help: 'Dead letters that were neither replayed nor dropped, by reason code',
    labels: ['code'],
    collect: (gauge) => {
      gauge.reset();
      for (const { code } of open.values()) gauge.inc({ code });
    },
  });
  metrics.gauge({
    name: 'kundenpuls_dead_letters_oldest_seconds',
    help: 'Age of the oldest open dead letter; 0 when there is none',
    collect: (gauge) => {
      const nowMs = Date.now();
      let oldestMs = nowMs;
      for (const { recordedAtMs } of open.values()) oldestMs = Math.min(oldestMs, recordedAtMs);
      gauge.set((nowMs - oldestMs) / MS_PER_SECOND);
    },
  });
  const note = (key: string, value: Buffer | null): void => {
    const decoded = value === null ? null : options.decoder().decode(value);
    if (decoded === null) open.delete(key);
    else if (isRefusal(decoded) || decoded.name !== DEAD_LETTER) {
      open.set(key, { code: 'unreadable', recordedAtMs: Date.now() });
    } else {
      const { code, recordedAtMs } = decoded.record as DeadLetter;
      open.set(key, { code, recordedAtMs });
    }
  };
  return {
    name: 'dead letter monitor',
    start: async () => {
      const consumer = kafka.consumer({
        groupId: `${options.groupPrefix}-monitor-${randomUUID()}`,
        sessionTimeout: SESSION_TIMEOUT_MS,
        maxWaitTimeInMs: MAX_WAIT_MS,
        readUncommitted: false,
        allowAutoTopicCreation: false,
        retry: { restartOnFailure: () => Promise.resolve(true) },
      });
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          await options.decoder().prepare(batch.messages.map(({ value }) => value));
          for (const { key, value } of batch.messages) note(key?.toString() ?? '', value);
        },
      });
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        options.onProblem('letter_monitor_failed', payload.error);
      });
      return () => consumer.disconnect();
    },
  };
};
