/**
 * Applies records of one partition to the engine, chunk by chunk. A chunk ends before and behind a
 * broadcast that needs the store in between (ticks read the due queue, activations an artefact); where it
 * ends otherwise changes no output, since every record is folded and decided by itself.
 */
import { createEngine, TICK_CUSTOMERS_MAX, type EngineOutput } from '../core/engine/engine.js';
import type { ChangeSet } from '../core/engine/changes.js';
import type { PartitionControl } from '../core/engine/control.js';
import { isBroadcast, type InputEvent } from '../core/engine/input-event.js';
import type { CustomerState } from '../core/customer/state.js';
import type { LogRecord, OutboxEntry, SegmentCounts } from '../core/ports.js';
import { createCustomerCache } from './customer-cache.js';
import { createSegmentCounts } from './segment-counts.js';
import type { Refusal, WorkerDeps } from './worker-deps.js';

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

/** Creates the applier for one ownership of a partition. */
export const createChunkApplier = (
  deps: WorkerDeps & {
    readonly control: PartitionControl;
    /** As stored with the cursor. */
    readonly segmentCounts: SegmentCounts;
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

  const add = (encoded: Pick<OutboxEntry, 'output' | 'key' | 'value'>): void => {
    ordinal += 1;
    outbox.push({ offset, ordinal, ...encoded });
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
    const loaded = await store.load(partition, ids);
    for (const [i, id] of ids.entries()) cache.put(id, loaded[i] ?? null);
    events.staged('load', deps.nowMs() - startedMs, ids.length);
  };

  const applyOne = ({ record, input }: Decoded, due: readonly CustomerState[] = []): void => {
    ({ offset } = record);
    ordinal = 0;
    if (isRefusal(input)) {
      refuse(input, record);
      return;
    }
    if (input.type === 'ErasureRequested') {
      segmentCounts.move(cache.find(input.event.customerId)?.standing.segment ?? null, null);
    }
    const outcome = engine.apply(input, record.offset, due);
    if (outcome.kind === 'dead-letter') refuse(outcome, record);
    else events.outcome(outcome.kind, '');
  };

  const loadDue = async (untilMs: number): Promise<readonly CustomerState[]> => {
    const ids = await store.due(partition, untilMs, TICK_CUSTOMERS_MAX);
    await loadMissing(ids);
    return ids.flatMap((id) => cache.find(id) ?? []);
  };

  /** Applies a broadcast as a chunk of its own, the store being up to date with all before it. */
  const applyBroadcast = async (decoded: Decoded): Promise<void> => {
    const { input } = decoded;
    if (isRefusal(input)) return;
    if (input.type === 'ArtefactActivated') await deps.artefacts.waitForActivation(input.event);
    const due = input.type === 'Tick' ? await loadDue(input.event.tickAtMs) : [];
    applyOne(decoded, due);
    if (input.type === 'RatesOfDay') {
      for (const rate of input.event.rates) touchedCurrencies.add(rate.currency);
    }
    if (input.type === 'TerritoryStaffed') touchedTerritories.add(input.event.territory);
  };

  const apply: ChunkApplier['apply'] = async (records, from) => {
    cache.turn();
    await decoder.prepare(records);
    const chunk: Decoded[] = [];
    const customerIds = new Set<string>();
    for (let i = from; i < records.length; i += 1) {
      const record = records[i] as LogRecord;
      const input = decoder.decode(record);
      if (!isRefusal(input) && isBroadcast(input)) {
        if (chunk.length > 0) break;
        await applyBroadcast({ record, input });
        return 1;
      }
      if (!isRefusal(input)) customerIds.add(input.event.customerId);
      chunk.push({ record, input });
    }
    await loadMissing(customerIds);
    const startedMs = deps.nowMs();
    for (const decoded of chunk) applyOne(decoded);
    events.staged('fold', deps.nowMs() - startedMs, chunk.length);
    return chunk.length;
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
