/**
 * The consumer group of the input topic: members join, leave and time out, and each learns of a new
 * assignment in its own time, so that for a while two of them hold the same partition. A generation may be
 * missed, but none is learned of behind a younger one.
 */
import type { SimProcess } from '../engine/process.js';
import type { Random } from '../engine/random.js';
import type { Scheduler } from '../engine/scheduler.js';

export type Member = {
  readonly process: SimProcess;
  readonly assign: (partitions: readonly number[]) => void;
};

export type Group = {
  readonly join: (member: Member) => void;
  readonly leave: (member: Member) => void;
  /** A member that may have fallen silent: it is removed when it still is after the time-out. */
  readonly suspect: (process: SimProcess) => void;
  /** A member that woke up finds out, in time, whether it still belongs. */
  readonly awake: (process: SimProcess) => void;
  readonly rebalance: () => void;
};

export type GroupOptions = {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly partitionCount: number;
  readonly sessionTimeoutMs: number;
};

const REBALANCE_MS_MAX = 3_000;
const LEARN_MS_MAX = 2_000;

/** Creates an empty group. */
export const createGroup = (options: GroupOptions): Group => {
  const { scheduler, random, partitionCount, sessionTimeoutMs } = options;
  let members: Member[] = [];
  let isPending = false;
  const expelled = new Map<SimProcess, Member>();
  let generation = 0;
  /** Youngest generation that a member has learned of. */
  const learned = new Map<Member, number>();

  const assignAll = (): void => {
    isPending = false;
    generation += 1;
    const current = generation;
    const shares = new Map<Member, number[]>(members.map((member) => [member, []]));
    const first = random.below(Math.max(1, members.length));
    for (let partition = 0; partition < partitionCount; partition += 1) {
      const member = members[(first + partition) % members.length];
      if (member !== undefined) shares.get(member)?.push(partition);
    }
    for (const [member, partitions] of shares) {
      scheduler.after(random.between(0, LEARN_MS_MAX), () => {
        member.process.deliver(() => {
          if (!members.includes(member) || (learned.get(member) ?? 0) > current) return;
          learned.set(member, current);
          member.assign(partitions);
        });
      });
    }
  };
  const rebalance = (): void => {
    if (isPending) return;
    isPending = true;
    scheduler.after(random.between(50, REBALANCE_MS_MAX), assignAll);
  };
  const remove = (process: SimProcess): void => {
    const member = members.find((other) => other.process === process);
    if (member === undefined) return;
    expelled.set(process, member);
    members = members.filter((other) => other !== member);
    rebalance();
  };

  return {
    join: (member) => {
      members = [...members, member];
      rebalance();
    },
    leave: ({ process }) => {
      remove(process);
    },
    suspect: (process) => {
      scheduler.after(sessionTimeoutMs, () => {
        if (process.state() !== 'running') remove(process);
      });
    },
    awake: (process) => {
      // The next heartbeat is answered with "unknown member": the client joins again.
      scheduler.after(random.between(0, LEARN_MS_MAX), () => {
        const member = expelled.get(process);
        if (member === undefined || process.state() !== 'running') return;
        expelled.delete(process);
        members = [...members, member];
        rebalance();
      });
    },
    rebalance,
  };
};
