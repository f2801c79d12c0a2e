/** `kundenpuls trainer`: fits, back-tests and publishes models on the orders in the log, on a schedule or once. */
import { createProgressBar } from '../../shared/service/progress-bar.js';
import {
  runService,
  type ServiceContext,
  type ServiceParts,
} from '../../shared/service/run-service.js';
import { sleepUnless } from '../../shared/service/sleep.js';
import { roundInThread } from './in-thread.js';
import { followSchedule } from './schedule.js';
import { createTrainerMetrics } from './metrics.js';
import type { TrainOutcome } from './train.js';

/** Runs on the schedule until told to stop, or one round with `once`. */
export const run = ({ once = false }: { readonly once?: boolean }): Promise<void> =>
  runService({ name: 'trainer', build: (context) => build(context, once) });

const build = (context: ServiceContext<'trainer'>, isOnce: boolean): ServiceParts => {
  const { config, log, metrics } = context;
  const report = createTrainerMetrics(metrics);
  const round = async (stop: AbortSignal, isWatch = false): Promise<TrainOutcome | null> => {
    const startedMs = performance.now();
    const bar = isOnce ? createProgressBar() : null;
    let current = '';
    try {
      const input = { config, isWatch };
      const outcome = await roundInThread(input, {
        stop,
        onProgress: (step, done, total) => {
          bar?.update(step, done, total);
          if (step !== current) log.info('training_step', { step });
          current = step;
        },
      });
      if (outcome === null) return null;
      report.ended(outcome, performance.now() - startedMs);
      log.info('training_ended', { outcome: outcome.kind, sentence: outcome.sentence });
      return outcome;
    } finally {
      bar?.stop();
    }
  };
  const until = async (stop: AbortSignal): Promise<void> => {
    if (isOnce) {
      const outcome = await round(stop);
      if (outcome !== null) process.stdout.write(`${outcome.sentence}\n`);
      return;
    }
    await followSchedule(config.trainer, {
      stop,
      round: (isWatch) => round(stop, isWatch),
      sleep: (ms) => sleepUnless(stop, ms),
      onError: (error) => {
        report.failed();
        log.error('training_failed', { error });
      },
    });
  };
  return { parts: [], readiness: () => ({ isReady: true, reasons: [] }), until };
};
