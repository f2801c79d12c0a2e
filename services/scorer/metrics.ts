/**
 * The scorer's metrics: what happens, as the pipeline reports it (counted, and logged where it is
 * trouble), and how it stands, as looked up when metrics are scraped.
 */
import type { Segment } from '../../shared/core/contract.generated.js';
import type { Log } from '../../shared/observability/log.js';
import type { Metrics } from '../../shared/observability/metrics.js';
import type { OutboxEntry, StateStore } from '../../shared/core/ports.js';
import type { InputConsumer } from '../../shared/kafka/input-consumer.js';
import type { WorkerEvents } from '../../shared/pipeline/worker-deps.js';
import { isFencedError } from '../../shared/kafka/fenced-error.js';
import type { ScorerPipeline, WorkerView } from './pipeline.js';

const MS_PER_SECOND = 1_000;
/** From what a quiet machine takes to what a person notices. */
const LATENCY_BUCKETS_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];

/** Kinds of trouble that alarms are about. */
const TROUBLES = ['rollback', 'rebuild', 'commit_doubt', 'publish_doubt', 'failed', 'stopped'];

export type ScorerEvents = WorkerEvents & {
  readonly stopped: (partition: number, reason: Error) => void;
};

/** Defines what is counted as it happens. */
const defineCounters = (metrics: Metrics) => {
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
  return { records, outputs, segmentMoves, alerts, stages, batch, troubles };
};

/**
 * Defines the live forecast error: sums over closed comparison periods, so that the ratios over any
 * time and any number of scorers are right (docs/operations.md).
 */
const createForecastCheck = (metrics: Metrics): ScorerEvents['periodClosed'] => {
  const periods = metrics.counter({
    name: 'kundenpuls_scorer_forecast_periods_total',
    help: 'Closed comparison periods by where the actual revenue lay: below, within or above the 80 % interval',
    labels: ['interval'],
  });
  for (const interval of ['below', 'within', 'above']) periods.inc({ interval }, 0);
  const sum = (name: string, of: string) =>
    metrics.counter({
      name,
      help: `${of} over closed comparison periods, minor units of the reporting currency`,
    });
  const expected = sum('kundenpuls_scorer_forecast_expected_minor_total', 'Forecast revenue');
  const actual = sum(
    'kundenpuls_scorer_forecast_actual_minor_total',
    'Actual net revenue (of each period at least 0)',
  );
  const error = sum(
    'kundenpuls_scorer_forecast_absolute_error_minor_total',
    'Distance between forecast and actual revenue',
  );
  return ({ expectedMinor, lower80Minor, upper80Minor, actualMinor }) => {
    const interval =
      actualMinor < lower80Minor ? 'below' : actualMinor > upper80Minor ? 'above' : 'within';
    periods.inc({ interval });
    expected.inc(Math.max(0, expectedMinor));
    actual.inc(Math.max(0, actualMinor));
    error.inc(Math.abs(expectedMinor - actualMinor));
  };
};

/** Defines the time from a record in the log to its outputs in Kafka; one observation per record. */
const createLatency = (metrics: Metrics, wallMs: () => number) => {
  const latency = metrics.histogram({
    name: 'kundenpuls_scorer_output_latency_seconds',
    help: 'Time from the timestamp of an input record to the commit of its outputs',
    buckets: LATENCY_BUCKETS_SECONDS,
  });
  return (entries: readonly OutboxEntry[]): void => {
    const nowMs = wallMs();
    let last = -1;
    for (const { offset, sourceAtMs } of entries) {
      if (offset !== last && sourceAtMs !== undefined) {
        latency.observe(Math.max(0, nowMs - sourceAtMs) / MS_PER_SECOND);
      }
      last = offset;
    }
  };
};

