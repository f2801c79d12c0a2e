/**
 * The faults that one machine can do to real components, by name: tests run each once, the soak draws from
 * them by chance. Each returns when it has been put right, as an operator or a supervisor would, and
 * says in words what it did.
 */
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../../bench/load/random.js';
import { onRedis, type Bed } from './bed.js';
import type { Fleet, Member } from './fleet.js';
import type { Standstill } from './progress.js';
import type { Link } from './proxy.js';

export type FaultContext = {
  readonly bed: Bed;
  readonly fleet: Fleet;
  readonly random: Random;
  readonly sessionTimeoutMs: number;
};

/** What fails; the bound on recovery depends on it. */
export type FaultKind = 'scorer' | 'broker' | 'redis' | 'registry' | 'network';

export type Fault = {
  readonly kind: FaultKind;
  /** How often the soak draws it, relative to the others. */
  readonly weight: number;
  readonly run: (context: FaultContext) => Promise<string>;
  /** What fails is held down for a while: recovery counts from when it is let go. */
  readonly isHeld?: boolean;
  /** Must be known to cost the state, which is then rebuilt from the log's start. */
  readonly losesState?: boolean;
};

/** Bounds on recovery by what failed, in ms. */
export const RECOVERY_MS_MAX: Readonly<Record<FaultKind, number>> = {
  scorer: 45_000,
  broker: 30_000,
  redis: 20_000,
  registry: 20_000,
  network: 45_000,
};

