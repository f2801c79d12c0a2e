/**
 * Runs the engine over events in memory, partitioned as Kafka would: the same core with the same
 * partition state, due queue and limits as the service, without any service. Replay over files,
 * back-tests and the oracle of the fault tests are this.
 */
import { compareUtf8 } from '../core/compare-utf8.js';
import type { Tick } from '../core/contract.generated.js';
import { createEngine, type EngineOutput, type Outcome } from '../core/engine/engine.js';
import { dueUntilMs, tickLimit } from '../core/engine/tick.js';
import { createControl, type PartitionControl } from '../core/engine/control.js';
import {
  isBroadcast,
  type CustomerEvent,
  type BroadcastEvent,
  type InputEvent,
} from '../core/engine/input-event.js';
import type { Artefacts } from '../core/engine/engine.js';
import type { CustomerState } from '../core/customer/state.js';
import { partitionOf } from '../core/partitioner.js';
import { tickOf } from './order-log.js';

export type ReplayPartition = {
  readonly partition: number;
  readonly control: PartitionControl;
  readonly customers: ReadonlyMap<string, CustomerState>;
  /** Applies one record of this partition's log. */
  readonly apply: (input: InputEvent, offset: number) => Outcome;
  readonly dueCount: (untilMs: number) => number;
  /** When a tick is to look at each customer, in ms. */
  readonly due: ReadonlyMap<string, number>;
};

export type ReplayPartitionOptions = {
  readonly partition: number;
  readonly artefacts: Artefacts;
  readonly onOutput: (output: EngineOutput, partition: number) => void;
  /** Makes no full cards; everything else, ids included, stays the same. */
  readonly skipsCards?: boolean;
};

/** Creates one empty partition. */
export const createReplayPartition = (options: ReplayPartitionOptions): ReplayPartition => {
  const { partition, artefacts, onOutput } = options;
  const control = createControl();
  const customers = new Map<string, CustomerState>();
  const due = new Map<string, number>();
  const engine = createEngine({
    partition,
    control,
    find: (customerId) => customers.get(customerId),
    replace: (customerId, customer) => {
      if (customer === null) customers.delete(customerId);
      else customers.set(customerId, customer);
    },
    artefacts,
    emit: (output) => {
      onOutput(output, partition);
    },
    skipsCards: options.skipsCards ?? false,
  });

  /** The due queue in the order of the store: by time, then by id. */
  const dueFor = (tick: Tick): CustomerState[] => {
    const ids: string[] = [];
    const untilMs = dueUntilMs(tick, control.streamTimeMs);
    for (const [id, dueAtMs] of due) if (dueAtMs <= untilMs) ids.push(id);
    const dueAt = (id: string): number => due.get(id) ?? 0;
    ids.sort((a, b) => dueAt(a) - dueAt(b) || compareUtf8(a, b));
    return ids.slice(0, tickLimit(tick)).flatMap((id) => customers.get(id) ?? []);
  };

  const settle = (): void => {
    if (engine.takeAllDue()) for (const id of due.keys()) due.set(id, 0);
    for (const [id, change] of engine.changes.customers) {
      const { dueAtMs } = change.customer.standing;
      if (!change.isDueChanged) continue;
      if (dueAtMs < 0) due.delete(id);
      else due.set(id, dueAtMs);
    }
    engine.changes.clear();
  };

  return {
    partition,
    control,
    customers,
    due,
    apply: (input, offset) => {
      const outcome =
        input.type === 'Tick'
          ? engine.apply(input, offset, dueFor(input.event))
          : engine.apply(input, offset);
      settle();
      return outcome;
    },
    dueCount: (untilMs) => {
      let count = 0;
      for (const dueAtMs of due.values()) if (dueAtMs <= untilMs) count += 1;
      return count;
    },
  };
};

export type ReplayLog = {
  readonly partitions: readonly ReplayPartition[];
  /**
   * Applies an event to the partition of its customer, or a broadcast to all, and what it forwards.
   * Returns the outcomes of the event itself.
   */
  readonly publish: (input: CustomerEvent | BroadcastEvent) => readonly Outcome[];
  /** Broadcasts ticks of one time until no customer is due any more. */
  readonly tickUntilQuiet: (tickAtMs: number) => void;
};

/** Creates an empty log of so many partitions. */
export const createReplayLog = (
  partitionCount: number,
  options: Omit<ReplayPartitionOptions, 'partition'>,
): ReplayLog => {
  /** What the scorer writes back into the log: histories of merged customers, ticks that go on. */
  let writtenBack: (() => void)[] = [];
  const partitions = Array.from({ length: partitionCount }, (_, partition) =>
    createReplayPartition({
      ...options,
      partition,
      onOutput: (output, from) => {
        if (output.kind === 'history-forwarded') {
          const input = { type: 'HistoryForwarded', event: output.record } as const;
          writtenBack.push(() => appendHome(input));
        }
        if (output.kind === 'tick-continued') {
          const input = { type: 'Tick', event: output.record } as const;
          writtenBack.push(() => append(partitions[from] as ReplayPartition, input));
        }
        options.onOutput(output, from);
      },
    }),
  );
  const offsets = partitions.map(() => 0);
  const append = (partition: ReplayPartition, input: InputEvent): Outcome => {
    const offset = offsets[partition.partition] ?? 0;
    offsets[partition.partition] = offset + 1;
    return partition.apply(input, offset);
  };
  const appendHome = (input: CustomerEvent): readonly Outcome[] => {
    const home = partitions[partitionOf(input.event.customerId, partitionCount)];
    return home === undefined ? [] : [append(home, input)];
  };
  const publish: ReplayLog['publish'] = (input) => {
    const outcomes = isBroadcast(input)
      ? partitions.map((partition) => append(partition, input))
      : appendHome(input);
    while (writtenBack.length > 0) {
      const records = writtenBack;
      writtenBack = [];
      for (const write of records) write();
    }
    return outcomes;
  };
  return {
    partitions,
    publish,
    tickUntilQuiet: (tickAtMs) => {
      do publish(tickOf(tickAtMs));
      while (partitions.some((partition) => partition.dueCount(tickAtMs) > 0));
    },
  };
};
