/**
 * Applies records of one partition to the engine, chunk by chunk. A chunk ends before and behind a
 * broadcast that needs the store in between (ticks read the due queue, activations an artefact); where it
 * ends otherwise changes no output, since every record is folded and decided by itself.
 */
import { createEngine, type EngineOutput } from '../core/engine/engine.js';
import { dueUntilMs, isSuperseded, tickLimit } from '../core/engine/tick.js';
import type { Tick } from '../core/contract.generated.js';
import type { ChangeSet } from '../core/engine/changes.js';
import type { PartitionControl } from '../core/engine/control.js';
import { isBroadcast, type InputEvent } from '../core/engine/input-event.js';
import type { CustomerState } from '../core/customer/state.js';
import type { LogRecord, OutboxEntry, Position, SegmentCounts } from '../core/ports.js';
import { closedPeriod } from './closed-period.js';
import { createCustomerCache } from './customer-cache.js';
import { createSegmentCounts } from './segment-counts.js';
import type { Refusal, WorkerDeps, WorkerEvents, WorkerLimits } from './worker-deps.js';

/** Records decoded ahead of their fold. */
const SLICE_RECORDS = 500;

type Pending = {
  readonly changes: ChangeSet;
  readonly outbox: readonly OutboxEntry[];
  readonly touchedCurrencies: ReadonlySet<string>;
  readonly touchedTerritories: ReadonlySet<string>;
  readonly isAllDue: boolean;
  readonly segmentCounts: SegmentCounts;
};

export type ChunkApplier = {
  /** Applies records from an index on; returns how many, at least one. */
  readonly apply: (records: readonly LogRecord[], from: number) => Promise<number>;
  /** Returns what is to be committed; the change set is cleared by the caller once it is. */
  readonly take: () => Pending;
  readonly segmentCounts: () => SegmentCounts;
};

type Decoded = { readonly record: LogRecord; readonly input: InputEvent | Refusal };

const isRefusal = (input: InputEvent | Refusal): input is Refusal => 'code' in input;

const customerIdsOf = (slice: readonly Decoded[]): readonly string[] => {
  const ids: string[] = [];
  for (const { input } of slice) {
    if (!isRefusal(input) && !isBroadcast(input)) ids.push(input.event.customerId);
  }
  return ids;
};

