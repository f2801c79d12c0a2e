/** Reads the orders, applies their log in memory, and hands what came out to the writers. */
import { mkdir, access, constants } from 'node:fs/promises';
import type { UnderPerformanceAlert } from '../../shared/core/contract.generated.js';
import type { Artefacts, EngineOutput } from '../../shared/core/engine/engine.js';
import { MS_PER_DAY } from '../../shared/core/features/vector.js';
import { builtinModel, type ModelArtefact } from '../../shared/core/models/artefact.js';
import { inTurn, type RunJobs } from '../../shared/core/models/jobs.js';
import type { Rulebook } from '../../shared/core/rulebook/rulebook.js';
import { isoDateOf } from '../../shared/files/dates.js';
import { TableFileError } from '../../shared/files/table-reader.js';
import { createReplayLog, type ReplayLog } from '../../shared/pipeline/replay-partitions.js';
import { scoreOrders } from '../../shared/pipeline/score-orders.js';
import {
  openOrderFile,
  parseAsOf,
  type OrderFileOptions,
  type Progress,
} from '../../shared/service/score-file.js';
import { REFUSED, writeResults } from './write-results.js';

export type ReplayOptions = OrderFileOptions & {
  /** ISO date; scores are as of its start, orders from then on are left out. */
  readonly asOf: string;
  readonly out: string;
  /** Partitions of the emulated log; results depend on it in no more than the last digits. */
  readonly partitions?: number;
};

const PARTITIONS = 6;
const PROGRESS_EVERY = 5_000;

/** Makes the folder before any work is done for it. */
const prepareFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TableFileError(`nothing can be written to --out ${folder}: ${reason}`, {
      cause: error,
    });
  }
};

/** Days without an order up to the as-of time from which on a person is told; no closing time is longer. */
const SILENCE_DAYS_MIN = 14;

/** A file that ends long before it is scored looks like customers that have all gone. */
const remarkOnSilence = (lastOrderedAtMs: number, asOfMs: number): readonly string[] => {
  const days = Math.floor((asOfMs - lastOrderedAtMs) / MS_PER_DAY);
  if (days < SILENCE_DAYS_MIN) return [];
  return [
    `The last order is of ${isoDateOf(lastOrderedAtMs)}, ${String(days)} days before --as-of: all customers ` +
      'count as silent since then. If the file only ends there, score as of ' +
      `${isoDateOf(lastOrderedAtMs + MS_PER_DAY)}.`,
  ];
};

type Run = {
  readonly log: ReplayLog;
  readonly alerts: Map<string, UnderPerformanceAlert>;
  readonly counts: Map<string, number>;
};

/** An empty log that keeps the last report of every alert and counts everything else. */
const createRun = (partitions: number, artefacts: Artefacts): Run => {
  const alerts = new Map<string, UnderPerformanceAlert>();
  const counts = new Map<string, number>();
  const log = createReplayLog(partitions, {
    artefacts,
    skipsCards: true,
    onOutput: (output: EngineOutput) => {
      counts.set(output.kind, (counts.get(output.kind) ?? 0) + 1);
      if (output.kind === 'under-performance-alert') {
        alerts.set(output.record.alertId, output.record);
      }
    },
  });
  return { log, alerts, counts };
};

/**
 * Scores the file and writes the results; returns lines that tell a person what came out. Independent parts of
 * the training are run one after the other where nothing else is given.
 */
export const runReplay = async (
  options: ReplayOptions,
  onProgress: Progress,
  runJobs: RunJobs = inTurn,
): Promise<readonly string[]> => {
  const startedMs = performance.now();
  const asOfMs = parseAsOf(options.asOf);
  const { horizonDays, out, partitions = PARTITIONS } = options;
  await prepareFolder(out);
  const file = await openOrderFile(options, onProgress);
  const { rows, rulebook, rates } = file;
  const rulebooks = new Map<string, Rulebook>();
  const models = new Map<string, ModelArtefact>([[builtinModel.version, builtinModel]]);
  const { log, alerts, counts } = createRun(partitions, {
    rulebook: (version) => rulebooks.get(version) ?? null,
    model: (version) => models.get(version) ?? null,
  });
  const documents = rows.documentCount(asOfMs);
  if (documents === 0) {
    const [first] = rows.events(Number.POSITIVE_INFINITY);
    throw new TableFileError(
      `no order of the file ${options.orders} lies before --as-of ${options.asOf}; the first is of ` +
        isoDateOf(first?.orderedAtMs ?? asOfMs),
    );
  }
  let model = builtinModel;
  let applied = 0;
  const steps = scoreOrders({
    orders: rows.events(asOfMs),
    asOfMs,
    rulebook,
    rates,
    runJobs,
    onTraining: (step, done, total) => {
      onProgress(`training: ${step}`, done, total);
    },
  });
  for (const step of steps) {
    if (step.kind === 'rulebook') rulebooks.set(step.content.version, step.content);
    else if (step.kind === 'model') {
      model = step.content;
      models.set(model.version, model);
    } else {
      for (const outcome of log.publish(step.event)) {
        const name = outcome.kind === 'dead-letter' ? REFUSED + outcome.code : outcome.kind;
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      if (step.event.type === 'OrderEvent') applied += 1;
      if (applied % PROGRESS_EVERY === 0) onProgress('applying orders', applied, documents);
    }
  }
  return writeResults({
    out,
    asOfMs,
    horizonDays,
    rulebook,
    model,
    partitions: log.partitions,
    alerts: [...alerts.values()],
    rows: rows.rowCount(),
    brokenRows: file.brokenRows,
    remarks: [...file.remarks, ...remarkOnSilence(rows.lastOrderedAtMs(), asOfMs)],
    counts,
    tookMs: performance.now() - startedMs,
  });
};
