/** The metrics of ingest, which is measured by itself, and what its workers report turned into them. */
import type { IngestDeps } from '../../shared/ingest/ingest-worker.js';
import type { Log } from '../../shared/observability/log.js';
import type { Metrics } from '../../shared/observability/metrics.js';

const MS_PER_SECOND = 1_000;

export type IngestProbe = () => readonly { readonly topic: string; readonly lagRecords: number }[];

/** Defines the metrics and returns what a topic's workers report to. */
export const createIngestEvents = (
  metrics: Metrics,
  log: Log,
  probe: IngestProbe,
): ((topic: string) => IngestDeps['events']) => {
  const records = metrics.counter({
    name: 'kundenpuls_ingest_records_total',
    help: 'Source records by outcome and, for dead letters, reason code',
    labels: ['topic', 'outcome', 'code'],
  });
  const transactions = metrics.histogram({
    name: 'kundenpuls_ingest_transaction_seconds',
    help: 'Duration of a transaction, from decoded records to its commit',
    labels: ['topic'],
  });
  const batch = metrics.histogram({
    name: 'kundenpuls_ingest_batch_records',
    help: 'Source records of a transaction',
    labels: ['topic'],
    buckets: [1, 10, 50, 100, 500, 1_000, 5_000, 10_000],
  });
  const troubles = metrics.counter({
    name: 'kundenpuls_ingest_troubles_total',
    help: 'Transactions in doubt and other failures that were tried again, and gaps in the log',
    labels: ['topic', 'kind'],
  });
  metrics.gauge({
    name: 'kundenpuls_ingest_lag_records',
    help: 'Source records not ingested yet; markers of transactions count, so it rests at a few',
    labels: ['topic'],
    collect: (gauge) => {
      gauge.reset();
      for (const { topic, lagRecords } of probe()) gauge.set({ topic }, lagRecords);
    },
  });
  return (topic) => ({
    outcome: (outcome, code) => {
      records.inc({ topic, outcome, code });
    },
    committed: (count, tookMs) => {
      transactions.observe({ topic }, tookMs / MS_PER_SECOND);
      batch.observe({ topic }, count);
    },
    trouble: (error) => {
      troubles.inc({ topic, kind: 'doubt' });
      log.warn('ingest_tries_again', { topic, error });
    },
    gap: (partition, from, to) => {
      troubles.inc({ topic, kind: 'gap' });
      log.error('records_gone_unread', { topic, partition, from, to });
    },
  });
};