/** Defines the metrics of what happens and returns what the pipeline reports to. */
export const createScorerEvents = (
  metrics: Metrics,
  log: Log,
  wallMs: () => number,
): ScorerEvents => {
  const { records, outputs, segmentMoves, alerts, stages, batch, troubles } =
    defineCounters(metrics);
  const observeLatency = createLatency(metrics, wallMs);
  // From 0, since a counter that appears with its first trouble shows no increase.
  for (const kind of TROUBLES) troubles.inc({ kind }, 0);
  const trouble = (kind: string): void => {
    troubles.inc({ kind });
  };
  const moved = (from: Segment | null, into: Segment): void => {
    segmentMoves.inc({ from: from ?? 'none', into });
  };
  // Counted per commit: a labelled counter takes a microsecond, a tenth of what an order may cost.
  let applied = 0;
  return {
    stopped: (partition, reason) => {
      trouble('stopped');
      log.error('partition_stopped', { partition, error: reason });
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
      if (outcome === 'applied') applied += 1;
      else records.inc({ outcome, code });
    },
    staged: (stage, tookMs, count) => {
      stages.observe({ stage }, tookMs / MS_PER_SECOND);
      if (stage === 'fold') batch.observe(count);
    },
    committed: (_partition, { tookMs }) => {
      if (applied > 0) records.inc({ outcome: 'applied', code: '' }, applied);
      applied = 0;
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
    published: (_partition, entries, tookMs) => {
      observeLatency(entries);
      stages.observe({ stage: 'publish' }, tookMs / MS_PER_SECOND);
    },
    publishDoubt: (partition, error) => {
      trouble('publish_doubt');
      log.warn('publish_outcome_unknown', { partition, error });
    },
    periodClosed: createForecastCheck(metrics),
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
      // The next owner was quicker than our drain: nothing of ours was lost, it publishes the outbox.
      if (isFencedError(error)) {
        trouble('lost_fenced');
        log.warn('partition_lost', { partition, result: 'fenced' });
        return;
      }
      trouble('failed');
      log.error('partition_failed', { partition, error });
    },
  };
};

export type Observed = {
  readonly pipeline: Pick<ScorerPipeline, 'workers' | 'stopped'>;
  readonly input: Pick<InputConsumer, 'lag'>;
  readonly store: Pick<StateStore, 'dueCount'>;
};

/** Time between two counts of the customers that wait for a tick. */
const DUE_COUNT_INTERVAL_MS = 10_000;

/** Defines the metrics of how things stand; `stop` ends the counting of due customers. */
export const observePipeline = (metrics: Metrics, observed: Observed): { stop: () => void } => {
  const { pipeline, input, store } = observed;
  const perPartition = (name: string, help: string, read: (worker: WorkerView) => number): void => {
    metrics.gauge({
      name,
      help,
      labels: ['partition'],
      collect: (gauge) => {
        gauge.reset();
        for (const worker of pipeline.workers()) {
          gauge.set({ partition: String(worker.partition) }, read(worker));
        }
      },
    });
  };
  perPartition(
    'kundenpuls_scorer_lag_records',
    'Records of the input not applied yet, by partition',
    ({ partition, nextOffset }) => input.lag(partition, nextOffset),
  );
  perPartition(
    'kundenpuls_scorer_outbox_entries',
    'Outputs committed but not published yet, by partition',
    ({ outboxDepth }) => outboxDepth,
  );
  perPartition(
    'kundenpuls_scorer_partition_stopped',
    '1 for a partition that stands still until a person helps (docs/operations.md)',
    ({ status }) => (status === 'stopped' ? 1 : 0),
  );
  perPartition(
    'kundenpuls_scorer_stream_time_seconds',
    'Event time of the partition: the time of its last tick',
    ({ streamTimeMs }) => streamTimeMs() / MS_PER_SECOND,
  );
  metrics.gauge({
    name: 'kundenpuls_scorer_customers',
    help: 'Customers per segment on the partitions of this process',
    labels: ['segment'],
    collect: (gauge) => {
      gauge.reset();
      for (const { segmentCounts } of pipeline.workers()) {
        for (const [segment, count] of Object.entries(segmentCounts())) {
          gauge.inc({ segment }, count);
        }
      }
    },
  });
  const due = metrics.gauge({
    name: 'kundenpuls_scorer_due_customers',
    help: 'Customers whose time has come and who wait for the next tick, by partition',
    labels: ['partition'],
  });
  const countDue = async (): Promise<void> => {
    const workers = pipeline.workers().filter(({ status }) => status === 'running');
    const counts = await Promise.all(
      workers.map(({ partition, streamTimeMs }) => store.dueCount(partition, streamTimeMs())),
    );
    due.reset();
    for (const [i, { partition }] of workers.entries()) {
      due.set({ partition: String(partition) }, counts[i] ?? 0);
    }
  };
  const timer = setInterval(() => {
    // While Redis is away the last count stays, and readiness says why.
    countDue().catch(() => undefined);
  }, DUE_COUNT_INTERVAL_MS);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
};
