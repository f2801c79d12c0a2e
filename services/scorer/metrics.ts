/** The scorer's metrics, and the pipeline's reports turned into them and into logs. */
import type { Segment } from '../../shared/core/contract.generated.js';
import type { Log } from '../../shared/observability/log.js';
import type { Metrics } from '../../shared/observability/metrics.js';
import type { WorkerEvents } from '../../shared/pipeline/worker-deps.js';

const MS_PER_SECOND = 1_000;

export type ScorerProbe = {
  /** Partition, outbox depth and next offset of every running worker. */
  readonly workers: () => readonly {
    readonly partition: number;
    readonly outboxDepth: number;
    readonly nextOffset: number;
  }[];
  readonly customersInMemory: () => number;
};

/** Defines what the scorer measures; gauges that read the workers are asked at each scrape. */
const defineMetrics = (metrics: Metrics, probe: ScorerProbe) => {
  const records = metrics.counter({
    name: 'kundenpuls_scorer_records_total',
    help: 'Input records by outcome and, for dead letters, reason code',
    labels: ['outcome', 'code'],
  });
  const outputs = metrics.counter({
    name: 'kundenpuls_scorer_outputs_total',
    help: 'Outputs emitted by kind',
    labels: ['kind'],
  });
  const segmentMoves = metrics.counter({
    name: 'kundenpuls_scorer_segment_changes_total',
    help: 'Segment changes by the segment left (none for new customers) and entered',
    labels: ['from', 'into'],
  });
  const customers = metrics.gauge({
    name: 'kundenpuls_scorer_customers',
    help: 'Customers per segment, by the changes this process applied since it started',
    labels: ['segment'],
  });
  const alerts = metrics.counter({
    name: 'kundenpuls_scorer_alerts_total',
    help: 'Under-performance alerts by status and severity',
    labels: ['status', 'severity'],
  });
  const stages = metrics.histogram({
    name: 'kundenpuls_scorer_stage_seconds',
    help: 'Duration of a stage of a chunk: load, fold, apply, publish',
    labels: ['stage'],
  });
  const batch = metrics.histogram({
    name: 'kundenpuls_scorer_chunk_records',
    help: 'Records per chunk',
    buckets: [1, 10, 50, 100, 500, 1_000, 5_000, 10_000, 20_000],
  });
  const troubles = metrics.counter({
    name: 'kundenpuls_scorer_troubles_total',
    help: 'Rollbacks, rebuilds, doubts and lost ownership by kind',
    labels: ['kind'],
  });
  const lag = metrics.gauge({
    name: 'kundenpuls_scorer_lag_records',
    help: 'Records of the input not applied yet, by partition',
    labels: ['partition'],
  });
  metrics.gauge({
    name: 'kundenpuls_scorer_outbox_entries',
    help: 'Outputs committed but not published yet, by partition',
    labels: ['partition'],
    collect: (gauge) => {
      gauge.reset();
      for (const { partition, outboxDepth } of probe.workers()) {
        gauge.set({ partition: String(partition) }, outboxDepth);
      }
    },
  });
  return { records, outputs, segmentMoves, customers, alerts, stages, batch, troubles, lag };
};

/** Defines the metrics and returns what the pipeline reports to. */
export const createScorerEvents = (
  metrics: Metrics,
  log: Log,
  probe: ScorerProbe,
): WorkerEvents & { readonly lag: (partition: number, records: number) => void } => {
  const { records, outputs, segmentMoves, customers, alerts, stages, batch, troubles, lag } =
    defineMetrics(metrics, probe);
  const trouble = (kind: string): void => {
    troubles.inc({ kind });
  };
  const moved = (from: Segment | null, into: Segment): void => {
    segmentMoves.inc({ from: from ?? 'none', into });
    if (from === into) return;
    customers.inc({ segment: into });
    if (from !== null) customers.dec({ segment: from });
  };
  return {
    lag: (partition, count) => {
      lag.set({ partition: String(partition) }, count);
    },
    acquired: (partition, next) => {
      log.info('partition_acquired', { partition, next });
    },
    rollback: (partition, at) => {
      trouble('rollback');
      log.warn('store_rolled_back', { partition, ...at });
    },
    rebuild: (partition, mark) => {
      trouble('rebuild');
      log.warn('state_rebuilt_from_log', { partition, mark });
    },
    outcome: (outcome, code) => {
      records.inc({ outcome, code });
    },
    staged: (stage, tookMs, count) => {
      stages.observe({ stage }, tookMs / MS_PER_SECOND);
      if (stage === 'fold') batch.observe(count);
    },
    committed: (_partition, { tookMs }) => {
      stages.observe({ stage: 'apply' }, tookMs / MS_PER_SECOND);
    },
    commitDoubt: (partition, error) => {
      trouble('commit_doubt');
      log.warn('commit_outcome_unknown', { partition, error });
    },
    lostOwnership: (partition, result) => {
      trouble(`lost_${result}`);
      log.warn('partition_lost', { partition, result });
    },
    published: (_entries, tookMs) => {
      stages.observe({ stage: 'publish' }, tookMs / MS_PER_SECOND);
    },
    publishDoubt: (partition, error) => {
      trouble('publish_doubt');
      log.warn('publish_outcome_unknown', { partition, error });
    },
    emitted: (output) => {
      outputs.inc({ kind: output.kind });
      if (output.kind === 'segment-changed') {
        moved(output.record.fromSegment, output.record.intoSegment);
      }
      if (output.kind === 'under-performance-alert') {
        alerts.inc({ status: output.record.status, severity: output.record.severity });
      }
    },
    failed: (partition, error) => {
      trouble('failed');
      log.error('partition_failed', { partition, error });
    },
  };
};
