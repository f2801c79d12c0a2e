/** A source that invents a product name for every order cannot fill the memory of every scorer. */
import { describe, expect, it } from '@jest/globals';
import type { CustomerState } from '../../../../../shared/core/customer/state.js';
import { createControl } from '../../../../../shared/core/engine/control.js';
import { createEngine } from '../../../../../shared/core/engine/engine.js';
import { createNameTable, NAMES_MAX } from '../../../../../shared/core/engine/names.js';
import { line, order } from '../../../../support/events.js';

const engineWith = (known: number) => {
  const names = createNameTable(Array.from({ length: known }, (_, i) => `sku-${String(i)}`));
  const customers = new Map<string, CustomerState>();
  const engine = createEngine({
    partition: 0,
    control: { ...createControl(), names },
    find: (id) => customers.get(id),
    replace: (id, customer) => {
      if (customer !== null) customers.set(id, customer);
    },
    artefacts: { rulebook: () => null, model: () => null },
    emit: () => undefined,
  });
  return { engine, names };
};

describe('a full table of names', () => {
  it('refuses an order with a new name and takes one whose names it knows', () => {
    const { engine, names } = engineWith(NAMES_MAX);
    const refused = engine.apply(
      order({ orderId: 'new', lines: [line({ sku: 'never heard of' })] }),
      0,
    );
    expect(refused).toMatchObject({ kind: 'dead-letter', code: 'names-full' });
    const known = order({
      orderId: 'known',
      lines: [line({ sku: 'sku-1', productGroup: 'sku-2' })],
    });
    expect(engine.apply(known, 1).kind).toBe('applied');
    expect(names.size()).toBe(NAMES_MAX);
  });
});
