/**
 * `kundenpuls replay`: scores a file of orders without any service, with the same core as the Kafka
 * service, and writes forecast, segments, alerts and a summary.
 */
import { runReplay, type ReplayOptions } from './replay.js';
import { OrdersFileError } from '../../shared/files/read-orders.js';
import { createBar } from './progress.js';

/** Runs the command; a file that cannot be scored ends it with a sentence and exit code 1. */
export const run = async (options: ReplayOptions): Promise<void> => {
  const bar = createBar();
  try {
    const summary = await runReplay(options, bar.update);
    bar.stop();
    process.stdout.write(`${summary.join('\n')}\n`);
  } catch (error) {
    bar.stop();
    if (!(error instanceof OrdersFileError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
};
