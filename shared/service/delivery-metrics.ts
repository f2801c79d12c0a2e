/** Metrics of the two delivering services, the same names in both; the label `service` tells them apart. */
import type { PendingRecords } from '../delivery/partition-sink.js';
import type { Metrics } from '../observability/metrics.js';

export type SinkProbe = {
  readonly sink: string;
  readonly topic: string;
  readonly partitions: () => readonly PendingRecords[];
  /** Offset the next record of a partition will get, as last asked of the broker. */
  readonly high: (partition: number) => number | null;
};

export type DeliveryMetrics = {
  readonly settled: (at: Pick<SinkProbe, 'sink' | 'topic'>, outcome: string, n: number) => void;
  readonly called: (answer: string, tookMs: number) => void;
  readonly retried: (reason: string) => void;
  readonly refused: (status: number) => void;
  readonly trouble: (kind: string) => void;
};

const MS_PER_SECOND = 1_000;

const defineGauges = (
  metrics: Metrics,
  probes: () => readonly SinkProbe[],
  nowMs: () => number,
): void => {
  metrics.gauge({
    name: 'kundenpuls_delivery_lag_records',
    help: 'Records not delivered yet, by sink and topic; markers of transactions count, so it rests at a few',
    labels: ['sink', 'topic'],
    collect: (gauge) => {
      gauge.reset();
      for (const { sink, topic, partitions, high } of probes()) {
        let lag = 0;
        for (const { partition, next } of partitions()) {
          const end = high(partition);
          if (next !== null && end !== null) lag += Math.max(0, end - next);
        }
        gauge.inc({ sink, topic }, lag);
      }
    },
  });
  metrics.gauge({
    name: 'kundenpuls_delivery_pending_records',
    help: 'Records taken from Kafka and not delivered yet',
    labels: ['sink', 'topic'],
    collect: (gauge) => {
      gauge.reset();
      for (const { sink, topic, partitions } of probes()) {
        for (const { pending } of partitions()) gauge.inc({ sink, topic }, pending);
      }
    },
  });
  metrics.gauge({
    name: 'kundenpuls_delivery_oldest_undelivered_seconds',
    help: 'Age of the oldest record that is under way and not delivered; 0 when none is',
    labels: ['sink', 'topic'],
    collect: (gauge) => {
      gauge.reset();
      for (const { sink, topic, partitions } of probes()) {
        let oldestMs = nowMs();
        for (const { oldestTimestampMs } of partitions()) {
          oldestMs = Math.min(oldestMs, oldestTimestampMs ?? oldestMs);
        }
        gauge.set({ sink, topic }, (nowMs() - oldestMs) / MS_PER_SECOND);
      }
    },
  });
};

/** Defines the metrics; gauges ask the probes when they are scraped. */
export const createDeliveryMetrics = (
  metrics: Metrics,
  probes: () => readonly SinkProbe[],
  nowMs: () => number,
): DeliveryMetrics => {
  defineGauges(metrics, probes, nowMs);
  const records = metrics.counter({
    name: 'kundenpuls_delivery_records_total',
    help: 'Records settled: delivered, parked as dead letter, skipped, erased',
    labels: ['sink', 'topic', 'outcome'],
  });
  const calls = metrics.histogram({
    name: 'kundenpuls_delivery_call_seconds',
    help: 'Duration of calls to the webhook by what was answered',
    labels: ['answer'],
  });
  const retries = metrics.counter({
    name: 'kundenpuls_delivery_retries_total',
    help: 'Calls to be repeated, by reason: timeout, network or status',
    labels: ['reason'],
  });
  const refusals = metrics.counter({
    name: 'kundenpuls_delivery_refused_total',
    help: 'Messages the receiver refused for good, by status',
    labels: ['status'],
  });
  const troubles = metrics.counter({
    name: 'kundenpuls_delivery_troubles_total',
    help: 'Failures of Kafka, the registry or the disk that were waited for, and gaps in the log',
    labels: ['kind'],
  });
  return {
    settled: ({ sink, topic }, outcome, n) => {
      records.inc({ sink, topic, outcome }, n);
    },
    called: (answer, tookMs) => {
      calls.observe({ answer }, tookMs / MS_PER_SECOND);
    },
    retried: (reason) => {
      retries.inc({ reason });
    },
    refused: (status) => {
      refusals.inc({ status: String(status) });
    },
    trouble: (kind) => {
      troubles.inc({ kind });
    },
  };
};
