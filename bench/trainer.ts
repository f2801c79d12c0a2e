/**
 * The trainer by itself: how long a fit of a large portfolio takes, step by step. Histories come
 * from memory, so that reading the log is not measured.
 */
import { parseArgs } from 'node:util';
import { MS_PER_DAY } from '../shared/core/features/vector.js';
import { fitModel } from '../shared/core/models/fit.js';
import { createHistoryBuilder } from '../shared/pipeline/histories.js';
import { builtinRulebook } from '../shared/core/rulebook/rulebook.js';
import { portfolioOrders } from './load/portfolio.js';
import { createJobThreads } from '../shared/service/job-threads.js';
import { say } from './say.js';

const MS_PER_SECOND = 1_000;
const MICROSECONDS_PER_SECOND = 1e6;

const main = (): void => {
  const { values } = parseArgs({
    options: {
      customers: { type: 'string', default: '100000' },
      'orders-each': { type: 'string', default: '18' },
      years: { type: 'string', default: '3' },
    },
  });
  const [customers, ordersEach] = [Number(values.customers), Number(values['orders-each'])];
  const years = Number(values.years);
  const builder = createHistoryBuilder();
  let untilMs = 0;
  const orders = portfolioOrders({ customers, ordersEach, years, partition: 0, partitionCount: 1 });
  for (const input of orders) {
    if (input.type !== 'OrderEvent') continue;
    builder.add(input.event, 1);
    untilMs = Math.max(untilMs, input.event.orderedAtMs);
  }
  say(`${String(customers)} customers, ${String(ordersEach)} orders each, ${String(years)} years`);
  const threads = createJobThreads();
  const startedMs = performance.now();
  let stepMs = startedMs;
  const seconds = (fromMs: number, toMs: number): string =>
    ((toMs - fromMs) / MS_PER_SECOND).toFixed(1);
  const model = fitModel({
    histories: builder.histories(),
    asOfMs: untilMs + MS_PER_DAY,
    version: 'bench',
    reportingCurrency: 'EUR',
    horizonsDays: builtinRulebook.forecastHorizonsDays,
    nameOf: builder.nameOf,
    runJobs: threads.runJobs,
    onProgress: (done, total, step) => {
      const nowMs = performance.now();
      say(`${String(done)}/${String(total)} ${step}: ${seconds(stepMs, nowMs)} s`);
      stepMs = nowMs;
    },
  });
  threads.close();
  const { user, system } = process.cpuUsage();
  const rssMb = Math.round(process.resourceUsage().maxRSS / 1_000);
  say(
    `fitted in ${seconds(startedMs, performance.now())} s of wall time; with making the histories ` +
      `${((user + system) / MICROSECONDS_PER_SECOND).toFixed(1)} s of CPU and ${String(rssMb)} MB at most; grade ` +
      model.report.grade,
  );
};

main();
