/**
 * Threads that share the work of a fit with the one that fits. They run the build; the caller is this test.
 * Who is free first takes the next input, so a test that needs a thread to have taken one asks until it has.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { packageRoot } from '../../../../shared/avro/package-root.js';
import type { WeightMethod } from '../../../../shared/core/models/co-purchase-weights.js';
import { methodJob } from '../../../../shared/core/models/fit-next-products.js';
import { inTurn, type Job } from '../../../../shared/core/models/jobs.js';
import { createJobThreads, type JobThreads } from '../../../../shared/service/job-threads.js';

const BUILT = pathToFileURL(join(packageRoot(), 'dist', 'shared', 'service', 'job-thread.js'));
/** Takes an input of every batch and never answers. */
const SILENT = new URL(
  `data:text/javascript,${encodeURIComponent(
    "import { workerData } from 'node:worker_threads';" +
      "workerData.on('message', ({ counters }) => Atomics.add(counters, 0, 1));",
  )}`,
);
const PRODUCTS = 40;
const METHODS: readonly WeightMethod[] = [
  { kind: 'cosine' },
  ...[1, 5, 25, 100].map((lambda) => ({ kind: 'ease', lambda }) as const),
];

type Trial = Parameters<typeof methodJob.run>[0];

/** Customers of four kinds who buy what others of their kind have bought. */
const trial = (): Trial => {
  const products = Array.from({ length: PRODUCTS }, (_, skuId) => ({
    skuId,
    groupId: 0,
    buyers: 3 + (skuId % 5),
    recentBuyers: skuId % 3,
    amountMinor: 100,
    isDiscontinued: false,
  }));
  const baskets = Array.from({ length: 100 }, (_, customer) =>
    Uint16Array.from({ length: 8 }, (__, i) => (customer % 4) + 4 * ((customer + i) % 10)).sort(),
  );
  const together = new Float64Array(PRODUCTS * PRODUCTS);
  for (const basket of baskets) {
    for (const i of basket) for (const j of basket) together[i * PRODUCTS + j] = 1;
  }
  return {
    purchases: { products, baskets, indexOf: new Map() },
    together,
    asked: new Map(baskets.map((_, customer) => [customer, new Set([(customer % 4) + 4])])),
  };
};

let threads: JobThreads | null = null;
afterEach(() => {
  threads?.close();
  threads = null;
});

/** A job under the name of another, with the inputs that this thread has worked on. */
const observed = <Shared, Input, Output>(
  job: Job<Shared, Input, Output>,
  name = job.name,
): { readonly job: Job<Shared, Input, Output>; readonly here: Input[] } => {
  const here: Input[] = [];
  return {
    here,
    job: {
      name,
      run: (shared, input) => {
        here.push(input);
        return job.run(shared, input);
      },
    },
  };
};

describe('threads for the jobs of a fit', () => {
  it('give what the jobs give one after the other', () => {
    threads = createJobThreads({ count: 2, entry: BUILT });
    const shared = trial();
    const expected = inTurn(methodJob, shared, METHODS);
    const { job, here } = observed(methodJob);
    do {
      here.length = 0;
      expect(threads.runJobs(job, shared, METHODS)).toEqual(expected);
    } while (here.length === METHODS.length);
    expect(here.length).toBeLessThan(METHODS.length);
  });

  it('throw what a job throws in a thread', () => {
    threads = createJobThreads({ count: 1, entry: BUILT });
    const { job } = observed(methodJob, 'unheard-of');
    const ask = (): void => {
      for (;;) threads?.runJobs(job, trial(), METHODS);
    };
    expect(ask).toThrow('no thread knows the job unheard-of');
  });

  it('leave nothing out when a thread is lost', () => {
    threads = createJobThreads({ count: 1, entry: SILENT, lostAfterMs: 20 });
    const shared = trial();
    const expected = inTurn(methodJob, shared, METHODS);
    const { job, here } = observed(methodJob);
    const isInOrder = (): boolean => here.every((method, i) => method === METHODS[i]);
    do {
      here.length = 0;
      expect(threads.runJobs(job, shared, METHODS)).toEqual(expected);
    } while (isInOrder());
    // What the thread took and never gave came last.
    expect(new Set(here)).toEqual(new Set(METHODS));
  });

  it('are not started where there is one processor', () => {
    threads = createJobThreads({ count: 0, entry: SILENT, lostAfterMs: 20 });
    expect(threads.runJobs(methodJob, trial(), METHODS)).toEqual(
      inTurn(methodJob, trial(), METHODS),
    );
  });
});
