/** Entry of the trainer's thread: runs one round and reports progress and outcome. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ServiceConfig } from '../../shared/config/tables.js';
import { createLog } from '../../shared/observability/log.js';
import { runRound } from './round.js';
import type { ThreadMessage } from './in-thread.js';

const config = workerData as ServiceConfig<'trainer'>;
const send = (message: ThreadMessage): void => {
  parentPort?.postMessage(message);
};
const outcome = await runRound(config, {
  log: createLog({ service: 'trainer', level: config.app.logLevel }),
  onProgress: (step, done, total) => {
    send({ kind: 'progress', step, done, total });
  },
});
send({ kind: 'outcome', outcome });
