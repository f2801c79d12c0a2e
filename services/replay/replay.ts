/** Reads the orders, applies their log in memory, fits, scores, and hands the results to the writers. */
import { mkdir } from 'node:fs/promises';
import type { UnderPerformanceAlert } from '../../shared/core/contract.generated.js';
import type { EngineOutput } from '../../shared/core/engine/engine.js';
import { builtinModel, type ModelArtefact } from '../../shared/core/models/artefact.js';
import { builtinRulebook, type Rulebook } from '../../shared/core/rulebook/rulebook.js';
import { OrdersFileError, readOrders, type BrokenRow } from '../../shared/files/read-orders.js';
import { activationOf, toPublished } from '../../shared/pipeline/order-log.js';
import { createReplayLog } from '../../shared/pipeline/replay-partitions.js';
import { planScoring } from '../../shared/pipeline/score-orders.js';
import { writeResults } from './write-results.js';

export type ReplayOptions = {
  readonly orders: string;
  /** ISO date; scores are as of its start, orders from then on are left out. */
  readonly asOf: string;
  readonly horizonDays: number;
  readonly out: string;
  readonly columnNames: ReadonlyMap<string, string>;
  /** Partitions of the emulated log; results depend on it in no more than the last digits. */
  readonly partitions: number;
  /** ISO 4217 code; null takes the most frequent currency of the file. */
  readonly reportingCurrency: string | null;
};

type Progress = (step: string, done: number, total: number) => void;

/** Broken rows named one by one; more are only counted. */
const BROKEN_SHOWN_MAX = 20;
const PROGRESS_EVERY = 20_000;

/** Parses a date or time; without a zone it is UTC. */
export const parseAsOf = (text: string): number => {
  const asOfMs = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(asOfMs)) {
    throw new OrdersFileError(`--as-of "${text}" is no date; write it as 2011-08-31`);
  }
  return asOfMs;
};

/** Scores the file and writes the results; returns lines that tell a person what came out. */
export const runReplay = async (
  options: ReplayOptions,
  onProgress: Progress,
): Promise<readonly string[]> => {
  const startedMs = Date.now();
  const asOfMs = parseAsOf(options.asOf);
  await mkdir(options.out, { recursive: true });
  const broken: BrokenRow[] = [];
  const rows = await readOrders({
    file: options.orders,
    columnNames: options.columnNames,
    onBroken: (row) => broken.push(row),
    onProgress: (bytes, total) => {
      onProgress('reading orders', bytes, total);
    },
  });
  const reportingCurrency = options.reportingCurrency ?? rows.currencies()[0] ?? 'EUR';
  const rulebook: Rulebook = {
    ...builtinRulebook,
    version: `${builtinRulebook.version}-${reportingCurrency}`,
    reportingCurrency,
  };
  const plan = planScoring({
    orders: () => rows.events(asOfMs),
    asOfMs,
    horizonDays: options.horizonDays,
    rulebook,
    rateOf: (currency) => (currency === reportingCurrency ? 1 : null),
  });
  const models = new Map<string, ModelArtefact>([[builtinModel.version, builtinModel]]);
  const alerts = new Map<string, UnderPerformanceAlert>();
  const counts = new Map<string, number>();
  const count = (name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  const log = createReplayLog(options.partitions, {
    artefacts: {
      rulebook: (version) => (version === rulebook.version ? rulebook : null),
      model: (version) => models.get(version) ?? null,
    },
    onOutput: (output: EngineOutput) => {
      count(output.kind);
      if (output.kind === 'under-performance-alert')
        alerts.set(output.record.alertId, output.record);
    },
  });
  let applied = 0;
  for (const event of plan.history()) {
    for (const outcome of log.publish(event)) {
      count(outcome.kind === 'dead-letter' ? `dead-letter: ${outcome.code}` : outcome.kind);
    }
    applied += 1;
    if (applied % PROGRESS_EVERY === 0) onProgress('applying events', applied, rows.rowCount());
  }
  const model = plan.fit((done, total, step) => {
    onProgress(`training: ${step}`, done, total);
  });
  models.set(model.version, model);
  log.publish(activationOf(toPublished('model', model), asOfMs));
  log.tickUntilQuiet(asOfMs);
  return writeResults({
    out: options.out,
    asOfMs,
    horizonDays: options.horizonDays,
    rulebook,
    model,
    partitions: log.partitions,
    alerts: [...alerts.values()],
    broken,
    brokenShownMax: BROKEN_SHOWN_MAX,
    rows: rows.rowCount(),
    counts,
    tookMs: Date.now() - startedMs,
  });
};
