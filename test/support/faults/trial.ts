/**
 * The scene of a fault test: bed, installation, scorers, load and oracle together, and one trial after the
 * other on them. Each trial ends with everything in Redis and on every topic held against the fold.
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../../shared/avro/package-root.js';
import { createInstallation, type Installation } from '../installation.js';
import { openBed, type Bed, type BedOptions } from './bed.js';
import { startFleet, type Fleet } from './fleet.js';
import { startLiveOracle, type LiveOracle } from './live-oracle.js';
import { startLoad, type SteadyLoad } from './load.js';
import {
  assertStateIsFold,
  settle,
  watchProgress,
  type ProgressWatch,
  type Standstill,
} from './progress.js';

export const PARTITIONS = 2;
export const SESSION_TIMEOUT_MS = 6_000;
const SCORERS = 2;
const ORDERS_PER_SECOND = 150;
const ORDERS_MAX = 300_000;
const HEALTH_POLL_MS = 200;
const RECOVERY_DEADLINE_MS = 180_000;
const SETTLE_DEADLINE_MS = 120_000;
/** One line a trial, for the table in docs/reliability.md. */
const RECOVERY_FILE = join(packageRoot(), '.kundenpuls', 'recovery.ndjson');

export type Scene = {
  readonly bed: Bed;
  readonly installation: Installation;
  readonly fleet: Fleet;
  readonly oracle: LiveOracle;
  readonly load: SteadyLoad;
  readonly watch: ProgressWatch;
  /** The trial that failed: what comes after it would only wait for what is broken already. */
  broken: string | null;
  readonly close: () => Promise<void>;
};

export type Trial = Standstill & {
  /** From the fault until all records that were there are applied, published and compared, in ms. */
  readonly caughtUpMs: number;
  /** Why a scorer was not ready at some moment of the fault. */
  readonly notReady: readonly string[];
};

/** Variables of a scorer that stands behind the proxies. */
export const scorerEnv = (
  bed: Bed,
  installation: Installation,
): Readonly<Record<string, string>> => ({
  ...installation.env,
  ...bed.scorerEnv,
  KUNDENPULS_SCORER_PORT: '0',
  KUNDENPULS_SCORER_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
});

/** Starts everything and waits until every partition is scored. */
export const openScene = async (
  options: Pick<BedOptions, 'brokers' | 'redisSettings' | 'disks'> & { readonly seed: number },
): Promise<Scene> => {
  const { brokers = 1, seed } = options;
  const folder = mkdtempSync(join(tmpdir(), 'kundenpuls-faults-'));
  const bed = await openBed({ folder, ...options });
  const installation = await createInstallation({
    partitions: PARTITIONS,
    replicationFactor: brokers,
    addresses: { ...bed.direct, redis: bed.direct.redis() },
  });
  const oracle = await startLiveOracle(installation, { partitions: PARTITIONS });
  const fleet = startFleet(scorerEnv(bed, installation), { count: SCORERS });
  const watch = watchProgress(installation, { bed, partitions: PARTITIONS });
  const load = startLoad(installation, {
    orders: ORDERS_MAX,
    ordersPerSecond: ORDERS_PER_SECOND,
    seed,
  });
  const close = async (): Promise<void> => {
    watch.stop();
    await Promise.allSettled([load.stop(), fleet.stop('SIGKILL'), oracle.stop()]);
    await installation.remove().catch(() => undefined);
    await bed.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  while (watch.farthest().some((next) => next === 0)) await sleep(HEALTH_POLL_MS);
  return { bed, installation, fleet, oracle, load, watch, broken: null, close };
};

/** Does one fault, waits for recovery, and compares everything; throws what is wrong. */
export const tryFault = async (
  scene: Scene,
  { name, run }: { readonly name: string; readonly run: () => Promise<unknown> },
): Promise<Trial> => {
  if (scene.broken !== null) throw new Error(`not tried, since "${scene.broken}" failed`);
  const { bed, installation, fleet, oracle, load, watch } = scene;
  scene.broken = name;
  const notReady = new Set<string>();
  const over = new AbortController();
  const looking = (async (): Promise<void> => {
    while (!over.signal.aborted) {
      for (const member of fleet.members) {
        for (const reason of (await member.notReady()) ?? []) notReady.add(reason);
      }
      await sleep(HEALTH_POLL_MS);
    }
  })();
  const startedMs = performance.now();
  try {
    const standstill = await watch.over(async () => {
      await run();
    }, RECOVERY_DEADLINE_MS);
    await load.pause();
    const parts = { bed, installation, oracle };
    await settle(parts, SETTLE_DEADLINE_MS);
    const caughtUpMs = Math.round(performance.now() - startedMs);
    await assertStateIsFold(parts);
    scene.broken = null;
    const client = process.env['KUNDENPULS_SCORER_KAFKA_CLIENT'] ?? 'kafkajs';
    mkdirSync(dirname(RECOVERY_FILE), { recursive: true });
    const line = JSON.stringify({ client, name, ...standstill, caughtUpMs });
    appendFileSync(RECOVERY_FILE, `${line}\n`);
    return { ...standstill, caughtUpMs, notReady: [...notReady] };
  } finally {
    load.resume();
    over.abort();
    await looking;
  }
};
