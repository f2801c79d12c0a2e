/**
 * Partitions change hands under load without a fault: a second scorer joins, the first one is told to
 * stop, then the second. The session timeout is longer than the test: whoever does not leave the
 * group properly makes it fail.
 */
import { createInstallation, type Installation } from '../../../support/installation.js';
import { startPublishing } from '../../../support/publish-workload.js';
import { startService, type ServiceProcess } from '../../../support/service-process.js';
import { expectStoredEqualsFold } from '../../../support/stored-equals-fold.js';
import { waitUntilApplied } from '../../../support/wait-applied.js';
import { waitUntil } from '../../../support/wait-until.js';

const PARTITIONS = 4;
const ORDERS_PER_SECOND = 100;
const SEED = 4_711;
const TEST_TIMEOUT_MS = 120_000;

describe('scorers that hand partitions over', () => {
  let installation: Installation;
  const scorers: ServiceProcess[] = [];
  const start = (): ServiceProcess => {
    const scorer = startService('scorer', {
      env: {
        ...installation.env,
        KUNDENPULS_SCORER_PORT: '0',
        KUNDENPULS_SCORER_SESSION_TIMEOUT_MS: '300000',
        KUNDENPULS_SCORER_CHUNK_RECORDS: '50',
      },
    });
    scorers.push(scorer);
    return scorer;
  };
  /** Partitions by the last thing a scorer logged of them. */
  const acquired = ({ lines }: ServiceProcess, from = 0): ReadonlySet<unknown> =>
    new Set(
      lines
        .slice(from)
        .filter(({ event }) => event === 'partition_acquired')
        .map(({ partition }) => partition),
    );
  /** A partition that the next owner fenced before the drain was over is none: that is the protocol. */
  const troubles = ({ lines }: ServiceProcess): readonly unknown[] =>
    lines.filter(({ event = '' }) =>
      /^(stop_failed|stop_timed_out|service_failed|partition_(failed|stopped))$/.test(event),
    );

  beforeAll(async () => {
    installation = await createInstallation({ partitions: PARTITIONS });
  }, 60_000);
  afterAll(async () => {
    await Promise.all(scorers.map((scorer) => scorer.end('SIGKILL')));
    await installation.remove();
  }, 60_000);

  it(
    'drain, leave with exit code 0, and end with each output once',
    async () => {
      const load = await startPublishing(installation, {
        ordersPerSecond: ORDERS_PER_SECOND,
        seed: SEED,
      });
      const first = start();
      await waitUntil(() => acquired(first).size === PARTITIONS);
      const second = start();
      await second.line(({ event }) => event === 'partition_acquired');
      expect(acquired(second).size).toBeLessThan(PARTITIONS);
      const before = second.lines.length;
      expect(await first.end('SIGTERM')).toBe(0);
      await waitUntil(() => acquired(second, before).size === PARTITIONS);
      await load.stop();
      const url = installation.env['KUNDENPULS_REDIS_URL'] ?? '';
      await waitUntilApplied(installation, { url, partitions: PARTITIONS });
      expect(await second.end('SIGTERM')).toBe(0);
      expect(scorers.flatMap(troubles)).toEqual([]);

      const fold = await expectStoredEqualsFold(installation, { partitions: PARTITIONS });
      expect(fold.outputs.length).toBeGreaterThan(100);
    },
    TEST_TIMEOUT_MS,
  );
});
