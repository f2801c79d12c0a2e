/**
 * Whether the scorer can take work, in words. Lag is no reason: a scorer that catches up is ready, and
 * taking it out would make it worse; lag has an alarm of its own.
 */
import type { InputConsumer } from '../../shared/kafka/input-consumer.js';
import type { HealthReport } from '../../shared/observability/server.js';
import type { ScorerPipeline } from './pipeline.js';

type Watched = {
  readonly pipeline: Pick<ScorerPipeline, 'workers' | 'stopped'>;
  readonly input: Pick<InputConsumer, 'hasJoined'>;
};

export type Readiness = {
  /** Starts looking at the pipeline; before, the service is starting. */
  readonly watch: (watched: Watched) => void;
  readonly report: () => HealthReport;
};

/** Creates the report of a service that is starting. */
export const createReadiness = ({
  isRedisReady,
}: {
  readonly isRedisReady: () => boolean;
}): Readiness => {
  let watched: Watched | null = null;
  const reasonsOf = ({ pipeline, input }: Watched): readonly string[] => {
    if (!input.hasJoined()) return ['the consumer group has not assigned partitions yet'];
    const standing = [...pipeline.stopped()].map(
      ([partition, reason]) => `partition ${String(partition)} stands still: ${reason}`,
    );
    const busy = pipeline
      .workers()
      .filter(({ status }) => status === 'acquiring' || status === 'outbox full')
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
