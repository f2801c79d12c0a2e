/**
 * The core by itself: decode, fold and decide, encode, on one partition in memory, in ns an order. It
 * finds what an order costs before any client or server takes part, and it is what to run under
 * `node --cpu-prof` when a change was meant to make the engine faster. The hash it prints covers every
 * output and every final state: an optimisation must leave it as it was.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createEventDecoder } from '../shared/avro/event-decoder.js';
import { createRecordEncoder } from '../shared/avro/record-encoder.js';
import { recordSchema } from '../shared/avro/record-schemas.js';
import { packageRoot } from '../shared/avro/package-root.js';
import { createControl } from '../shared/core/engine/control.js';
import { createEngine, type EngineOutput } from '../shared/core/engine/engine.js';
import { TICK_CUSTOMERS_MAX } from '../shared/core/engine/tick.js';
import type { CustomerState } from '../shared/core/customer/state.js';
import { tickOf } from '../shared/pipeline/order-log.js';
import { createCustomerCodec } from '../shared/redis/customer-codec.js';
import { LOAD } from './load/orders.js';
import { ORDER_RECORD, packLog } from './load/packed-log.js';
import { say } from './say.js';

const ORDER_ID = 1;
const MS_PER_DAY = 86_400_000;
const NS_PER_MS = 1_000_000;
const OUTPUT_RECORDS: Readonly<Record<EngineOutput['kind'], string | null>> = {
  'segment-changed': 'kundenpuls.outputs.SegmentChanged',
  'under-performance-alert': 'kundenpuls.outputs.UnderPerformanceAlert',
  'sales-opportunity': 'kundenpuls.outputs.SalesOpportunity',
  'customer-score': 'kundenpuls.outputs.CustomerScore',
  'erasure-completed': 'kundenpuls.outputs.ErasureCompleted',
  'history-forwarded': 'kundenpuls.events.HistoryForwarded',
  'tick-continued': 'kundenpuls.events.Tick',
  tombstone: null,
};

const SCHEDULER_FILE = '/proc/self/schedstat';
const hasScheduler = existsSync(SCHEDULER_FILE);

/** CPU time of the main thread where Linux tells it, which neighbours disturb less; else the clock. */
const nowMs = (): number =>
  hasScheduler
    ? Number(readFileSync(SCHEDULER_FILE, 'latin1').split(' ')[0]) / NS_PER_MS
    : performance.now();

/** Times and counts by name, to be printed. */
const createMeter = () => {
  const tookMs: Record<string, number> = {};
  const counts: Record<string, number> = {};
  return {
    time: <T>(stage: string, work: () => T): T => {
      const startedMs = nowMs();
      const result = work();
      tookMs[stage] = (tookMs[stage] ?? 0) + nowMs() - startedMs;
      return result;
    },
    count: (name: string, by = 1): void => {
      counts[name] = (counts[name] ?? 0) + by;
    },
    tookMs,
    counts,
  };
};

/** The due queue, as a store keeps it. */
const createDue = (customers: ReadonlyMap<string, CustomerState>) => {
  const due = new Map<string, number>();
  const dueAt = (id: string): number => due.get(id) ?? 0;
  return {
    note: (id: string, atMs: number): void => {
      due.set(id, Math.max(0, atMs));
    },
    until: (untilMs: number): CustomerState[] => {
      const ids = [...due.keys()].filter((id) => dueAt(id) <= untilMs);
      ids.sort((a, b) => dueAt(a) - dueAt(b) || (a < b ? -1 : 1));
      return ids.slice(0, TICK_CUSTOMERS_MAX).flatMap((id) => customers.get(id) ?? []);
    },
  };
};

type RunOptions = {
  readonly orders: number;
  readonly customers: number;
  /** Event time between ticks; 0 for none. */
  readonly tickMs: number;
  readonly chunkRecords: number;
};

/** One partition in memory: the engine and its customers. */
const createPartition = () => {
  const customers = new Map<string, CustomerState>();
  let outputs: EngineOutput[] = [];
  const engine = createEngine({
    partition: 0,
    control: createControl(),
    find: (id) => customers.get(id),
    replace: (id, customer) => {
      if (customer === null) customers.delete(id);
      else customers.set(id, customer);
    },
    artefacts: { rulebook: () => null, model: () => null },
    emit: (output) => outputs.push(output),
  });
  return {
    customers,
    engine,
    takeOutputs: () => {
      const taken = outputs;
      outputs = [];
      return taken;
    },
  };
};

