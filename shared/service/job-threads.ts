/**
 * Runs the independent parts of a fit in threads beside the one that fits, which works on them too and then
 * waits, so that nothing of the core has to be asynchronous. Threads and caller take the next input from a
 * common counter, whoever is free first. A job is a pure function, so it does not matter who ran it, nor
 * whether it was run twice because a thread was lost.
 */
import { availableParallelism } from 'node:os';
import {
  MessageChannel,
  receiveMessageOnPort,
  Worker,
  type MessagePort,
} from 'node:worker_threads';
import { inTurn, type Job, type RunJobs } from '../core/models/jobs.js';

/** More would wait: the largest batch that takes long has a member for each of four folds. */
const THREADS_MAX = 3;
/** A thread that has sent nothing for so long is taken for lost, and what it took is computed here. */
const LOST_AFTER_MS = 120_000;

/** Places of the counters that caller and threads share: the next input to take, and results sent. */
export const COUNTERS = { next: 0, sent: 1 } as const;

export type Batch = {
  readonly number: number;
  /** Name of the job. */
  readonly job: string;
  readonly shared: unknown;
  readonly inputs: readonly unknown[];
  readonly counters: Int32Array;
};

/** What became of one input: an output, or what the job threw. */
export type BatchResult = { readonly number: number; readonly at: number } & (
  { readonly output: unknown } | { readonly error: unknown }
);

export type JobThreads = {
  readonly runJobs: RunJobs;
  readonly close: () => void;
};

type Thread = { readonly worker: Worker; readonly port: MessagePort };

const openThread = (entry: URL): Thread => {
  const { port1: port, port2 } = new MessageChannel();
  const worker = new Worker(entry, {
    workerData: port2,
    transferList: [port2],
  });
  // A lost thread is noticed by its silence: while the caller waits, it hears of no event.
  worker.on('error', () => undefined);
  worker.unref();
  port.unref();
  return { worker, port };
};

/** Everything that has arrived. */
function* received(threads: readonly Thread[]): Generator<BatchResult> {
  for (const { port } of threads) {
    for (;;) {
      const next = receiveMessageOnPort(port) as { readonly message: BatchResult } | undefined;
      if (next === undefined) break;
      yield next.message;
    }
  }
}

export type JobThreadOptions = {
  readonly count?: number;
  /** What each thread runs. */
  readonly entry?: URL;
  readonly lostAfterMs?: number;
};

/**
 * Threads for jobs, started with the first of them: one for each processor but one. With a single processor
 * jobs run in turn.
 */
export const createJobThreads = ({
  count = Math.min(THREADS_MAX, availableParallelism() - 1),
  entry = new URL('job-thread.js', import.meta.url),
  lostAfterMs = LOST_AFTER_MS,
}: JobThreadOptions = {}): JobThreads => {
  const threads: Thread[] = [];
  let number = 0;

  const runJobs: RunJobs = <Shared, Input, Output>(
    job: Job<Shared, Input, Output>,
    shared: Shared,
    inputs: readonly Input[],
  ): readonly Output[] => {
    if (count < 1 || inputs.length < 2) return inTurn(job, shared, inputs);
    while (threads.length < count) threads.push(openThread(entry));
    number += 1;
    const counters = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
    const batch: Batch = { number, job: job.name, shared, inputs, counters };
    for (const { port } of threads) port.postMessage(batch);
    const outputs = new Map<number, Output>();
    const runHere = (at: number): void => {
      outputs.set(at, job.run(shared, inputs[at] as Input));
    };
    const take = (): number => Atomics.add(counters, COUNTERS.next, 1);
    for (let at = take(); at < inputs.length; at = take()) runHere(at);
    while (outputs.size < inputs.length) {
      const sent = Atomics.load(counters, COUNTERS.sent);
      for (const result of received(threads)) {
        // A thread that was given up may still send something of a batch before.
        if (result.number !== number) continue;
        if ('error' in result) throw result.error;
        outputs.set(result.at, result.output as Output);
      }
      if (outputs.size === inputs.length) break;
      if (Atomics.wait(counters, COUNTERS.sent, sent, lostAfterMs) !== 'timed-out') continue;
      for (const at of inputs.keys()) if (!outputs.has(at)) runHere(at);
    }
    return inputs.map((_, at) => outputs.get(at) as Output);
  };

  return {
    runJobs,
    close: () => {
      for (const { worker } of threads) void worker.terminate();
    },
  };
};
