/**
 * Runs one seed: a history is produced, faults strike, then everything heals and the pipeline must
 * catch up. The whole run follows from the seed, so a failing one reproduces exactly.
 */
import { CALM } from './engine/network.js';
import { createRandom } from './engine/random.js';
import { checkState, cursorOf, Violation } from './world/checks.js';
import { loadDecoder } from './world/contract.js';
import { createFaults } from './world/faults.js';
import { createFleet } from './world/fleet.js';
import { readStored } from './world/stored.js';
import { planWorkload } from './world/workload.js';
import { resetStorePool, type Mutation } from './world/worker-process.js';
import { createWorld, tagOf, type World } from './world/world.js';

export type SimulationResult = {
  readonly seed: number;
  readonly violation: Violation | null;
  readonly trace: readonly string[];
  readonly events: number;
  readonly records: number;
  readonly faults: number;
  readonly outputs: number;
  readonly virtualMs: number;
  /** Partitions that stopped, rightly, because the log had lost what they needed. */
  readonly stopped: number;
  /** Time from the last fault's end until everything was applied and published. */
  readonly recoveryMs: number;
};

export const NO_MUTATION: Mutation = { name: 'none' };

const FAULTS_UNTIL_MS_MIN = 60_000;
const FAULTS_UNTIL_MS_MAX = 200_000;
/** Longest wait of a client, a session and a back-off, one after the other (I8). */
const RECOVERY_MS_MAX = 180_000;
/** Requests that come late come within this time. */
const AFTERMATH_MS = 60_000;

/** True when a partition has applied and published everything the log holds. */
const isCaughtUp = (world: World, partition: number): boolean => {
  if (world.stoppedPartitions.has(partition)) return true;
  const oracle = world.oracles[partition];
  const log = world.broker.input(partition);
  if (oracle === undefined || log.stable() < log.end()) return false;
  const { next } = cursorOf(world.redis.slot(tagOf(partition)), partition);
  if (log.fetch(next ?? 0, 1).records.length > 0) return false;
  return world.readCounts()[partition] === oracle.outputs.length;
};

const judge = (world: World, isCaughtUpInTime: boolean): void => {
  if (!isCaughtUpInTime) {
    throw new Violation('I8', `not caught up ${String(RECOVERY_MS_MAX / 1000)} s after all healed`);
  }
  for (const oracle of world.oracles) {
    const { partition } = oracle;
    if (world.stoppedPartitions.has(partition)) {
      if (world.broker.input(partition).start() > 0) continue;
      throw new Violation('I8', `partition ${String(partition)} stopped although the log is whole`);
    }
    checkState(readStored(world.redis.slot(tagOf(partition)), partition), oracle);
  }
};

/** Runs a seed; returns what happened, with the violation if there was one. */
export const simulate = async (
  seed: number,
  mutation: Mutation = NO_MUTATION,
): Promise<SimulationResult> => {
  resetStorePool();
  const random = createRandom(seed);
  const decoder = await loadDecoder();
  const partitionCount = random.pick([1, 1, 2, 3]);
  const untilMs = random.between(FAULTS_UNTIL_MS_MIN, FAULTS_UNTIL_MS_MAX);
  const lateness = random.fork();
  const published = new Map<string, number>();
  const world = createWorld({
    random: random.fork(),
    decoder,
    partitionCount,
    mutation,
    publishedAtMs: ({ version }) => {
      const known = published.get(version);
      if (known !== undefined) return known;
      const atMs = lateness.chance(0.2) ? lateness.between(0, untilMs) : 0;
      published.set(version, atMs);
      return atMs;
    },
  });
  const { scheduler, broker } = world;
  const workload = random.fork();
  const planned = planWorkload({
    random: workload,
    partitionCount,
    records: 20 + workload.below(40) * partitionCount,
  });
  const isBursty = workload.chance(0.3);
  for (const { partitions, key, value } of planned) {
    scheduler.after(isBursty ? 1_000 : workload.between(1_000, untilMs), () => {
      for (const partition of partitions) {
        if (workload.chance(0.05)) broker.input(partition).skip();
        broker.input(partition).add({ key, value });
      }
    });
  }

  const fleet = createFleet(world, random.fork(), mutation);
  const processes = 1 + random.below(3);
  for (let i = 0; i < processes; i += 1) fleet.start();
  const faultRandom = random.fork();
  const faults = createFaults({
    world,
    fleet,
    random: faultRandom,
    mayForget: faultRandom.chance(0.25),
  });
  const total = faults.reduce((sum, { weight }) => sum + weight, 0);
  const faultCount = 2 + faultRandom.below(14);
  for (let i = 0; i < faultCount; i += 1) {
    scheduler.after(faultRandom.between(500, untilMs), () => {
      let at = faultRandom.below(total);
      const fault = faults.find(({ weight }) => (at -= weight) < 0);
      if (fault === undefined) return;
      world.trace(`fault: ${fault.name}`);
      fault.strike();
    });
  }
  const healed = scheduler.after(untilMs, () => {
    world.trace('all faults end');
    world.network.setWeather(CALM);
    world.setMemory({ first: 0, midway: 0 });
    world.redis.setUp(true);
    broker.setUp(true);
    world.registry.setUp(true);
    fleet.heal();
  });
  const isOver = (): boolean => world.violation() !== null;
  const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
  await scheduler.run(untilMs, isOver);
  const isDone = (): boolean =>
    isOver() || partitions.every((partition) => isCaughtUp(world, partition));
  await scheduler.run(untilMs + RECOVERY_MS_MAX, isDone);
  const recoveryMs = scheduler.nowMs() - untilMs;
  const isInTime = isDone();
  if (isInTime) await scheduler.run(scheduler.nowMs() + AFTERMATH_MS, isOver);
  healed.cancel();
  fleet.close();
  if (!isOver()) {
    try {
      judge(world, isInTime && isDone());
    } catch (error) {
      world.broken(error);
    }
  }
  return {
    seed,
    violation: world.violation(),
    trace: world.lines(),
    events: scheduler.eventCount(),
    records: planned.length,
    faults: faultCount,
    outputs: world.oracles.reduce((sum, { outputs }) => sum + outputs.length, 0),
    virtualMs: scheduler.nowMs(),
    stopped: world.stoppedPartitions.size,
    recoveryMs,
  };
};
