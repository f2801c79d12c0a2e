/**
 * What is in memory is what is written of it: nothing of a state or an output lives in memory alone, to be
 * gone after a restart or to differ between a replay and the stream.
 */
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { packageRoot } from '../../shared/avro/package-root.js';
import { recordSchema } from '../../shared/avro/record-schemas.js';
import type { EngineOutput } from '../../shared/core/engine/engine.js';
import { createCustomerCodec } from '../../shared/redis/customer-codec.js';
import { plainState } from '../support/compare-state.js';
import { trainedModel } from '../support/model.js';
import { createDriver, type Driver } from '../support/pipeline-driver.js';
import { createWorkload } from '../support/workload.js';

const ORDERS = 3_000;
const RECORDS: Readonly<Partial<Record<EngineOutput['kind'], string>>> = {
  'segment-changed': 'kundenpuls.outputs.SegmentChanged',
  'under-performance-alert': 'kundenpuls.outputs.UnderPerformanceAlert',
  'sales-opportunity': 'kundenpuls.outputs.SalesOpportunity',
  'customer-score': 'kundenpuls.outputs.CustomerScore',
  'history-forwarded': 'kundenpuls.events.HistoryForwarded',
  'tick-continued': 'kundenpuls.events.Tick',
};

/** Lives through a workload of all kinds, with a model that holds a part back for what is new. */
const live = (): Driver => {
  const shares = {
    groups: new Array<number>(6).fill(0.2),
    products: new Array<number>(6).fill(0.2),
  };
  const { horizons } = trainedModel();
  const model = trainedModel({
    horizons: horizons.map((horizon) => ({ ...horizon, newShares: shares })),
  });
  const driver = createDriver({ partitions: 1, model });
  for (const item of createWorkload({ orders: ORDERS, seed: 7 })) {
    if (item.kind === 'event') driver.log.publish(item.input);
  }
  return driver;
};

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('after a workload of all kinds', () => {
  const driver = live();

  it('every state is the same when it was stored and loaded', () => {
    const codec = createCustomerCodec(join(packageRoot(), 'schemas/state/customer-standing.avsc'));
    const customers = driver.log.partitions.flatMap((part) => [...part.customers.values()]);
    expect(customers.filter(({ standing }) => standing.window !== null).length).toBeGreaterThan(50);
    for (const customer of customers) {
      const { bytes, length } = customer.ledger;
      const stored = codec.encode(customer, true);
      const loaded = codec.decode(customer.customerId, stored, bytes.subarray(0, length));
      expect(plainState(loaded)).toEqual(plainState(customer));
    }
  });

  it('every output is the same when it was written and read', () => {
    const counts: Partial<Record<EngineOutput['kind'], number>> = {};
    for (const output of driver.take()) {
      const name = RECORDS[output.kind];
      if (name === undefined || !('record' in output)) continue;
      counts[output.kind] = (counts[output.kind] ?? 0) + 1;
      const { type } = recordSchema(name);
      expect(asJson(type.fromBuffer(type.toBuffer(output.record)))).toEqual(asJson(output.record));
    }
    expect(Object.keys(counts).sort()).toEqual(Object.keys(RECORDS).sort());
  });
});
