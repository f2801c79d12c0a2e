/**
 * `npm run fuzz -- --minutes M [--seed N] [--target NAME]`: throws made-up data at every door, round by
 * round with rising seeds. A round that hangs or takes more memory than it may is ended and reported.
 * Ends with 1 when anything was found; every finding names its seed, which gives the same input again.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { RoundOrder } from './round.js';
import type { FuzzRun } from './target.js';
import { TARGETS } from './targets.js';

const MS_PER_MINUTE = 60_000;
const RUNS_PER_ROUND = 1_000;
/** A round takes some twenty seconds of the processor at most; one that takes this long hangs. */
const ROUND_CPU_MS_MAX = 120_000;
/** One that waits for what never comes uses no processor; a busy machine is given time. */
const ROUND_WALL_MS_MAX = 1_800_000;
const LOOK_EVERY_MS = 1_000;
const MICROSECONDS_PER_MS = 1_000;
/** Heap of a round: inputs are small, so what needs more was made to allocate. */
const HEAP_MB_MAX = 512;
const FINDINGS_PER_TARGET_MAX = 3;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const failed = (order: RoundOrder, why: string): FuzzRun => ({
  runs: 0,
  slowestMs: ROUND_CPU_MS_MAX,
  finding: `target ${order.target}, seed ${String(order.seed)}: ${why}`,
});

const runRound = (order: RoundOrder): Promise<FuzzRun> =>
  new Promise((resolve) => {
    const worker = new Worker(join(import.meta.dirname, 'round.js'), {
      workerData: order,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
    });
    const startedMs = performance.now();
    const startedCpu = process.cpuUsage();
    const timer = setInterval(() => {
      const { user } = process.cpuUsage(startedCpu);
      const isOver =
        user / MICROSECONDS_PER_MS > ROUND_CPU_MS_MAX ||
        performance.now() - startedMs > ROUND_WALL_MS_MAX;
      if (!isOver) return;
      resolve(failed(order, `a round of ${String(order.runs)} inputs hangs`));
      void worker.terminate();
    }, LOOK_EVERY_MS);
    worker.once('message', resolve);
    worker.once('error', (error) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      resolve(failed(order, `the round ended: ${text}`));
    });
    worker.once('exit', () => {
      clearInterval(timer);
      resolve(failed(order, 'the round ended without a result'));
    });
  });

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '1' },
    target: { type: 'string' },
  },
});
const untilMs = performance.now() + Number(values.minutes) * MS_PER_MINUTE;
const chosen = TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
if (chosen.length === 0) throw new RangeError(`there is no target ${String(values.target)}`);
const totals = new Map(chosen.map(({ name }) => [name, { inputs: 0, findings: 0, slowestMs: 0 }]));

for (let seed = Number(values.seed); performance.now() < untilMs; seed += 1) {
  for (const [target, total] of totals) {
    if (total.findings >= FINDINGS_PER_TARGET_MAX || performance.now() > untilMs) continue;
    const { runs, finding, slowestMs } = await runRound({ target, seed, runs: RUNS_PER_ROUND });
    total.inputs += runs;
    total.slowestMs = Math.max(total.slowestMs, slowestMs);
    if (finding === null) continue;
    total.findings += 1;
    say(`FOUND: ${finding}\n`);
  }
}

let inputs = 0;
let findings = 0;
for (const [target, total] of totals) {
  inputs += total.inputs;
  findings += total.findings;
  say(
    `${target.padEnd(30)} ${String(total.inputs).padStart(10)} inputs  slowest ` +
      `${total.slowestMs.toFixed(0).padStart(5)} ms  ${String(total.findings)} findings`,
  );
}
say(`${String(inputs)} inputs, ${String(findings)} findings`);
process.exitCode = findings === 0 ? 0 : 1;
