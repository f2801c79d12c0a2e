/**
 * The proof of exactly-once: two scorers share the partitions under load, and a random one is killed with
 * SIGKILL at a random moment, over and over. Afterwards the log is folded in memory, and everything
 * in Redis and on the output topics must be what the fold says, byte by byte, each once and in order.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRandom } from '../../../../bench/load/random.js';
import {
  assertNoDuplicates,
  assertNoGaps,
  assertSameOrder,
} from '../../../support/assert-exactly-once.js';
import { expectedCustomers, expectedSegments, readStored } from '../../../support/compare-state.js';
import { createInstallation, type Installation } from '../../../support/installation.js';
import { foldInput, type ExpectedOutput } from '../../../support/oracle.js';
import { startPublishing } from '../../../support/publish-workload.js';
import { readTopic } from '../../../support/read-topic.js';
import { startService, type ServiceProcess } from '../../../support/service-process.js';
import { readOutputs } from '../../../support/stored-equals-fold.js';
import { waitUntilApplied } from '../../../support/wait-applied.js';

const PARTITIONS = 4;
const KILLS = 22;
const SCORERS = 2;
const ORDERS_PER_SECOND = 120;
/** Longest wait between two kills; short ones hit a scorer that is still taking over. */
const KILL_PAUSE_MS_MAX = 1_500;
const SEED = 20_251_124;
const TEST_TIMEOUT_MS = 500_000;

type Valued = { readonly value: Buffer | null };

const splitForwarded = (all: readonly ExpectedOutput[]) => ({
  outputs: all.filter(({ topic }) => topic !== 'customer-events'),
  forwarded: all.filter(({ topic }) => topic === 'customer-events'),
});

/** Values that are there more or less often than wanted, with both counts. */
const differences = (records: readonly Valued[], wanted: readonly Valued[]): readonly string[] => {
  const textOf = ({ value }: Valued): string => value?.toString('hex') ?? '';
  const counts = new Map(wanted.map((record) => [textOf(record), { is: 0, should: 0 }]));
  for (const record of wanted) {
    const count = counts.get(textOf(record));
    if (count !== undefined) count.should += 1;
  }
  for (const record of records) {
    const count = counts.get(textOf(record));
    if (count !== undefined) count.is += 1;
  }
  return [...counts]
    .filter(([, { is, should }]) => is !== should)
    .map(([text, { is, should }]) => `${String(is)} times, not ${String(should)}: ${text}`);
};

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a scorer that is killed at random under load', () => {
  let installation: Installation;
  let scorers: ServiceProcess[] = [];
  const start = (): ServiceProcess =>
    startService('scorer', {
      env: {
        ...installation.env,
        KUNDENPULS_SCORER_PORT: '0',
        KUNDENPULS_SCORER_SESSION_TIMEOUT_MS: '3000',
        // Small chunks: more commits and transactions that a kill can hit.
        KUNDENPULS_SCORER_CHUNK_RECORDS: '40',
      },
    });

  beforeAll(async () => {
    installation = await createInstallation({ partitions: PARTITIONS });
  }, 60_000);
  afterAll(async () => {
    await Promise.all(scorers.map((scorer) => scorer.end('SIGKILL')));
    await installation.remove();
  }, 60_000);

  it(
    'leaves the state of a pure fold, and every output exactly once and in order',
    async () => {
      const random = createRandom(SEED);
      const load = await startPublishing(installation, {
        ordersPerSecond: ORDERS_PER_SECOND,
        seed: SEED,
      });
      scorers = Array.from({ length: SCORERS }, start);
      let working = 0;
      for (let kill = 0; kill < KILLS; kill += 1) {
        const index = random.below(SCORERS);
        const victim = scorers[index];
        if (kill % 3 !== 0) await victim?.line(({ event }) => event === 'partition_acquired');
        await sleep(random.next() * KILL_PAUSE_MS_MAX);
        if (victim?.lines.some(({ event }) => event === 'partition_acquired')) working += 1;
        expect(await victim?.end('SIGKILL')).toBeNull();
        scorers[index] = start();
      }
      const published = await load.stop();
      const url = installation.env['KUNDENPULS_REDIS_URL'] ?? '';
      await waitUntilApplied(installation, { url, partitions: PARTITIONS });
      const codes = await Promise.all(scorers.map((scorer) => scorer.end('SIGTERM')));
      expect(codes).toEqual([0, 0]);
      expect(working).toBeGreaterThanOrEqual(KILLS * 0.6);

      const fold = await foldInput(installation, PARTITIONS);
      const written = await readOutputs(installation);
      const { outputs, forwarded } = splitForwarded(fold.outputs);
      assertNoDuplicates(outputs, written);
      assertNoGaps(outputs, written);
      assertSameOrder(outputs, written);
      // Histories of merged customers go back into the log, among what was published there.
      const input = await readTopic(installation.kafka, installation.topic('customer-events'));
      expect(differences(input, [...published, ...forwarded])).toEqual([]);
      expect(fold.records).toBe(published.length + forwarded.length);
      expect(outputs.length).toBeGreaterThan(1_000);
      expect(forwarded.length).toBeGreaterThan(0);

      for (const partition of fold.partitions) {
        const stored = await readStored(url, { app: installation.app, ...partition });
        expect(stored.outboxEntries).toBe(0);
        expect(stored.streamTimeMs).toBe(partition.control.streamTimeMs);
        expect(stored.customers).toEqual(expectedCustomers(partition));
        expect(stored.segmentCounts).toEqual(expectedSegments(partition));
        expect(stored.due).toEqual(Object.fromEntries(partition.due));
      }
    },
    TEST_TIMEOUT_MS,
  );
});
