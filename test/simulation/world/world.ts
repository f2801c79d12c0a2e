/** Everything around the workers of one simulation, built from one seed. */
import type { LogRecord } from '../../../shared/core/ports.js';
import type { EventDecoder } from '../../../shared/pipeline/worker-deps.js';
import { createNetwork, type Network, type Server } from '../engine/network.js';
import type { SimProcess } from '../engine/process.js';
import type { Random } from '../engine/random.js';
import { createScheduler, type Scheduler } from '../engine/scheduler.js';
import { createBroker, type Broker } from '../kafka/broker.js';
import { createGroup, type Group } from '../kafka/group.js';
import { RedisReplyError } from '../redis/data.js';
import { createRedisServer, type RedisServer, type ScriptRun } from '../redis/server.js';
import type { SimArtefact } from './artefacts.js';
import { INPUT_TOPIC } from './contract.js';
import { APP, checkOutbox, createReader, cursorOf, Violation } from './checks.js';
import { createOraclePartition, type OraclePartition } from './oracle.js';
import type { Mutation } from './worker-process.js';

export type World = {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly broker: Broker;
  readonly redis: RedisServer;
  readonly group: Group;
  readonly registry: Server & { readonly setUp: (isUp: boolean) => void };
  readonly decoder: EventDecoder;
  readonly partitionCount: number;
  readonly oracles: readonly OraclePartition[];
  readonly wallClockMs: () => number;
  readonly isPublished: (artefact: SimArtefact) => boolean;
  /** Chance that a write of a script fails; 0 outside of a memory shortage. */
  readonly setMemory: (failure: { readonly first: number; readonly midway: number }) => void;
  readonly trace: (text: string) => void;
  readonly lines: () => readonly string[];
  /** A partition was stopped for a person to look at. */
  readonly stopped: (partition: number, message: string) => void;
  readonly stoppedPartitions: ReadonlyMap<number, string>;
  /** Something happened that must not. */
  readonly broken: (error: unknown) => void;
  readonly violation: () => Violation | null;
  readonly exited: (process: SimProcess) => void;
  readonly onExit: (listener: (process: SimProcess) => void) => void;
  readonly readCounts: () => readonly number[];
};

export type WorldOptions = {
  readonly random: Random;
  readonly decoder: EventDecoder;
  readonly partitionCount: number;
  readonly publishedAtMs: (artefact: SimArtefact) => number;
  readonly mutation: Mutation;
};

const SESSION_TIMEOUT_MS = 30_000;
const CLOCK_START_MS = Date.UTC(2026, 0, 1);
const TRACE_LINES_MAX = 4_000;

/** Returns the tag of a partition's keys. */
export const tagOf = (partition: number): string => `${APP}:${String(partition)}`;

const createSimpleServer = (name: string): World['registry'] => {
  let isUp = true;
  return {
    name,
    life: () => 1,
    isUp: () => isUp,
    setUp: (next) => {
      isUp = next;
    },
  };
};

/** I2, I4: a script moves the cursor only from where its caller knew it, and for its owner only. */
const checkScript = ({ tag, before, after, args }: ScriptRun): void => {
  const partition = Number(tag.split(':')[1]);
  const was = cursorOf(before, partition);
  const is = cursorOf(after, partition);
  if (was.next === is.next) return;
  // A torn state that is cleared for a rebuild loses its cursor with everything else.
  if (is.next === null && epochOf(args) === was.epoch) return;
  const epoch = epochOf(args);
  const expected = args[1]?.toString() ?? '';
  if (epoch !== was.epoch) {
    throw new Violation('I4', `epoch ${epoch} moved a cursor of epoch ${was.epoch}`);
  }
  if (expected !== String(was.next ?? '')) {
    throw new Violation(
      'I2',
      `a commit from ${expected} was applied at ${String(was.next)} and moved it to ${String(is.next)}`,
    );
  }
};

const epochOf = (args: readonly Buffer[]): string => args[0]?.toString() ?? '';