/** Creates the applier for one ownership of a partition. */
export const createChunkApplier = (
  deps: Pick<WorkerDeps, 'partition' | 'store' | 'decoder' | 'encoder' | 'artefacts' | 'nowMs'> & {
    readonly events: Pick<WorkerEvents, 'outcome' | 'staged' | 'emitted' | 'periodClosed'>;
    readonly limits: Pick<WorkerLimits, 'cachedCustomersMax'>;
    readonly control: PartitionControl;
    /** As stored with the cursor. */
    readonly segmentCounts: SegmentCounts;
    /** Where the owner left the state: what is loaded is of there or not at all. */
    readonly position: () => Position;
  },
): ChunkApplier => {
  const { partition, control, store, decoder, encoder, events } = deps;
  const cache = createCustomerCache(deps.limits.cachedCustomersMax);
  let outbox: OutboxEntry[] = [];
  let touchedCurrencies = new Set<string>();
  let touchedTerritories = new Set<string>();
  const segmentCounts = createSegmentCounts(deps.segmentCounts);
  let offset = 0;
  let ordinal = 0;
  let foldMs = 0;
  let sourceAtMs = 0;

  const add = (encoded: Pick<OutboxEntry, 'output' | 'key' | 'value'>): void => {
    ordinal += 1;
    outbox.push({ offset, ordinal, sourceAtMs, ...encoded });
  };
  const engine = createEngine({
    partition,
    control,
    find: cache.find,
    replace: cache.put,
    artefacts: deps.artefacts,
    emit: (output: EngineOutput) => {
      if (output.kind === 'segment-changed') {
        segmentCounts.move(output.record.fromSegment, output.record.intoSegment);
      }
      events.emitted(output);
      add(encoder.encode(output));
    },
  });

  const refuse = (refusal: Refusal, record: LogRecord): void => {
    const outputId = `${String(partition)}-${String(record.offset)}-${String(ordinal + 1)}`;
    add(encoder.deadLetter(refusal, record, { partition, outputId }));
    events.outcome('dead-letter', refusal.code);
  };

  const loadMissing = async (customerIds: Iterable<string>): Promise<void> => {
    const missing = new Set<string>();
    for (const id of customerIds) if (!cache.isKnown(id)) missing.add(id);
    if (missing.size === 0) return;
    const startedMs = deps.nowMs();
    const ids = [...missing];
    const loaded = await store.load(partition, ids, deps.position());
    for (const [i, id] of ids.entries()) cache.put(id, loaded[i] ?? null);
    events.staged('load', deps.nowMs() - startedMs, ids.length);
  };

  const applyOne = ({ record, input }: Decoded, due: readonly CustomerState[] = []): void => {
    ({ offset, timestampMs: sourceAtMs } = record);
    ordinal = 0;
    if (isRefusal(input)) {
      refuse(input, record);
      return;
    }
    const isErasure = input.type === 'ErasureRequested';
    const segment = isErasure
      ? (cache.find(input.event.customerId)?.standing.segment ?? null)
      : null;
    const outcome = engine.apply(input, record.offset, due);
    // Of an erasure nothing is told but that it was done; one that is refused changes nothing.
    if (isErasure && outcome.kind === 'applied') segmentCounts.move(segment, null);
    if (outcome.kind === 'dead-letter') refuse(outcome, record);
    else events.outcome(outcome.kind, '');
  };

  const loadDue = async (tick: Tick): Promise<readonly CustomerState[]> => {
    // Nobody is looked at, and no period that closed is reported twice.
    if (isSuperseded(tick, control.streamTimeMs)) return [];
    const untilMs = dueUntilMs(tick, control.streamTimeMs);
    const limit = tickLimit(tick);
    const ids = await store.due(partition, { untilMs, limit }, deps.position());
    await loadMissing(ids);
    return ids.flatMap((id) => cache.find(id) ?? []);
  };

  const reportClosed = (due: readonly CustomerState[], tickAtMs: number): void => {
    for (const customer of due) {
      const period = closedPeriod(customer, tickAtMs);
      if (period !== null) events.periodClosed(period);
    }
  };

  /** Applies a broadcast as a chunk of its own, the store being up to date with all before it. */
  const applyBroadcast = async (decoded: Decoded): Promise<void> => {
    const { input } = decoded;
    if (isRefusal(input)) return;
    if (input.type === 'ArtefactActivated') await deps.artefacts.waitForActivation(input.event);
    const due = input.type === 'Tick' ? await loadDue(input.event) : [];
    if (input.type === 'Tick') reportClosed(due, input.event.tickAtMs);
    applyOne(decoded, due);
    if (input.type === 'RatesOfDay') {
      for (const rate of input.event.rates) touchedCurrencies.add(rate.currency);
    }
    if (input.type === 'TerritoryStaffed') touchedTerritories.add(input.event.territory);
  };

  /** Decodes up to the next broadcast; a few records at a time, so that events die young. */
  const decodeSlice = (
    records: readonly LogRecord[],
    from: number,
  ): { readonly slice: readonly Decoded[]; readonly broadcast: Decoded | null } => {
    const slice: Decoded[] = [];
    const until = Math.min(records.length, from + SLICE_RECORDS);
    for (let i = from; i < until; i += 1) {
      const record = records[i] as LogRecord;
      const input = decoder.decode(record);
      if (!isRefusal(input) && isBroadcast(input)) return { slice, broadcast: { record, input } };
      slice.push({ record, input });
    }
    return { slice, broadcast: null };
  };

  const applySlice = async (slice: readonly Decoded[]): Promise<void> => {
    await loadMissing(customerIdsOf(slice));
    const startedMs = deps.nowMs();
    for (const decoded of slice) applyOne(decoded);
    foldMs += deps.nowMs() - startedMs;
  };

  const applySlices = async (records: readonly LogRecord[], from: number): Promise<number> => {
    for (let at = from; at < records.length;) {
      const { slice, broadcast } = decodeSlice(records, at);
      if (broadcast !== null && at === from && slice.length === 0) {
        await applyBroadcast(broadcast);
        return 1;
      }
      await applySlice(slice);
      at += slice.length;
      if (broadcast !== null) return at - from;
    }
    return records.length - from;
  };

  const apply: ChunkApplier['apply'] = async (records, from) => {
    cache.turn();
    await decoder.prepare(records);
    foldMs = 0;
    const applied = await applySlices(records, from);
    events.staged('fold', foldMs, applied);
    return applied;
  };

  return {
    apply,
    segmentCounts: segmentCounts.read,
    take: () => {
      const pending = {
        changes: engine.changes,
        outbox,
        touchedCurrencies,
        touchedTerritories,
        isAllDue: engine.takeAllDue(),
        segmentCounts: segmentCounts.read(),
      };
      outbox = [];
      touchedCurrencies = new Set();
      touchedTerritories = new Set();
      return pending;
    },
  };
};
