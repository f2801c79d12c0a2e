/**
 * The load in a thread of its own: making and sending orders takes a core's time that the oracle needs.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LoadOptions, SteadyLoad } from '../support/faults/load.js';
import type { Installation } from '../support/installation.js';

/** What the thread is started with: addresses, since connections cannot be passed on. */
export type LoadTask = {
  readonly brokers: string;
  readonly registryUrl: string;
  readonly topicPrefix: string;
  readonly options: Omit<LoadOptions, 'onTrouble'>;
};
export type LoadCommand = 'pause' | 'resume' | 'stop';
export type LoadReport =
  | { readonly name: 'state'; readonly acknowledged: number; readonly isUsedUp: boolean }
  | { readonly name: 'done'; readonly command: LoadCommand }
  | { readonly name: 'trouble'; readonly error: unknown };

const variable = ({ env }: Pick<Installation, 'env'>, name: string): string => env[name] ?? '';

/** Starts publishing; an error of the thread itself ends the process. */
export const startThreadedLoad = (
  installation: Pick<Installation, 'env'>,
  { onTrouble = () => undefined, ...options }: LoadOptions,
): SteadyLoad => {
  const task: LoadTask = {
    brokers: variable(installation, 'KUNDENPULS_KAFKA_BROKERS'),
    registryUrl: variable(installation, 'KUNDENPULS_REGISTRY_URL'),
    topicPrefix: variable(installation, 'KUNDENPULS_TOPIC_PREFIX'),
    options,
  };
  const thread = new Worker(new URL('load-thread.js', import.meta.url), { workerData: task });
  let acknowledged = 0;
  let isUsedUp = false;
  let stopping: Promise<void> | null = null;
  const waiting = new Map<LoadCommand, () => void>();
  thread.on('message', (report: LoadReport) => {
    if (report.name === 'trouble') onTrouble(report.error);
    else if (report.name === 'done') waiting.get(report.command)?.();
    else ({ acknowledged, isUsedUp } = report);
  });
  const exited = once(thread, 'exit');
  const tell = async (command: LoadCommand): Promise<void> => {
    const done = new Promise<void>((resolve) => waiting.set(command, resolve));
    thread.postMessage(command);
    await Promise.race([done, exited]);
  };
  const stop = async (): Promise<void> => {
    await tell('stop');
    await thread.terminate();
  };
  return {
    acknowledged: () => acknowledged,
    pause: () => tell('pause'),
    resume: () => {
      void tell('resume');
    },
    isUsedUp: () => isUsedUp,
    stop: () => (stopping ??= stop()),
  };
};