/** Builds a calm, empty world. */
export const createWorld = (options: WorldOptions): World => {
  const { random, decoder, partitionCount, mutation } = options;
  const scheduler = createScheduler();
  const wallClockMs = (): number => CLOCK_START_MS + scheduler.nowMs();
  const network = createNetwork(scheduler, random.fork());
  const memoryRandom = random.fork();
  const lines: string[] = [];
  const stoppedPartitions = new Map<number, string>();
  let memory = { first: 0, midway: 0 };
  let violation: Violation | null = null;
  let onExit: (process: SimProcess) => void = () => undefined;

  const broken = (error: unknown): void => {
    violation ??=
      error instanceof Violation
        ? error
        : new Violation(
            'crash',
            error instanceof Error ? (error.stack ?? error.message) : String(error),
          );
  };
  const guarded = (check: () => void): void => {
    try {
      check();
    } catch (error) {
      broken(error);
    }
  };
  const trace = (text: string): void => {
    if (lines.length >= TRACE_LINES_MAX) lines.splice(0, TRACE_LINES_MAX / 4);
    lines.push(`${(scheduler.nowMs() / 1000).toFixed(3).padStart(9)} ${text}`);
  };
  /** An input record in a few words. */
  const describe = (record: LogRecord): string => {
    const input = decoder.decode(record);
    if ('code' in input) return `poison: ${input.code}`;
    return 'customerId' in input.event ? `${input.type} of ${input.event.customerId}` : input.type;
  };
  const oracles = Array.from({ length: partitionCount }, (_, partition) =>
    createOraclePartition(partition, decoder),
  );
  const broker = createBroker({
    scheduler,
    random: random.fork(),
    inputTopic: INPUT_TOPIC,
    wallClockMs,
  });
  const readers = oracles.map((oracle) =>
    createReader({ broker, oracle, inputTopic: INPUT_TOPIC, partitionCount }),
  );
  const positions = oracles.map(() => 0);
  /** Folds what has become readable of the input, then reads what was published. */
  broker.onStable((log) => {
    const partition = oracles.findIndex((oracle) => broker.input(oracle.partition) === log);
    if (partition >= 0) {
      const { records, next } = log.fetch(positions[partition] ?? 0, Infinity);
      positions[partition] = next;
      for (const record of records) {
        trace(`log ${String(partition)}: ${String(record.offset)} ${describe(record)}`);
        guarded(() => oracles[partition]?.append(record));
      }
    }
    guarded(() => {
      for (const reader of readers) reader.check();
    });
  });
  const redis: RedisServer = createRedisServer({
    rewrite: mutation.rewriteScript ?? ((source) => source),
    onScriptWrite: (index) => {
      const chance = index === 0 ? memory.first : memory.midway;
      if (chance > 0 && memoryRandom.chance(chance)) {
        trace(`Redis: write ${String(index)} of a script was refused`);
        throw new RedisReplyError("OOM command not allowed when used memory > 'maxmemory'");
      }
    },
    onScript: (run) => {
      guarded(() => {
        checkScript(run);
      });
    },
    onChanged: (tag) => {
      const oracle = oracles[Number(tag.split(':')[1])];
      if (oracle === undefined) return;
      guarded(() => {
        checkOutbox(redis.slot(tag), oracle, broker.decidedMark(oracle.partition));
      });
    },
  });
  return {
    scheduler,
    network,
    broker,
    redis,
    registry: createSimpleServer('Registry'),
    group: createGroup({
      scheduler,
      random: random.fork(),
      partitionCount,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
    }),
    decoder,
    partitionCount,
    oracles,
    wallClockMs,
    isPublished: (artefact) => scheduler.nowMs() >= options.publishedAtMs(artefact),
    setMemory: (next) => {
      memory = next;
    },
    trace,
    lines: () => lines,
    stopped: (partition, message) => {
      trace(`partition ${String(partition)} stopped: ${message}`);
      stoppedPartitions.set(partition, message);
    },
    stoppedPartitions,
    broken,
    violation: () => violation,
    exited: (process) => {
      onExit(process);
    },
    onExit: (listener) => {
      onExit = listener;
    },
    readCounts: () => readers.map((reader) => reader.count()),
  };
};
