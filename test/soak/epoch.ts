/**
 * One epoch of a soak: an installation of its own on the shared stack, a steady load, two scorers, a reader
 * with read_committed throughout, and one fault after the other. At its end everything in Redis and on
 * every topic is what the fold says. Epochs bound what disk and memory must hold.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../bench/load/random.js';
import { createInstallation } from '../support/installation.js';
import type { Bed } from '../support/faults/bed.js';
import {
  FAULTS,
  RECOVERY_MS_MAX,
  recoveryMs,
  type Fault,
  type FaultKind,
} from '../support/faults/catalogue.js';
import { startFleet, type Fleet, type UnexpectedEnd } from '../support/faults/fleet.js';
import { startLiveOracle, type LiveOracle } from '../support/faults/live-oracle.js';
import type { SteadyLoad } from '../support/faults/load.js';
import {
  assertStateIsFold,
  settle,
  watchProgress,
  type ProgressWatch,
} from '../support/faults/progress.js';
import type { LogLine } from '../support/service-process.js';
import type { Journal } from './journal.js';
import { startThreadedLoad } from './threaded-load.js';

export type EpochOptions = {
  readonly bed: Bed;
  readonly journal: Journal;
  readonly random: Random;
  readonly brokers: number;
  readonly orders: number;
  readonly ordersPerSecond: number;
  /** Between a recovery and the next fault lies a time drawn up to this. */
  readonly pauseSecondsMax: number;
  /** No fault starts later than this, by performance.now(). */
  readonly untilMs: number;
};

export type FaultResult = {
  readonly name: string;
  readonly kind: FaultKind;
  readonly detail: string;
  /** The fault that was done at the same time; null when it was alone. */
  readonly pairedWith: string | null;
  /** What the bound is on; of a pair, from when both were put right if one was held. */
  readonly recoveryMs: number;
  readonly standstillMs: number;
  readonly recoveredMs: number;
};

export type EpochResult = {
  readonly faults: readonly FaultResult[];
  readonly records: number;
  readonly orders: number;
  readonly outputs: number;
  readonly customers: number;
  readonly outcomes: LiveOracle['fold']['outcomes'];
  readonly unexpectedEnds: readonly UnexpectedEnd[];
  /** What scorers reported, by event. */
  readonly reports: Readonly<Record<string, number>>;
  readonly scorerMegabytesMax: number;
};

const PARTITIONS = 4;
const CUSTOMERS = 20_000;
const ORDERS_PER_ASIDE = 150;
/** Time runs fast here, and daily ticks would take everybody more than the orders do. */
const TICK_DAYS = 28;
const SCORERS = 2;
const SESSION_TIMEOUT_MS = 6_000;
const MS_PER_SECOND = 1_000;
/** Records that may wait for the scorers; beyond, the load waits for them. */
const LAG_RECORDS_MAX = 150_000;
const LAG_POLL_MS = 200;
/** A load that ran out during a fault would look like partitions that stand still. */
const ORDERS_IN_STOCK = 2;
const START_POLL_MS = 200;
const PAIR_SHARE = 0.4;
/** A fault that costs the state is only drawn while the log is short. */
const REBUILD_RECORDS_MAX = 60_000;
const RECOVERY_DEADLINE_MS = 400_000;
const SETTLE_DEADLINE_MS = 600_000;
const REPORTED = /rollback|rebuild|doubt|lost|failed|stopped|restarts|acquired|served|kafka_client/;

/** Draws a fault by weight. */
const draw = (random: Random, isAllowed: (fault: Fault) => boolean): [string, Fault] => {
  const entries = Object.entries(FAULTS).filter(([, fault]) => isAllowed(fault));
  let at = random.next() * entries.reduce((sum, [, { weight }]) => sum + weight, 0);
  for (const entry of entries) {
    at -= entry[1].weight;
    if (at <= 0) return entry;
  }
  throw new RangeError('there is no fault to draw');
};

const drawSome = (random: Random, isStateCheap: boolean): readonly [string, Fault][] => {
  const isAllowed = ({ losesState }: Fault): boolean => losesState !== true || isStateCheap;
  const first = draw(random, isAllowed);
  if (random.next() > PAIR_SHARE) return [first];
  return [first, draw(random, (other) => isAllowed(other) && other.kind !== first[1].kind)];
};

const megabytesOf = ({ members }: Fleet): number =>
  Math.max(
    ...members.map((member) => {
      try {
        const status = readFileSync(`/proc/${String(member.process().child.pid)}/status`, 'utf8');
        return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1_024;
      } catch {
        return 0;
      }
    }),
  );

type Running = {
  readonly oracle: LiveOracle;
  readonly fleet: Fleet;
  readonly load: SteadyLoad;
  readonly watch: ProgressWatch;
};

