/**
 * `npm run soak -- --hours H [--seed N]`: faults by chance on real components under a steady load, with a
 * reader and an oracle throughout. Between two faults it waits for up to `--pause-seconds`. Writes
 * docs/soak-report.md; exit code 1 when anything was wrong.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '../../bench/load/random.js';
import { packageRoot } from '../../shared/avro/package-root.js';
import { openBed } from '../support/faults/bed.js';
import { runEpoch, type EpochResult } from './epoch.js';
import { openJournal } from './journal.js';
import { soakReport } from './report.js';
import { startThreadedProxy } from './threaded-proxy.js';

const HOUR_MS = 3_600_000;
/** As a shell counts it: 128 + SIGINT. */
const EXIT_INTERRUPTED = 130;
const SEED_MAX = 1 << 30;
/** A reader that lags must still find every card: compaction took 17,000 from under it. */
const UNCOMPACTED = { 'log.cleaner.min.compaction.lag.ms': String(24 * HOUR_MS) };

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      hours: { type: 'string', default: '0.75' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * SEED_MAX)) },
      'orders-per-second': { type: 'string', default: '5500' },
      'orders-per-epoch': { type: 'string', default: '2000000' },
      'pause-seconds': { type: 'string', default: '1' },
      brokers: { type: 'string', default: '3' },
      report: { type: 'string', default: join(packageRoot(), 'docs', 'soak-report.md') },
    },
  });
  const brokers = values.brokers === '1' ? (1 as const) : (3 as const);
  return {
    hours: Number(values.hours),
    seed: Number(values.seed),
    ordersPerSecond: Number(values['orders-per-second']),
    orders: Number(values['orders-per-epoch']),
    pauseSecondsMax: Number(values['pause-seconds']),
    brokers,
    report: values.report,
  };
};

const main = async (): Promise<number> => {
  const options = readOptions();
  const home = join(packageRoot(), '.kundenpuls');
  mkdirSync(home, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'kundenpuls-soak-'));
  const journal = openJournal(join(home, `soak-${String(process.pid)}.ndjson`));
  journal.say(`seed ${String(options.seed)}, ${String(options.hours)} h, in ${folder}`);
  const random = createRandom(options.seed);
  const [loadBefore = 0] = loadavg();
  const bed = await openBed({
    folder,
    brokers: options.brokers,
    openLink: startThreadedProxy,
    kafkaSettings: UNCOMPACTED,
  });
  const startedMs = performance.now();
  const untilMs = startedMs + options.hours * HOUR_MS;
  const startedAt = new Date();
  const epochs: EpochResult[] = [];
  let violation: string | null = null;
  const report = (): void => {
    const ranMs = performance.now() - startedMs;
    const { report: file, orders: _orders, ...asked } = options;
    writeFileSync(file, soakReport({ ...asked, startedAt, ranMs, loadBefore, epochs, violation }));
  };
  try {
    while (performance.now() < untilMs) {
      const epoch = await runEpoch({ ...options, bed, journal, random, untilMs });
      epochs.push(epoch);
      const { records, outputs, faults } = epoch;
      const counts = [records, outputs, faults.length].map(String);
      journal.say(`epoch ${String(epochs.length)}: ${counts.join(' records, outputs, faults ')}`);
      journal.note('epoch', epoch);
      report();
    }
  } catch (error) {
    violation = error instanceof Error ? error.message : String(error);
    journal.note('violation', { error });
    journal.say(`WRONG: ${violation}`);
  } finally {
    report();
    await bed.stop();
    // What a wrong run leaves is evidence.
    if (violation === null) rmSync(folder, { recursive: true, force: true });
  }
  return violation === null ? 0 : 1;
};

// In the middle of a fault nothing can be stopped in order: what it has started ends with the process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    process.stderr.write(`soak: stopped by ${signal}, without a report\n`);
    process.exit(EXIT_INTERRUPTED);
  });
}
// Clients of brokers that are gone by now would keep the process for ever.
process.exit(await main());
