/** A state is what is stored of it: nothing of it lives in memory alone, to be gone after a restart. */
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { packageRoot } from '../../shared/avro/package-root.js';
import { builtinModel } from '../../shared/core/models/artefact.js';
import { builtinRulebook } from '../../shared/core/rulebook/rulebook.js';
import { createReplayLog } from '../../shared/pipeline/replay-partitions.js';
import { createCustomerCodec } from '../../shared/redis/customer-codec.js';
import { plainState } from '../support/compare-state.js';
import { createWorkload } from '../support/workload.js';

const ORDERS = 3_000;

describe('every state that a workload of all kinds leads to', () => {
  it('is the same after it was stored and loaded', () => {
    const log = createReplayLog(1, {
      artefacts: {
        rulebook: (version) => (version === builtinRulebook.version ? builtinRulebook : null),
        model: (version) => (version === builtinModel.version ? builtinModel : null),
      },
      onOutput: () => undefined,
    });
    for (const item of createWorkload({ orders: ORDERS, seed: 7 })) {
      if (item.kind === 'event') log.publish(item.input);
    }
    const codec = createCustomerCodec(join(packageRoot(), 'schemas/state/customer-standing.avsc'));
    const customers = log.partitions.flatMap((partition) => [...partition.customers.values()]);
    expect(customers.filter(({ standing }) => standing.window !== null).length).toBeGreaterThan(50);
    for (const customer of customers) {
      const { bytes, length } = customer.ledger;
      const stored = codec.encode(customer, true);
      const loaded = codec.decode(customer.customerId, stored, bytes.subarray(0, length));
      expect(plainState(loaded)).toEqual(plainState(customer));
    }
  });
});
