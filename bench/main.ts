/**
 * `npm run bench`: Kundenpuls beside its peers, in one run on one machine. The stack's
 * addresses are in the environment. Ends with exit code 1 when --compare finds a ratio worse.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../shared/avro/package-root.js';
import type { Contender } from './contenders/contender.js';
import { buildKafkaStreamsPeer, kafkaStreamsEos } from './contenders/kafka-streams.js';
import { kundenpuls } from './contenders/kundenpuls.js';
import { batched, fetchDecode, naive } from './contenders/node-peers.js';
import { compareWith } from './harness/compare.js';
import { createInstallation } from './harness/installation.js';
import { measureRestart } from './harness/restart.js';
import { tableOf, type BenchResult } from './harness/result.js';
import { runBench } from './harness/run-bench.js';
import { LOAD } from './load/orders.js';
import { say } from './say.js';

const ALL: readonly Contender[] = [fetchDecode, naive, batched, kundenpuls, kafkaStreamsEos];
const LATENCY_ORDERS_PER_SECOND = '10000';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    compare: { type: 'boolean', default: false },
    baseline: { type: 'string', default: join(packageRoot(), 'bench/baseline.json') },
    only: { type: 'string', default: ALL.map(({ name }) => name).join() },
    orders: { type: 'string', default: String(LOAD.orders) },
    'latency-seconds': { type: 'string', default: '40' },
    'latency-orders-per-second': { type: 'string', default: LATENCY_ORDERS_PER_SECOND },
    /** Scorer processes that share the partitions. */
    scorers: { type: 'string', default: '1' },
    /** Measures nothing but a restart with so many customers stored. */
    'restart-customers': { type: 'string' },
    /** Folder for a CPU profile of the scorer. */
    profile: { type: 'string' },
  },
});

const restartCustomers = Number(values['restart-customers'] ?? 0);
const only = restartCustomers > 0 ? [] : values.only.split(',');
const contenders = ALL.filter(({ name }) => only.includes(name));

const report = (result: BenchResult): void => {
  const { machine, firstTicks } = result;
  say(`\n${machine.cpu}, ${String(machine.cores)} cores, Node ${machine.node}`);
  say(
    `load average before the run: ${String(machine.loadBefore)} (numbers count on a quiet machine)\n`,
  );
  const titles = new Map(ALL.map(({ name, title }) => [name, title]));
  for (const line of tableOf(result, titles)) say(line);
  if (firstTicks === undefined) return;
  const { customers, customersPerSecond } = firstTicks;
  say(`ticks: ${String(customers)} due customers at ${customersPerSecond.toFixed(0)} a second`);
};

const compare = (result: BenchResult): void => {
  if (!existsSync(values.baseline)) {
    say(
      `no baseline at ${values.baseline}; take one on a quiet machine with --json ${values.baseline}`,
    );
    process.exitCode = 1;
    return;
  }
  const baseline = JSON.parse(readFileSync(values.baseline, 'utf8')) as BenchResult;
  const { lines, isWorse } = compareWith(baseline, result);
  for (const line of lines) say(line);
  if (isWorse) process.exitCode = 1;
};

if (contenders.includes(kafkaStreamsEos)) await buildKafkaStreamsPeer();
const installation = await createInstallation(process.env, {
  profileFolder: values.profile ?? null,
  scorers: Number(values.scorers),
});
try {
  if (restartCustomers > 0) {
    const { customers, afterStopMs, afterKillMs } = await measureRestart(
      installation,
      restartCustomers,
    );
    say(
      `with ${String(customers)} customers stored, from the start of the process to its first commit: ` +
        `${String(Math.round(afterStopMs))} ms after a stop in order, ${String(Math.round(afterKillMs))} ms after a kill`,
    );
  } else {
    const result = await runBench(installation, {
      contenders,
      load: { ...LOAD, orders: Number(values.orders) },
      latencySeconds: Number(values['latency-seconds']),
      latencyOrdersPerSecond: Number(values['latency-orders-per-second']),
    });
    report(result);
    if (values.json !== undefined)
      writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
    if (values.compare) compare(result);
  }
} finally {
  await installation.close();
}
