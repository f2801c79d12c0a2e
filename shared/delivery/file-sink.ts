/**
 * Delivers a partition to files: reads where the files end, seeks there, appends batch by batch. The
 * group's offset is only for lag tools and for a folder that was emptied.
 */
import { assertNever } from '../core/assert-never.js';
import type { LogRecord, PartitionSource } from '../core/ports.js';
import type { NdjsonEntry, NdjsonLog } from './ndjson-log.js';
import { runWhileAssigned, startOffset } from '../pipeline/partition-run.js';
import type { PartitionSink, SinkDeps } from './partition-sink.js';

const BATCH = { records: 1_000, bytes: 2 << 20 } as const;

export type FileSinkDeps = SinkDeps & {
  readonly openLog: (partition: number) => Promise<NdjsonLog>;
};

/** Creates the sink of one partition. */
export const createFileSink = (deps: FileSinkDeps, source: PartitionSource): PartitionSink => {
  const { partition } = source;
  let next: number | null = null;
  let pending: readonly LogRecord[] = [];

  const write = async (log: NdjsonLog, records: readonly LogRecord[]): Promise<void> => {
    let entries: NdjsonEntry[] = [];
    const flush = async (): Promise<void> => {
      await log.append(entries);
      deps.events.settled('delivered', entries.length);
      entries = [];
    };
    for (const record of records) {
      const rendered = deps.renderer.render(record, deps.topic, partition);
      switch (rendered.kind) {
        case 'message':
          entries.push({ offset: record.offset, body: rendered.message.body });
          break;
        case 'erasure':
          await flush();
          await deps.onErased(rendered.message.customerId);
          await log.erase(rendered.message, rendered.origin);
          deps.events.settled('erased', 1);
          break;
        case 'refused':
          await deps.park(rendered.origin, rendered.code, rendered.detail);
          deps.events.settled('parked', 1);
          break;
        case 'skipped':
          deps.events.settled('skipped', 1);
          break;
        default:
          assertNever(rendered);
      }
    }
    await flush();
  };

  const own = async (): Promise<void> => {
    const log = await deps.openLog(partition);
    try {
      const position = log.next() ?? (await deps.committed(partition));
      next = await startOffset(deps, partition, position);
      source.seek(next);
      for (;;) {
        const records = await source.take(BATCH);
        const last = records.at(-1);
        if (last === undefined) return;
        pending = records;
        await deps.renderer.prepare(records);
        await write(log, records);
        pending = [];
        next = last.offset + 1;
        source.reportProgress(next);
      }
    } finally {
      await log.close();
    }
  };

  return {
    run: () => runWhileAssigned({ source, deps }, own),
    pending: () => ({
      partition,
      pending: pending.length,
      next,
      oldestTimestampMs: pending[0]?.timestampMs ?? null,
    }),
  };
};
