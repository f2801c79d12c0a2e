/**
 * Whether the scorer can take work, in words. Lag is no reason: a scorer that catches up is ready, and
 * taking it out would make it worse; lag has an alarm of its own.
 */
import type { InputConsumer } from '../../shared/kafka/input-consumer.js';
import type { HealthReport } from '../../shared/observability/server.js';
import type { ScorerPipeline } from './pipeline.js';

type Watched = {
  readonly pipeline: Pick<ScorerPipeline, 'workers' | 'stopped'>;
  readonly input: Pick<InputConsumer, 'hasJoined' | 'lastActiveMs'>;
};

export type Readiness = {
  /** Starts looking at the pipeline; before, the service is starting. */
  readonly watch: (watched: Watched) => void;
  readonly report: () => HealthReport;
};

/** A fetch is answered within 100 ms, and while all is paused there is a heartbeat every 3 s. */
const KAFKA_SILENT_MS_MAX = 5_000;
const MS_PER_SECOND = 1_000;

/** While a commit is in doubt the store refuses or does not answer: the log says which. */
const HELD_UP: ReadonlySet<string> = new Set(['acquiring', 'outbox full', 'commit in doubt']);

/** Creates the report of a service that is starting. */
export const createReadiness = ({
  isRedisReady,
  nowMs = () => performance.now(),
}: {
  readonly isRedisReady: () => boolean;
  readonly nowMs?: () => number;
}): Readiness => {
  let watched: Watched | null = null;
  const reasonsOf = ({ pipeline, input }: Watched): readonly string[] => {
    if (!input.hasJoined()) return ['the consumer group has not assigned partitions yet'];
    const silentMs = nowMs() - input.lastActiveMs();
    if (silentMs > KAFKA_SILENT_MS_MAX) {
      return [`Kafka has not answered for ${String(Math.round(silentMs / MS_PER_SECOND))} s`];
    }
    const standing = [...pipeline.stopped()].map(
      ([partition, reason]) => `partition ${String(partition)} stands still: ${reason}`,
    );
    const busy = pipeline
      .workers()
      .filter(({ status }) => HELD_UP.has(status))
      .map(({ partition, status }) => `partition ${String(partition)}: ${status}`);
    return [...standing, ...busy];
  };
  return {
    watch: (started) => {
      watched = started;
    },
    report: () => {
      const reasons = [
        ...(isRedisReady() ? [] : ['Redis is not connected']),
        ...(watched === null ? ['starting'] : reasonsOf(watched)),
      ];
      return { isReady: reasons.length === 0, reasons };
    },
  };
};
