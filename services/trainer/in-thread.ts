/**
 * Runs a round of training in a thread of its own. A fit computes for seconds to minutes: in the main
 * thread neither metrics nor liveness would be answered meanwhile, and a stop not be heard.
 */
import { Worker } from 'node:worker_threads';
import type { ServiceConfig } from '../../shared/config/tables.js';
import type { TrainOptions, TrainOutcome } from './train.js';

export type ThreadMessage =
  | {
      readonly kind: 'progress';
      readonly step: string;
      readonly done: number;
      readonly total: number;
    }
  | { readonly kind: 'outcome'; readonly outcome: TrainOutcome };

export type ThreadInput = {
  readonly config: ServiceConfig<'trainer'>;
  /** True to train only when the model in force has drifted. */
  readonly isWatch: boolean;
};

/**
 * Returns the outcome; null when it was told to stop before there was one. What a stop cuts off is as
 * after a kill: at most a model that is on the topic and not activated. Rejects with what the round threw.
 */
export const roundInThread = (
  input: ThreadInput,
  { stop, onProgress }: { readonly stop: AbortSignal } & Pick<TrainOptions, 'onProgress'>,
): Promise<TrainOutcome | null> =>
  new Promise((resolve, reject) => {
    const thread = new Worker(new URL('thread.js', import.meta.url), { workerData: input });
    let outcome: TrainOutcome | null = null;
    const end = (): void => {
      void thread.terminate();
    };
    stop.addEventListener('abort', end, { once: true });
    if (stop.aborted) end();
    thread.on('message', (message: ThreadMessage) => {
      if (message.kind === 'progress') onProgress(message.step, message.done, message.total);
      else outcome = message.outcome;
    });
    thread.once('error', reject);
    thread.once('exit', () => {
      stop.removeEventListener('abort', end);
      if (outcome !== null || stop.aborted) resolve(outcome);
      else reject(new Error('the training ended without an outcome'));
    });
  });
