/** Entry of the trainer's thread: runs one round and reports progress and outcome. */
import { parentPort, workerData } from 'node:worker_threads';
import { createLog } from '../../shared/observability/log.js';
import { runRound } from './round.js';
import type { ThreadInput, ThreadMessage } from './in-thread.js';

const { config, isWatch } = workerData as ThreadInput;
const send = (message: ThreadMessage): void => {
  parentPort?.postMessage(message);
};
const outcome = await runRound(config, {
  isWatch,
  log: createLog({ service: 'trainer', level: config.app.logLevel }),
  onProgress: (step, done, total) => {
    send({ kind: 'progress', step, done, total });
  },
});
send({ kind: 'outcome', outcome });
