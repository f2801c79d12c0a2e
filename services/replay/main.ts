/**
 * `kundenpuls replay`: scores a file of orders without any service, with the same core as the Kafka
 * service, and writes forecast, segments, alerts and a summary.
 */
import { TableFileError } from '../../shared/files/table-reader.js';
import { createJobThreads } from '../../shared/service/job-threads.js';
import { createProgressBar } from '../../shared/service/progress-bar.js';
import { runReplay, type ReplayOptions } from './replay.js';

/** Runs the command; a file that cannot be scored ends it with a sentence and exit code 1. */
export const run = async (options: ReplayOptions): Promise<void> => {
  const bar = createProgressBar();
  const threads = createJobThreads();
  try {
    const summary = await runReplay(options, bar.update, threads.runJobs);
    bar.stop();
    process.stdout.write(`${summary.join('\n')}\n`);
  } catch (error) {
    bar.stop();
    if (!(error instanceof TableFileError)) throw error;
    process.stderr.write(`kundenpuls replay: ${error.message}\n`);
    process.exitCode = 1;
  } finally {
    threads.close();
  }
};
