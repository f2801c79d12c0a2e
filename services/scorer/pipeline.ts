/**
 * The flow of the scorer, on one screen. An assignment gives one source per partition; each source
 * gets one worker, which is the whole protocol (shared/pipeline/partition-worker.ts):
 *
 *   acquire → take → decode → load → fold and decide → commit (Redis) → publish (Kafka) beside it
 *
 * A partition's next worker starts when its last one has drained. A partition that cannot go on
 * without a person stands still and says why; the others go on. A bug ends the process before it
 * commits anything.
 */
import type { PartitionSource } from '../../shared/core/ports.js';
import {
  createPartitionWorker,
  type PartitionWorker,
  type WorkerStatus,
} from '../../shared/pipeline/partition-worker.js';
import { StopPartition, type WorkerDeps } from '../../shared/pipeline/worker-deps.js';

export type WorkerView = {
  readonly partition: number;
  readonly status: WorkerStatus | 'draining' | 'stopped';
  readonly outboxDepth: number;
  readonly nextOffset: number;
  readonly segmentCounts: PartitionWorker['segmentCounts'];
  readonly streamTimeMs: () => number;
};

export type ScorerPipeline = {
  /** Starts a worker for each source; the workers of the sources before end by themselves. */
  readonly assign: (sources: readonly PartitionSource[]) => void;
  /** Resolves when every worker has drained; the sources must have ended. */
  readonly drained: () => Promise<void>;
  readonly workers: () => readonly WorkerView[];
  /** Why partitions stand still, by partition. */
  readonly stopped: () => ReadonlyMap<number, string>;
};

export type ScorerPipelineOptions = Omit<WorkerDeps, 'partition' | 'source'> & {
  readonly onStopped: (partition: number, reason: StopPartition) => void;
  /** Hears of bugs: the process must end. */
  readonly onFailed: (error: unknown) => void;
};

/** Creates the pipeline; it does nothing before partitions are assigned. */
export const createScorerPipeline = (options: ScorerPipelineOptions): ScorerPipeline => {
  const { onStopped, onFailed, ...deps } = options;
  const current = new Map<number, { worker: PartitionWorker; source: PartitionSource }>();
  const running = new Map<number, Promise<void>>();
  const stopped = new Map<number, string>();

  const runToItsEnd = async (worker: PartitionWorker, partition: number): Promise<void> => {
    try {
      await worker.run();
    } catch (error) {
      if (!(error instanceof StopPartition)) {
        onFailed(error);
        return;
      }
      stopped.set(partition, error.message);
      onStopped(partition, error);
    }
  };

  const assign: ScorerPipeline['assign'] = (sources) => {
    stopped.clear();
    for (const source of sources) {
      const { partition } = source;
      const worker = createPartitionWorker({ ...deps, partition, source });
      current.set(partition, { worker, source });
      const before = running.get(partition) ?? Promise.resolve();
      const run = before
        .then(() => runToItsEnd(worker, partition))
        .finally(() => {
          const isLast = current.get(partition)?.worker === worker;
          if (isLast && !source.isAssigned()) current.delete(partition);
          if (running.get(partition) === run) running.delete(partition);
        });
      running.set(partition, run);
    }
  };

  return {
    assign,
    drained: async () => {
      await Promise.all(running.values());
    },
    workers: () =>
      [...current].map(([partition, { worker, source }]) => ({
        partition,
        status: stopped.has(partition)
          ? 'stopped'
          : source.isAssigned()
            ? worker.status()
            : 'draining',
        outboxDepth: worker.outboxDepth(),
        nextOffset: worker.nextOffset(),
        segmentCounts: worker.segmentCounts,
        streamTimeMs: worker.streamTimeMs,
      })),
    stopped: () => stopped,
  };
};
