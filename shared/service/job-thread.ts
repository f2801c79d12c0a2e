/** Entry of a thread of job-threads.ts: takes inputs of a batch until none is left. */
import { workerData, type MessagePort } from 'node:worker_threads';
import { memberJob } from '../core/models/fit-correction.js';
import { methodJob } from '../core/models/fit-next-products.js';
import type { Job } from '../core/models/jobs.js';
import { COUNTERS, type Batch, type BatchResult } from './job-threads.js';

const JOBS = new Map(
  [memberJob, methodJob].map((job) => [job.name, job as Job<unknown, unknown, unknown>]),
);

const port = workerData as MessagePort;

const resultOf = ({ number, job, shared, inputs }: Batch, at: number): BatchResult => {
  try {
    const found = JOBS.get(job);
    if (found === undefined) throw new Error(`no thread knows the job ${job}`);
    return { number, at, output: found.run(shared, inputs[at]) };
  } catch (error) {
    return { number, at, error };
  }
};

port.on('message', (batch: Batch) => {
  const { counters, inputs } = batch;
  const take = (): number => Atomics.add(counters, COUNTERS.next, 1);
  for (let at = take(); at < inputs.length; at = take()) {
    port.postMessage(resultOf(batch, at));
    Atomics.add(counters, COUNTERS.sent, 1);
    Atomics.notify(counters, COUNTERS.sent);
  }
});
