import { createDriver } from '../support/pipeline-driver.js';
import {
  customerUpdated,
  day,
  erasure,
  every,
  merged,
  order,
  ordersOn,
} from '../support/events.js';

const history = [customerUpdated(), ...ordersOn(every(10, 0, 200))];
const erased = { vector: [], documents: [] };
const holds = (driver: ReturnType<typeof createDriver>, customerId = 'c') => {
  const customer = driver.customer(customerId);
  return {
    vector: customer?.vector.filter((value) => value !== 0),
    documents: customer === undefined ? null : Array(customer.ledger.count).fill(0),
  };
};

describe('an erased customer', () => {
  const erasedDriver = () => {
    const driver = createDriver();
    driver.given(...history);
    driver.play(201, 210);
    driver.take();
    driver.when(erasure('c', day(210)));
    return driver;
  };

  it('leaves tombstones on every topic that spoke of it, and an acknowledgement', () => {
    const driver = erasedDriver();
    const outputs = driver.take();
    expect(outputs.flatMap((o) => (o.kind === 'tombstone' ? [o.topic] : [])).sort()).toEqual([
      'customer-scores',
      'sales-opportunities',
      'segment-changes',
      'under-performance-alerts',
    ]);
    expect(outputs.at(-1)).toMatchObject({
      kind: 'erasure-completed',
      record: { requestId: 'erase-c' },
    });
    expect(outputs).toHaveLength(5);
    expect(holds(driver)).toEqual(erased);
    expect(driver.customer('c')).toMatchObject({ master: null, machines: [] });
  });

  it('is never due again', () => {
    const driver = erasedDriver();
    driver.take();
    driver.play(211, 900);
    expect(driver.take()).toEqual([]);
  });

  it('stays erased when its orders, old master data or amendments of them come again', () => {
    const driver = erasedDriver();
    driver.take();
    const outcomes = driver.when(
      ...history,
      order({
        orderId: 'c-day-200',
        documentVersion: 2,
        kind: 'amended',
        orderedAtMs: day(200),
        occurredAtMs: day(230),
      }),
      order({ customerId: 'c', orderId: 'invalid', currency: 'EURO', orderedAtMs: day(100) }),
    );
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['ignored']));
    expect(holds(driver)).toEqual(erased);
    driver.andNoMore();
  });

  it('is erased after a replay of the whole log from its start, as after the first run', () => {
    const log = [...history, erasure('c', day(210)), ...history];
    const once = createDriver();
    once.when(...log);
    const twice = createDriver();
    twice.when(...log, ...log);
    expect(holds(once)).toEqual(erased);
    expect(holds(twice)).toEqual(erased);
  });

  it('may order anew, and is then a new customer', () => {
    const driver = erasedDriver();
    driver.take();
    driver.play(211, 220, [order({ orderId: 'anew', orderedAtMs: day(220) })]);
    expect(driver.customer('c')?.vector[2]).toBe(1);
    expect(driver.takeSegments()).toMatchObject([{ fromSegment: null }]);
    driver.when(...ordersOn([150]));
    expect(driver.customer('c')?.ledger.count).toBe(1);
  });

  it('that was never heard of is acknowledged all the same, and barred', () => {
    const driver = createDriver();
    driver.when(erasure('ghost', day(10)));
    expect(driver.take().map(({ kind }) => kind)).toContain('erasure-completed');
    driver.when(order({ customerId: 'ghost', orderedAtMs: day(9) }));
    expect(holds(driver, 'ghost')).toEqual(erased);
  });

  it('takes its history with it from the customer it was merged into', () => {
    const driver = createDriver();
    const heir = ordersOn([3, 50], { customerId: 'heir' });
    driver.given(...history, ...heir, merged('c', 'heir', { atMs: day(201) }));
    expect(driver.customer('heir')?.ledger.count).toBe(23);
    driver.when(erasure('c', day(210)));
    expect(driver.customer('heir')?.ledger.count).toBe(2);
    expect(holds(driver)).toEqual(erased);
  });
});