const pick = <T>(random: Random, items: readonly T[]): T => {
  const item = items[random.below(items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
};
const between = (random: Random, fromMs: number, toMs: number): number =>
  Math.round(fromMs + random.next() * (toMs - fromMs));
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const scorerAt = ({ fleet, random }: FaultContext): Member => pick(random, fleet.members);

/** Members that come and go, so that the group assigns anew every time. */
const storm = async ({ fleet, random }: FaultContext): Promise<string> => {
  const extra: Member[] = [];
  const rounds = 4;
  for (let i = 0; i < rounds; i += 1) {
    extra.push(fleet.add());
    await sleep(between(random, 1_500, 3_000));
    if (i % 2 === 1) await extra.shift()?.stop(pick(random, ['SIGTERM', 'SIGKILL']));
  }
  await Promise.all(extra.map((member) => member.stop('SIGTERM')));
  return `${String(rounds)} scorers joined and left`;
};

const ONE_HOUR_MS = 3_600_000;

/**
 * A clock that jumps by up to an hour to and fro, every second. The client times its requests by it, so
 * while this lasts most of them are given up: it is put right as an operator would.
 */
export const clockJumps = (): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(
    `const now=Date.now;let shift=0;Date.now=()=>now()+shift;` +
      `setInterval(()=>{shift=Math.round((Math.random()*2-1)*${String(ONE_HOUR_MS)})},1000).unref();`,
  )}`,
});

const scorers: Readonly<Record<string, Fault>> = {
  'scorer killed': {
    kind: 'scorer',
    weight: 6,
    run: async (context) => {
      await scorerAt(context).kill();
      return 'SIGKILL, started again';
    },
  },
  'all scorers killed': {
    kind: 'scorer',
    weight: 2,
    run: async ({ fleet }) => {
      await Promise.all(fleet.members.map((member) => member.kill()));
      return 'SIGKILL to all, started again';
    },
  },
  'scorer stopped in order': {
    kind: 'scorer',
    weight: 2,
    run: async (context) => {
      await scorerAt(context).restart();
      return 'SIGTERM, started again';
    },
  },
  'scorer frozen, wakes as a zombie': {
    kind: 'scorer',
    weight: 3,
    isHeld: true,
    run: async (context) => {
      const { child } = scorerAt(context).process();
      child.kill('SIGSTOP');
      const ms = context.sessionTimeoutMs + between(context.random, 1_000, 4_000);
      await sleep(ms);
      child.kill('SIGCONT');
      return `frozen for ${seconds(ms)}`;
    },
  },
  'rebalance storm': { kind: 'scorer', weight: 1, run: storm },
  "scorer's clock jumps": {
    kind: 'scorer',
    weight: 1,
    isHeld: true,
    run: async (context) => {
      const scorer = scorerAt(context);
      const ms = between(context.random, 4_000, 12_000);
      await scorer.kill(clockJumps());
      await sleep(ms);
      await scorer.kill();
      return `started with a clock that jumps by up to an hour every second, put right after ${seconds(ms)}`;
    },
  },
};

const brokers: Readonly<Record<string, Fault>> = {
  'broker killed': {
    kind: 'broker',
    weight: 3,
    run: async ({ bed, random }) => {
      const broker = pick(random, bed.stack.kafka?.brokers ?? []);
      await broker.kill();
      await broker.start();
      return `${broker.name}: SIGKILL, started again`;
    },
  },
  'broker stopped in order': {
    kind: 'broker',
    weight: 1,
    run: async ({ bed, random }) => {
      const broker = pick(random, bed.stack.kafka?.brokers ?? []);
      await broker.stop();
      await broker.start();
      return `${broker.name}: SIGTERM, started again`;
    },
  },
  'broker frozen': {
    kind: 'broker',
    weight: 2,
    isHeld: true,
    run: async ({ bed, random }) => {
      const broker = pick(random, bed.stack.kafka?.brokers ?? []);
      const ms = between(random, 2_000, 12_000);
      broker.pause();
      await sleep(ms);
      broker.resume();
      return `${broker.name}: frozen for ${seconds(ms)}`;
    },
  },
};

/** Largest piece that is cut off an append-only file. */
const CUT_BYTES_MAX = 48 << 20;

/** Cuts the end off the append-only file; returns how much. */
const cutAppendOnlyFile = (folder: string, random: Random): number => {
  const home = join(folder, 'appendonlydir');
  const files = readdirSync(home)
    .filter((name) => name.endsWith('.incr.aof'))
    .map((name) => join(home, name));
  const last = files.sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs).at(-1);
  if (last === undefined) return 0;
  const { size } = statSync(last);
  const cut = Math.floor(random.next() * Math.min(size, CUT_BYTES_MAX));
  truncateSync(last, size - cut);
  return cut;
};

const IN_SYNC_DEADLINE_MS = 30_000;
const IN_SYNC_POLL_MS = 100;

/** An operator promotes a replica that had caught up, not one that is still being filled. */
const waitInSync = async (bed: Bed): Promise<void> => {
  const untilMs = performance.now() + IN_SYNC_DEADLINE_MS;
  while (performance.now() < untilMs) {
    const info = await onRedis(bed.standby().url, (client) => client.info('replication'));
    if (info.includes('master_link_status:up')) return;
    await sleep(IN_SYNC_POLL_MS);
  }
  throw new Error('the replica does not catch up');
};

const redis: Readonly<Record<string, Fault>> = {
  'Redis killed': {
    kind: 'redis',
    weight: 5,
    run: async ({ bed }) => {
      await bed.master().kill();
      await bed.master().start();
      return 'SIGKILL, started again from its append-only file';
    },
  },
  'append-only file cut': {
    kind: 'redis',
    weight: 3,
    run: async ({ bed, random }) => {
      const master = bed.master();
      await master.kill();
      const cut = cutAppendOnlyFile(master.folder, random);
      await master.start();
      return `killed, ${String(cut)} bytes cut off the end of its file, started again`;
    },
  },
  'replica promoted that lacks writes': {
    kind: 'redis',
    weight: 3,
    run: async ({ bed, random }) => {
      const ms = between(random, 300, 2_500);
      await waitInSync(bed);
      await bed.standby().follow(null);
      await sleep(ms);
      await bed.master().kill();
      await bed.promote();
      await bed.standby().start();
      return `the writes of the last ${seconds(ms)} are lost`;
    },
  },
  'Redis frozen': {
    kind: 'redis',
    weight: 3,
    isHeld: true,
    run: async ({ bed, random }) => {
      const ms = between(random, 1_000, 12_000);
      bed.master().pause();
      await sleep(ms);
      bed.master().resume();
      return `frozen for ${seconds(ms)}`;
    },
  },
  'Redis out of memory': {
    kind: 'redis',
    weight: 2,
    isHeld: true,
    run: async ({ bed, random }) => {
      const ms = between(random, 1_000, 4_000);
      await bed.onMaster((client) => client.config('SET', 'maxmemory', '1mb'));
      await sleep(ms);
      await bed.onMaster((client) => client.config('SET', 'maxmemory', '0'));
      return `for ${seconds(ms)}`;
    },
  },
  'Redis forgot its scripts': {
    kind: 'redis',
    weight: 1,
    run: async ({ bed }) => {
      await bed.onMaster((client) => client.script('FLUSH'));
      return 'SCRIPT FLUSH';
    },
  },
  'Redis emptied': {
    kind: 'redis',
    weight: 1,
    losesState: true,
    run: async ({ bed }) => {
      await bed.onMaster((client) => client.flushall());
      return 'FLUSHALL';
    },
  },
};

const registry: Readonly<Record<string, Fault>> = {
  'registry down and back': {
    kind: 'registry',
    weight: 1,
    run: async ({ bed, random }) => {
      const ms = between(random, 500, 3_000);
      await bed.stack.registry?.kill();
      await sleep(ms);
      await bed.stack.registry?.start();
      return `SIGKILL, away for ${seconds(ms)} and its start`;
    },
  },
};

type LinkName = 'Kafka' | 'Redis' | 'registry';
const linkOf = ({ bed: { links }, random }: FaultContext, name: LinkName): Link =>
  ({ Kafka: pick(random, links.kafka), Redis: links.redis, registry: links.registry })[name];

/** Damage to a link that lasts for a while. */
const DAMAGES: Readonly<Record<string, (proxy: Link, random: Random) => void>> = {
  'cut off': (proxy) => {
    proxy.refuse();
  },
  slow: (proxy, random) => {
    proxy.delay(between(random, 20, 400));
  },
  'silent both ways': (proxy) => {
    proxy.stall('requests', 'replies');
  },
  'with requests held back': (proxy) => {
    proxy.stall('requests');
  },
  'with replies held back': (proxy) => {
    proxy.stall('replies');
  },
  'losing replies': (proxy) => {
    proxy.swallowReplies();
  },
  'half closed': (proxy) => {
    proxy.halfClose();
  },
  reset: (proxy) => {
    proxy.reset();
  },
};

/** Damages that are done at once; the others last until the link is healed. */
const MOMENTARY: ReadonlySet<string> = new Set(['half closed', 'reset']);

const damaged = (link: LinkName, damage: string): Fault => ({
  kind: 'network',
  isHeld: !MOMENTARY.has(damage),
  weight: link === 'registry' ? 0.2 : 1,
  run: async (context) => {
    const proxy = linkOf(context, link);
    const ms = between(context.random, 500, 8_000);
    DAMAGES[damage]?.(proxy, context.random);
    await sleep(ms);
    proxy.heal();
    return `for ${seconds(ms)}`;
  },
});

const network: Readonly<Record<string, Fault>> = Object.fromEntries(
  (['Kafka', 'Redis', 'registry'] as const).flatMap((link) =>
    Object.keys(DAMAGES).map((damage) => [`link to ${link} ${damage}`, damaged(link, damage)]),
  ),
);

/**
 * How long the slowest partition stood still for a fault's sake: from the fault on, or, when it was held,
 * from when it was let go.
 */
export const recoveryMs = (
  faults: readonly Pick<Fault, 'isHeld'>[],
  { standstillMs, standstillAfterMs }: Pick<Standstill, 'standstillMs' | 'standstillAfterMs'>,
): number => (faults.some(({ isHeld }) => isHeld) ? standstillAfterMs : standstillMs);

/** Every fault by name. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  ...scorers,
  ...brokers,
  ...redis,
  ...registry,
  ...network,
};
