import type { WorkerView } from '../../../../services/scorer/pipeline.js';
import { createReadiness } from '../../../../services/scorer/readiness.js';

describe('the readiness of a scorer', () => {
  const reasons = (facts: {
    readonly silentMs?: number;
    readonly hasJoined?: boolean;
    readonly isRedisReady?: boolean;
    readonly stopped?: ReadonlyMap<number, string>;
    readonly status?: WorkerView['status'];
  }): readonly string[] => {
    const { silentMs = 0, hasJoined = true, isRedisReady = true, stopped = new Map() } = facts;
    const readiness = createReadiness({ isRedisReady: () => isRedisReady, nowMs: () => silentMs });
    readiness.watch({
      pipeline: {
        workers: () => [
          {
            partition: 2,
            status: facts.status ?? 'running',
            outboxDepth: 0,
            nextOffset: 0,
            segmentCounts: () => ({}),
            streamTimeMs: () => 0,
          },
        ],
        stopped: () => stopped,
      },
      input: { hasJoined: () => hasJoined, lastActiveMs: () => 0 },
    });
    return readiness.report().reasons;
  };

  it('is given while Kafka and Redis answer', () => {
    expect(reasons({})).toEqual([]);
  });

  it('ends when Kafka is silent for longer than a heartbeat takes', () => {
    expect(reasons({ silentMs: 4_000 })).toEqual([]);
    expect(reasons({ silentMs: 8_000 })).toEqual(['Kafka has not answered for 8 s']);
  });

  it('ends when Redis is away, and before the group has assigned anything', () => {
    expect(reasons({ isRedisReady: false })).toEqual(['Redis is not connected']);
    expect(reasons({ hasJoined: false })).toEqual([
      'the consumer group has not assigned partitions yet',
    ]);
  });

  it('ends while a partition stands still, and says why', () => {
    expect(reasons({ stopped: new Map([[3, 'the log is gone']]) })).toEqual([
      'partition 3 stands still: the log is gone',
    ]);
  });

  it.each(['acquiring', 'outbox full', 'commit in doubt'] as const)(
    'ends while a partition is held up: %s',
    (status) => {
      expect(reasons({ status })).toEqual([`partition 2: ${status}`]);
    },
  );
});
