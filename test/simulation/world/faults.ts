/**
 * What goes wrong in a simulation: the rows of the fault matrix (docs/reliability.md), drawn at random
 * times until the moment all faults end.
 */
import { CALM, type Weather } from '../engine/network.js';
import type { Random } from '../engine/random.js';
import type { Fleet } from './fleet.js';
import { tagOf, type World } from './world.js';

export type Fault = {
  readonly name: string;
  readonly weight: number;
  readonly strike: () => void;
};

export type FaultOptions = {
  readonly world: World;
  readonly fleet: Fleet;
  readonly random: Random;
  /** Whether this run's log may lose its oldest records, and its state all of it. */
  readonly mayForget: boolean;
};

const seconds = (random: Random, from: number, to: number): number =>
  random.between(from, to) * 1_000;

const storm = (random: Random): Weather => ({
  lostRequest: random.chance(0.5) ? random.between(0, 0.15) : 0,
  lostReply: random.chance(0.5) ? random.between(0, 0.15) : 0,
  late: random.chance(0.5) ? random.between(0, 0.15) : 0,
  twice: random.chance(0.5) ? random.between(0, 0.2) : 0,
  latencyMs: random.pick([2, 2, 20, 200]),
});

/** Where scripts are to be cut short, fewer are refused at their first write. */
const FIRST_REFUSED_LESS = 0.3;

const processFaults = ({ world, fleet, random }: FaultOptions): Fault[] => [
  {
    name: 'kill -9',
    weight: 10,
    strike: () => {
      fleet.kill(seconds(random, 0.2, 15));
    },
  },
  {
    name: 'SIGSTOP',
    weight: 8,
    strike: () => {
      fleet.freeze(seconds(random, 0.5, 90));
    },
  },
  {
    name: 'rebalance',
    weight: 6,
    strike: () => {
      world.group.rebalance();
    },
  },
  {
    name: 'scale up',
    weight: 4,
    strike: () => {
      fleet.start();
    },
  },
  {
    name: 'shut down',
    weight: 4,
    strike: () => {
      fleet.shutDown(seconds(random, 0.2, 5));
    },
  },
];

const redisFaults = ({ world, random, mayForget }: FaultOptions): Fault[] => {
  const { redis, scheduler, partitionCount } = world;
  const away = (ms: number): void => {
    redis.setUp(false);
    scheduler.after(ms, () => {
      redis.setUp(true);
    });
  };
  const rollBack = (partition: number): void => {
    const versions = redis.versions(tagOf(partition));
    const steps = random.chance(0.7) ? random.below(12) : random.below(versions + 1);
    world.trace(`fault: Redis loses the last ${String(steps)} writes of ${String(partition)}`);
    redis.rollBack(tagOf(partition), steps);
  };
  return [
    {
      name: 'Redis fails over or restarts with an older state',
      weight: 10,
      strike: () => {
        away(seconds(random, 0.1, 4));
        for (let partition = 0; partition < partitionCount; partition += 1) rollBack(partition);
      },
    },
    {
      name: 'Redis away',
      weight: 4,
      strike: () => {
        away(seconds(random, 0.5, 25));
      },
    },
    {
      name: 'Redis out of memory',
      weight: 4,
      strike: () => {
        const first = random.next();
        const midway = random.chance(0.5) ? random.next() : 0;
        // A script that is refused at once is never cut short.
        world.setMemory({ first: midway > 0 ? first * FIRST_REFUSED_LESS : first, midway });
        scheduler.after(seconds(random, 1, 15), () => {
          world.setMemory({ first: 0, midway: 0 });
        });
      },
    },
    ...(mayForget
      ? [
          {
            name: 'Redis forgets everything',
            weight: 3,
            strike: () => {
              away(seconds(random, 0.1, 2));
              redis.flush();
            },
          },
        ]
      : []),
  ];
};

const otherFaults = ({ world, random, mayForget }: FaultOptions): Fault[] => {
  const { broker, registry, network, scheduler } = world;
  return [
    {
      name: 'Kafka away',
      weight: 5,
      strike: () => {
        broker.setUp(false);
        scheduler.after(seconds(random, 0.5, 25), () => {
          broker.setUp(true);
        });
      },
    },
    {
      name: 'registry away',
      weight: 2,
      strike: () => {
        registry.setUp(false);
        scheduler.after(seconds(random, 1, 30), () => {
          registry.setUp(true);
        });
      },
    },
    {
      name: 'network storm',
      weight: 8,
      strike: () => {
        network.setWeather(storm(random));
        scheduler.after(seconds(random, 5, 60), () => {
          network.setWeather(CALM);
        });
      },
    },
    ...(mayForget
      ? [
          {
            name: 'retention',
            weight: 3,
            strike: () => {
              const partition = random.below(world.partitionCount);
              // Where nobody has worked yet, a trimmed log is merely a short one.
              if (broker.mark(partition) === null) return;
              const log = broker.input(partition);
              const length = log.stable() - log.start();
              log.deleteBefore(log.start() + random.below(Math.max(1, length)));
            },
          },
        ]
      : []),
  ];
};

/** Returns the faults of a run. */
export const createFaults = (options: FaultOptions): readonly Fault[] => [
  ...processFaults(options),
  ...redisFaults(options),
  ...otherFaults(options),
];
