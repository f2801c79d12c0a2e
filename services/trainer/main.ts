/** `kundenpuls trainer`: fits, back-tests and publishes models on the orders in the log, on a schedule or once. */
import { createProgressBar } from '../../shared/service/progress-bar.js';
import {
  runService,
  type ServiceContext,
  type ServiceParts,
} from '../../shared/service/run-service.js';
import { sleepUnless } from '../../shared/service/sleep.js';
import { roundInThread } from './in-thread.js';
import { createTrainerMetrics } from './metrics.js';
import type { TrainOutcome } from './train.js';

/** With too little to learn from, or after a failure, the next try comes sooner than the schedule. */
const RETRY_MS_MAX = 60_000;

/** Runs on the schedule until told to stop, or one round with `once`. */
export const run = ({ once = false }: { readonly once?: boolean }): Promise<void> =>
  runService({ name: 'trainer', build: (context) => build(context, once) });

const build = (context: ServiceContext<'trainer'>, isOnce: boolean): ServiceParts => {
  const { config, log, metrics } = context;
  const report = createTrainerMetrics(metrics);
  const round = async (stop: AbortSignal): Promise<TrainOutcome | null> => {
    const startedMs = performance.now();
    const bar = isOnce ? createProgressBar() : null;
    let current = '';
    try {
      const outcome = await roundInThread(config, {
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
    const { intervalMs } = config.trainer;
    while (!stop.aborted) {
      let waitMs = Math.min(intervalMs, RETRY_MS_MAX);
      try {
        if ((await round(stop))?.kind === 'trained') waitMs = intervalMs;
      } catch (error) {
        report.failed();
        log.error('training_failed', { error });
      }
      await sleepUnless(stop, waitMs);
    }
  };
  return { parts: [], readiness: () => ({ isReady: true, reasons: [] }), until };
};