/** Holds the load back while scorers are far behind, so that memory and the wait at the end are bounded. */
const holdBack = ({ load, watch }: Pick<Running, 'load' | 'watch'>): { stop: () => void } => {
  let isHeld = false;
  const timer = setInterval(() => {
    const applied = watch.farthest().reduce((sum, next) => sum + next, 0);
    const isBehind = load.acknowledged() - applied > LAG_RECORDS_MAX;
    if (isBehind === isHeld) return;
    isHeld = isBehind;
    if (isBehind) void load.pause();
    else load.resume();
  }, LAG_POLL_MS);
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
};

const runFaults = async (
  { bed, journal, random, orders, pauseSecondsMax, untilMs }: EpochOptions,
  { oracle, fleet, load, watch }: Running,
): Promise<readonly FaultResult[]> => {
  const results: FaultResult[] = [];
  // A fault before the first record is applied would be one against the start only.
  while (watch.farthest().some((next) => next === 0)) await sleep(START_POLL_MS);
  const context = { bed, fleet, random, sessionTimeoutMs: SESSION_TIMEOUT_MS };
  while (load.acknowledged() < orders && performance.now() < untilMs) {
    await sleep(random.next() * pauseSecondsMax * MS_PER_SECOND);
    oracle.assertClean();
    const drawn = drawSome(random, oracle.counts().records < REBUILD_RECORDS_MAX);
    const names = drawn.map(([name]) => name).join(' + ');
    const details: string[] = [];
    journal.note('fault', { names });
    const outcome = await watch.over(async () => {
      const runs = await Promise.allSettled(drawn.map(([, fault]) => fault.run(context)));
      for (const run of runs) {
        if (run.status === 'fulfilled') details.push(run.value);
        else details.push(`it could not be done as planned: ${String(run.reason)}`);
      }
      if (runs.some(({ status }) => status === 'rejected')) await bed.repair();
    }, RECOVERY_DEADLINE_MS);
    const ms = recoveryMs(
      drawn.map(([, fault]) => fault),
      outcome,
    );
    journal.note('recovered', { names, details, recoveryMs: ms, ...outcome, ...oracle.counts() });
    for (const [i, [name, { kind }]] of drawn.entries()) {
      const pairedWith = drawn[1 - i]?.[0] ?? null;
      results.push({
        name,
        kind,
        detail: details[i] ?? '',
        pairedWith,
        recoveryMs: ms,
        ...outcome,
      });
      if (pairedWith === null && ms > RECOVERY_MS_MAX[kind]) journal.say(`${name} took too long`);
    }
  }
  oracle.assertClean();
  return results;
};

/** Runs an epoch; throws what is wrong. */
export const runEpoch = async (options: EpochOptions): Promise<EpochResult> => {
  const { bed, journal, random, brokers, orders, ordersPerSecond } = options;
  const installation = await createInstallation({
    partitions: PARTITIONS,
    replicationFactor: brokers,
    addresses: { ...bed.direct, redis: bed.direct.redis() },
  });
  const reports: Record<string, number> = {};
  const onLine = (line: LogLine): void => {
    const { event = '' } = line;
    if (!REPORTED.test(event)) return;
    reports[event] = (reports[event] ?? 0) + 1;
    journal.note('scorer', line);
  };
  const env = {
    ...installation.env,
    ...bed.scorerEnv,
    KUNDENPULS_SCORER_PORT: '0',
    KUNDENPULS_SCORER_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
  };
  const oracle = await startLiveOracle(installation, { partitions: PARTITIONS });
  const fleet = startFleet(env, { count: SCORERS, onLine });
  const watch = watchProgress(installation, { bed, partitions: PARTITIONS });
  const load = startThreadedLoad(installation, {
    orders: orders * ORDERS_IN_STOCK,
    customers: CUSTOMERS,
    ordersPerAside: ORDERS_PER_ASIDE,
    tickDays: TICK_DAYS,
    ordersPerSecond,
    seed: random.below(1 << 30),
    onTrouble: (error) => {
      journal.note('load_trouble', { error });
    },
  });
  const holding = holdBack({ load, watch });
  let isRight = false;
  try {
    const faults = await runFaults(options, { oracle, fleet, load, watch });
    holding.stop();
    await load.stop();
    const parts = { bed, installation, oracle };
    await settle(parts, SETTLE_DEADLINE_MS);
    await assertStateIsFold(parts);
    const scorerMegabytesMax = Math.round(megabytesOf(fleet));
    const codes = await fleet.stop();
    if (codes.some((code) => code !== 0)) journal.say(`scorers ended with ${codes.join(', ')}`);
    oracle.assertClean();
    isRight = true;
    const customers = oracle.fold.partitions.reduce(
      (sum, { customers: { size } }) => sum + size,
      0,
    );
    return {
      faults,
      ...oracle.counts(),
      customers,
      outcomes: oracle.fold.outcomes,
      unexpectedEnds: fleet.unexpectedEnds,
      reports,
      scorerMegabytesMax,
    };
  } finally {
    holding.stop();
    watch.stop();
    await Promise.allSettled([load.stop(), fleet.stop('SIGKILL'), oracle.stop()]);
    // What a wrong epoch leaves in Kafka and Redis is evidence.
    if (isRight) {
      await installation.remove();
      await bed.onMaster((client) => client.flushall());
    }
  }
};
