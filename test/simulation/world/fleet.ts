/** The worker processes of a simulation: started, killed, frozen and replaced. */
import { createProcess, type SimProcess } from '../engine/process.js';
import type { Random } from '../engine/random.js';
import { startWorkerProcess, type Mutation, type WorkerProcess } from './worker-process.js';
import type { World } from './world.js';

export type Fleet = {
  readonly start: () => void;
  readonly kill: (replaceAfterMs: number) => void;
  readonly freeze: (ms: number) => void;
  readonly shutDown: (replaceAfterMs: number) => void;
  /** Wakes everybody up and sees to it that somebody is there. */
  readonly heal: () => void;
  /** Ends timers of the real parts that run outside of simulated time. */
  readonly close: () => void;
};

const PROCESSES_MAX = 4;
const CLOCK_ERROR_MS = 3_600_000;

/** Creates a fleet without processes. */
export const createFleet = (world: World, random: Random, mutation: Mutation): Fleet => {
  const workers: WorkerProcess[] = [];
  let serial = 0;
  const alive = (): WorkerProcess[] => workers.filter(({ process }) => process.state() !== 'dead');
  const running = (): WorkerProcess[] =>
    workers.filter(({ process }) => process.state() === 'running');

  const start = (): void => {
    if (alive().length >= PROCESSES_MAX) return;
    serial += 1;
    const process = createProcess(world.scheduler, {
      name: `worker-${String(serial)}`,
      clockErrorMs: random.chance(0.3) ? random.between(-CLOCK_ERROR_MS, CLOCK_ERROR_MS) : 0,
    });
    world.trace(`${process.name}: starts`);
    workers.push(
      startWorkerProcess(world, {
        process,
        random: random.fork(),
        chunkRecordsMax: random.pick([1, 2, 3, 5, 8, 20]),
        cachedCustomersMax: random.pick([1, 2, 100]),
        mutation,
      }),
    );
  };
  const replace = (process: SimProcess, afterMs: number): void => {
    world.trace(`${process.name}: dies`);
    process.kill();
    world.group.suspect(process);
    world.scheduler.after(afterMs, start);
  };
  world.onExit((process) => {
    replace(process, 1_000);
  });
  return {
    start,
    kill: (afterMs) => {
      const victims = alive();
      if (victims.length > 0) replace(random.pick(victims).process, afterMs);
    },
    freeze: (ms) => {
      const victims = running();
      if (victims.length === 0) return;
      const { process } = random.pick(victims);
      world.trace(`${process.name}: is stopped for ${(ms / 1000).toFixed(1)} s`);
      process.stop();
      world.group.suspect(process);
      world.scheduler.after(ms, () => {
        world.trace(`${process.name}: goes on`);
        process.resume();
        world.group.awake(process);
      });
    },
    shutDown: (afterMs) => {
      const victims = running();
      if (victims.length === 0) return;
      const worker = random.pick(victims);
      world.trace(`${worker.process.name}: shuts down`);
      void worker.shutDown();
      world.scheduler.after(afterMs, start);
    },
    heal: () => {
      for (const { process } of workers) {
        process.resume();
        world.group.awake(process);
      }
      if (alive().length === 0) start();
    },
    close: () => {
      for (const { consumer } of workers) void consumer.close();
    },
  };
};