const createBench = () => {
  const partition = createPartition();
  const { customers, engine } = partition;
  const due = createDue(customers);
  const meter = createMeter();
  const hash = createHash('sha256');
  const codec = createCustomerCodec(join(packageRoot(), 'schemas/state/customer-standing.avsc'));
  const names = Object.values(OUTPUT_RECORDS).filter((name) => name !== null);
  const encoder = createRecordEncoder(new Map(names.map((name, i) => [name, i + 2])));

  const encodeOutputs = (outputs: readonly EngineOutput[]): Buffer[] =>
    outputs.flatMap((output) => {
      const name = OUTPUT_RECORDS[output.kind];
      return name !== null && 'record' in output ? [encoder.encode(name, output.record)] : [];
    });
  const settle = (): void => {
    const changes = [...engine.changes.customers.values()];
    meter.time('encode states', () => {
      for (const { customer, isStandingChanged } of changes) {
        meter.count('state bytes', codec.encode(customer, isStandingChanged).length);
      }
    });
    meter.count('states', changes.length);
    for (const { customer, isDueChanged } of changes) {
      if (isDueChanged) due.note(customer.customerId, customer.standing.dueAtMs);
    }
    engine.changes.clear();
    const outputs = partition.takeOutputs();
    for (const { kind } of outputs) meter.count(kind);
    for (const value of meter.time('encode outputs', () => encodeOutputs(outputs))) {
      hash.update(value);
      meter.count('output bytes', value.length);
    }
  };
  const tick = (tickAtMs: number, offset: number): void => {
    const dueNow = due.until(tickAtMs);
    meter.time('ticks', () => engine.apply(tickOf(tickAtMs), offset, dueNow));
    meter.count('customers ticked', dueNow.length);
    settle();
  };
  const digest = (): string => {
    for (const customer of customers.values()) {
      hash.update(codec.encode(customer, true));
      hash.update(customer.ledger.bytes.subarray(0, customer.ledger.length));
    }
    return hash.digest('hex').slice(0, 16);
  };
  return { engine, meter, settle, tick, digest };
};

const run = async ({ orders, customers, tickMs, chunkRecords }: RunOptions): Promise<void> => {
  const log = packLog({ ...LOAD, orders, customers }, ORDER_ID);
  say(`${String(orders)} orders, ${log.bytesPerOrder.toFixed(0)} bytes each`);
  const registry = { schemaById: () => Promise.resolve(recordSchema(ORDER_RECORD).text) };
  const decoder = createEventDecoder({ registry });
  const { engine, meter, settle, tick, digest } = createBench();
  let nextTickMs = tickMs === 0 ? Infinity : LOAD.fromMs + tickMs;
  await decoder.prepare(log.records(0, 1));
  for (let from = 0; from < orders; from += chunkRecords) {
    const chunk = log.records(from, from + chunkRecords);
    for (; (chunk[0]?.timestampMs ?? 0) >= nextTickMs; nextTickMs += tickMs) tick(nextTickMs, from);
    const inputs = meter.time('decode', () => chunk.map((record) => decoder.decode(record)));
    meter.time('fold and decide', () => {
      for (const [i, input] of inputs.entries()) {
        if ('code' in input) throw new Error(`refused: ${input.code} ${input.detail}`);
        meter.count(engine.apply(input, from + i).kind);
      }
    });
    settle();
  }
  for (const [name, count] of Object.entries(meter.counts)) say(`${name}: ${String(count)}`);
  for (const [stage, ms] of Object.entries(meter.tookMs)) {
    say(`${stage}: ${((ms * NS_PER_MS) / orders).toFixed(0)} ns an order`);
  }
  const ticked = meter.counts['customers ticked'] ?? 0;
  if (ticked > 0) {
    const us = ((meter.tookMs['ticks'] ?? 0) * 1_000) / ticked;
    say(`ticks: ${us.toFixed(1)} us a customer`);
  }
  say(`outputs and states: ${digest()}`);
};

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '400000' },
    customers: { type: 'string', default: String(LOAD.customers) },
    'tick-days': { type: 'string', default: '0' },
    chunk: { type: 'string', default: '2000' },
  },
});
await run({
  orders: Number(values.orders),
  customers: Number(values.customers),
  tickMs: Number(values['tick-days']) * MS_PER_DAY,
  chunkRecords: Number(values.chunk),
});
