/** The trainer's metrics. */
import type { Drift } from '../../shared/core/models/drift.js';
import type { Metrics } from '../../shared/observability/metrics.js';
import type { TrainOutcome } from './train.js';

const MS_PER_SECOND = 1_000;
const OUTCOMES = ['activated', 'not_activated', 'too_little', 'steady', 'failed'] as const;

/** Defines the metrics and returns what the trainer reports to. */
export const createTrainerMetrics = (metrics: Metrics) => {
  const rounds = metrics.counter({
    name: 'kundenpuls_trainer_rounds_total',
    help: 'Rounds of training by outcome: activated, not_activated, too_little, steady, failed',
    labels: ['outcome'],
  });
  // From 0, since a counter that appears with its first round shows no increase.
  for (const outcome of OUTCOMES) rounds.inc({ outcome }, 0);
  const seconds = metrics.gauge({
    name: 'kundenpuls_trainer_round_seconds',
    help: 'Duration of the last round',
  });
  const error = metrics.gauge({
    name: 'kundenpuls_trainer_rmse_ratio',
    help: 'Root mean squared error of the last model in the back-test, relative to each baseline',
    labels: ['baseline'],
  });
  const coverage = metrics.gauge({
    name: 'kundenpuls_trainer_coverage80_ratio',
    help: 'Share of actuals within the 80 % intervals of the last model in the back-test',
  });
  const live = metrics.gauge({
    name: 'kundenpuls_trainer_live_ratio',
    help: 'Since the training of the model in force, at most its shortest horizon back: revenue over its forecast (total), and share of customers within its 80 % intervals (coverage80)',
    labels: ['what'],
  });
  const drifts = metrics.counter({
    name: 'kundenpuls_trainer_drifts_total',
    help: 'Rounds in which the model in force was found to have drifted',
  });
  const tellDrift = ({ hasDrifted, total, coverage }: Drift): void => {
    if (hasDrifted) drifts.inc();
    if (total !== null) live.set({ what: 'total' }, total.value);
    if (coverage !== null) live.set({ what: 'coverage80' }, coverage.value);
  };
  return {
    failed: (): void => {
      rounds.inc({ outcome: 'failed' });
    },
    ended: (outcome: TrainOutcome, tookMs: number): void => {
      seconds.set(tookMs / MS_PER_SECOND);
      if (outcome.kind === 'too-little') {
        rounds.inc({ outcome: 'too_little' });
        return;
      }
      tellDrift(outcome.drift);
      if (outcome.kind === 'steady') {
        rounds.inc({ outcome: 'steady' });
        return;
      }
      rounds.inc({ outcome: outcome.isActivated ? 'activated' : 'not_activated' });
      const [own, ...baselines] = outcome.model.report.rows;
      if (own === undefined) return;
      for (const { method, rmse } of baselines) {
        if (rmse > 0) error.set({ baseline: method }, own.rmse / rmse);
      }
      if (own.coverage80 !== null) coverage.set(own.coverage80);
    },
  };
};
