/**
 * Independent computations of a fit. Each is a pure function of what all of them share and of its own input,
 * so whoever runs a fit may run them side by side (shared/service/job-threads.ts): the model is the same, bit
 * for bit.
 */

/** A computation that a thread of its own finds by name; what goes in and out can be cloned. */
export type Job<Shared, Input, Output> = {
  readonly name: string;
  readonly run: (shared: Shared, input: Input) => Output;
};

/** Runs a job for every input; returns the outputs in the order of the inputs, throws what a job throws. */
export type RunJobs = <Shared, Input, Output>(
  job: Job<Shared, Input, Output>,
  shared: Shared,
  inputs: readonly Input[],
) => readonly Output[];

/** Runs one job after the other. */
export const inTurn: RunJobs = (job, shared, inputs) =>
  inputs.map((input) => job.run(shared, input));
