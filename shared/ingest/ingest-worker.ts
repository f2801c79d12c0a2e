/**
 * Ingests one partition of a source topic, exactly once: what a batch becomes and the next offset to
 * read commit in one transaction. After any doubt the transactor is thrown away and the next one, which
 * fences it, says what was committed; reading starts there.
 */
import type { LogRecord, PartitionSource } from '../core/ports.js';
import type { PlacedRecord } from '../core/validation/dead-letter.js';
import {
  insist,
  runWhileAssigned,
  startOffset,
  type PartitionRunDeps,
} from '../pipeline/partition-run.js';
import type { Produced, Transform } from './transform.js';

export type IngestTransactor = {
  readonly committed: () => Promise<number | null>;
  readonly commit: (records: readonly Produced[], nextOffset: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type IngestDeps = PartitionRunDeps & {
  readonly open: (partition: number) => Promise<IngestTransactor>;
  /** Fetches what decoding needs; throws to be tried again. */
  readonly prepare: (records: readonly LogRecord[]) => Promise<void>;
  readonly transform: Transform;
  /** The record by its original place; null for one that is not ours to ingest. */
  readonly sourceOf: (record: LogRecord, partition: number) => PlacedRecord | null;
  readonly batchRecordsMax: number;
  readonly events: PartitionRunDeps['events'] & {
    readonly outcome: (outcome: string, code: string) => void;
    readonly committed: (records: number, tookMs: number) => void;
  };
  readonly nowMs: () => number;
};

export type IngestWorker = {
  readonly partition: number;
  readonly run: () => Promise<void>;
  readonly next: () => number | null;
};

const BATCH_BYTES_MAX = 1 << 20;

/** Creates the worker of one partition. */
export const createIngestWorker = (deps: IngestDeps, source: PartitionSource): IngestWorker => {
  const { partition } = source;
  let next: number | null = null;

  const transformAll = (records: readonly LogRecord[]) =>
    records.flatMap((record) => {
      const original = deps.sourceOf(record, partition);
      return original === null ? [] : [deps.transform(original)];
    });

  const own = async (): Promise<void> => {
    const transactor = await deps.open(partition);
    try {
      next = await startOffset(deps, partition, await transactor.committed());
      source.seek(next);
      for (;;) {
        const records = await source.take({
          records: deps.batchRecordsMax,
          bytes: BATCH_BYTES_MAX,
        });
        const last = records.at(-1);
        if (last === undefined) return;
        const isStopped = (): boolean => !source.isAssigned();
        if (!(await insist(deps, isStopped, () => deps.prepare(records)))) return;
        const startedMs = deps.nowMs();
        const transformed = transformAll(records);
        const produced = transformed.flatMap((result) => result.produced);
        await transactor.commit(produced, last.offset + 1);
        next = last.offset + 1;
        source.reportProgress(next);
        for (const { outcome, code } of transformed) deps.events.outcome(outcome, code);
        deps.events.committed(records.length, deps.nowMs() - startedMs);
      }
    } finally {
      await transactor.close().catch(() => undefined);
    }
  };

  return { partition, run: () => runWhileAssigned({ source, deps }, own), next: () => next };
};
