/**
 * Lets a contender work off a backlog and measures it from outside: from the first sight of committed
 * progress, so that start-up is left out for all alike, to everything committed and published.
 */
import type { Contender, ContenderName, Running } from '../contenders/contender.js';
import type { Installation } from './installation.js';
import { redisCpuSeconds, usageOf } from './usage.js';

export type Throughput = {
  readonly ordersPerSecond: number;
  /** Of its processes, and of Redis where it holds the state. */
  readonly cpuSecondsPerMillion: number;
  readonly processCpuSecondsPerMillion: number;
  readonly rssMb: number;
  readonly records: number;
  readonly startMs: number;
};

const POLL_MS = 25;
const START_TIMEOUT_MS = 90_000;
const RUN_TIMEOUT_MS = 240_000;
const MILLION = 1_000_000;

/** Waits until a contender has done so many records and its outputs are out. */
export const waitUntilDone = async (
  running: Running,
  { records, name }: { readonly records: number; readonly name: ContenderName },
  onPoll: (done: number) => void | Promise<void>,
): Promise<void> => {
  const deadlineMs = performance.now() + RUN_TIMEOUT_MS;
  for (;;) {
    running.assertAlive();
    const done = await running.done();
    await onPoll(done);
    if (done >= records && (await running.isSettled())) return;
    if (performance.now() > deadlineMs) {
      throw new Error(`${name} did ${String(done)} of ${String(records)} records in time`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
};

/** Measures a contender that was just started on a log of so many records. */
export const measureThroughput = async (
  { name, usesRedis }: Contender,
  {
    running,
    installation,
    records,
  }: {
    readonly running: Running;
    readonly installation: Installation;
    readonly records: number;
  },
): Promise<Throughput> => {
  const spent = async () => ({
    atMs: performance.now(),
    process: (await usageOf(running.pids)).cpuSeconds,
    redis: usesRedis ? await redisCpuSeconds(installation.redis) : 0,
  });
  const startedMs = performance.now();
  const firsts: { readonly done: number; readonly spent: Awaited<ReturnType<typeof spent>> }[] = [];
  let rssMb = 0;
  await waitUntilDone(running, { records, name }, async (done) => {
    rssMb = Math.max(rssMb, (await usageOf(running.pids)).rssMb);
    if (firsts.length > 0) return;
    if (done > 0) firsts.push({ done, spent: await spent() });
    else if (performance.now() - startedMs > START_TIMEOUT_MS) {
      throw new Error(`${name} did not start working in time`);
    }
  });
  const last = await spent();
  const begin = firsts[0] ?? { done: 0, spent: last };
  const count = records - begin.done;
  const processCpu = last.process - begin.spent.process;
  const redisCpu = last.redis - begin.spent.redis;
  return {
    ordersPerSecond: (count / (last.atMs - begin.spent.atMs)) * 1_000,
    cpuSecondsPerMillion: ((processCpu + redisCpu) / count) * MILLION,
    processCpuSecondsPerMillion: (processCpu / count) * MILLION,
    rssMb,
    records: count,
    startMs: begin.spent.atMs - startedMs,
  };
};
