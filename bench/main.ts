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
    /** Folder for a CPU profile of the scorer. */
    profile: { type: 'string' },
  },
});

const only = values.only.split(',');
const contenders = ALL.filter(({ name }) => only.includes(name));
if (contenders.includes(kafkaStreamsEos)) await buildKafkaStreamsPeer();
const installation = await createInstallation(process.env, {
  profileFolder: values.profile ?? null,
  scorers: Number(values.scorers),
});
let result: BenchResult;
try {
  result = await runBench(installation, {
    contenders,
    load: { ...LOAD, orders: Number(values.orders) },
    latencySeconds: Number(values['latency-seconds']),
    latencyOrdersPerSecond: Number(values['latency-orders-per-second']),
  });
} finally {
  await installation.close();
}

const { machine } = result;
say(`\n${machine.cpu}, ${String(machine.cores)} cores, Node ${machine.node}`);
say(
  `load average before the run: ${String(machine.loadBefore)} (numbers count on a quiet machine)\n`,
);
for (const line of tableOf(result, new Map(ALL.map(({ name, title }) => [name, title])))) say(line);
if (result.firstTicks !== undefined) {
  const { customers, customersPerSecond } = result.firstTicks;
  say(`ticks: ${String(customers)} due customers at ${customersPerSecond.toFixed(0)} a second`);
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
if (values.compare && !existsSync(values.baseline)) {
  say(
    `no baseline at ${values.baseline}; take one on a quiet machine with --json ${values.baseline}`,
  );
  process.exitCode = 1;
} else if (values.compare) {
  const baseline = JSON.parse(readFileSync(values.baseline, 'utf8')) as BenchResult;
  const { lines, isWorse } = compareWith(baseline, result);
  for (const line of lines) say(line);
  if (isWorse) process.exitCode = 1;
}
