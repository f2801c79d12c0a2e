import { comparable, createDriver } from '../support/pipeline-driver.js';
import { day, every, line, machine, merged, order, ordersOn } from '../support/events.js';

const absorbed = ordersOn(every(14, 0, 200), { customerId: 'old' });
const heir = ordersOn(every(20, 5, 200), {
  customerId: 'new',
  lines: [line({ sku: 'oil', productGroup: 'consumables' })],
});
const history = [...absorbed, ...heir, machine({ customerId: 'old' })];

describe('merging two debtors', () => {
  it('scores the heir on the history of both', () => {
    const both = createDriver();
    both.given(...history).when(merged('old', 'new', { atMs: day(201) }));
    const one = createDriver();
    one.given(
      ...heir,
      ...absorbed.map((input) =>
        input.type === 'OrderEvent'
          ? order({ ...input.event, customerId: 'new', orderId: `${input.event.orderId}'` })
          : input,
      ),
    );
    expect(both.customer('new')?.vector).toEqual(one.customer('new')?.vector);
    expect(both.customer('new')?.machines.map(({ machineType }) => machineType)).toEqual(['press']);
  });

  it('scores the absorbed customer no more, withdraws what was open and names the heir', () => {
    const driver = createDriver();
    driver.given(...history).tickThrough(201, 300);
    const before = driver.take().filter(({ kind }) => kind !== 'customer-score');
    expect(before.length).toBeGreaterThan(0);
    driver.when(merged('old', 'new', { atMs: day(301) }));
    const alerts = driver.takeAlerts().filter(({ customerId }) => customerId === 'old');
    expect(alerts.map(({ status }) => status)).toEqual(['withdrawn']);
    const [card] = driver.takeCards().filter(({ customerId }) => customerId === 'old');
    expect(card).toMatchObject({ mergedIntoCustomerId: 'new', openAlerts: 0 });
    driver.take();
    driver.tickThrough(302, 700);
    expect(
      driver
        .take()
        .filter((o) => 'record' in o && 'customerId' in o.record && o.record.customerId === 'old'),
    ).toEqual([]);
  });

  it('passes on what the absorbed customer still gets: orders, amendments, machines', () => {
    const driver = createDriver();
    driver.given(...history, merged('old', 'new', { atMs: day(201) }));
    const soldBefore = driver.customer('new')?.vector[4] ?? 0;
    driver.when(
      order({ customerId: 'old', orderId: 'late', orderedAtMs: day(202) }),
      order({
        customerId: 'old',
        orderId: 'late',
        documentVersion: 2,
        kind: 'amended',
        orderedAtMs: day(202),
        lines: [line({ netAmountMinor: 70_000 })],
      }),
      machine({ customerId: 'old', machineId: 'm-2', machineType: 'pump' }),
    );
    expect(driver.customer('new')?.vector[4]).toBe(soldBefore + 70_000);
    expect(driver.customer('new')?.machines.map(({ machineType }) => machineType)).toEqual([
      'press',
      'pump',
    ]);
  });

  it('restores both exactly when it is taken back, with what came in between', () => {
    const late = order({ customerId: 'old', orderId: 'between', orderedAtMs: day(202) });
    const never = createDriver();
    never.given(...history, late);
    const driver = createDriver();
    driver.given(
      ...history,
      merged('old', 'new', { atMs: day(201) }),
      late,
      merged('old', 'new', { atMs: day(203), isReversal: true }),
    );
    for (const id of ['old', 'new']) {
      expect(comparable(driver, id)).toEqual(comparable(never, id));
      expect(driver.customer(id)?.mergedInto).toBeNull();
    }
    driver.tickOn(204);
    expect(
      driver
        .takeCards()
        .map(({ customerId }) => customerId)
        .sort(),
    ).toEqual(['new', 'old']);
  });

  it('can be merged again after a reversal', () => {
    const once = createDriver();
    once.given(...history, merged('old', 'new', { atMs: day(201) }));
    const twice = createDriver();
    twice.given(
      ...history,
      merged('old', 'new', { atMs: day(201) }),
      merged('old', 'new', { atMs: day(202), isReversal: true }),
      merged('old', 'new', { atMs: day(203) }),
    );
    expect(comparable(twice, 'new')).toEqual(comparable(once, 'new'));
  });

  it('hands a history on along a chain, and takes it out along the chain', () => {
    const driver = createDriver({ partitions: 3 });
    const alone = createDriver({ partitions: 3 });
    const top = ordersOn([3], { customerId: 'top' });
    alone.given(...top);
    driver.given(
      ...history,
      ...top,
      merged('new', 'top', { atMs: day(201) }),
      merged('old', 'new', { atMs: day(202) }),
    );
    expect(driver.customer('top')?.vector[2]).toBe(
      new Set([...every(14, 0, 200), ...every(20, 5, 200), 3]).size,
    );
    driver.given(merged('old', 'new', { atMs: day(203), isReversal: true }));
    driver.given(merged('new', 'top', { atMs: day(204), isReversal: true }));
    expect(comparable(driver, 'top')).toEqual(comparable(alone, 'top'));
  });

  it('ends a circle: the newer merge holds and nobody counts an order twice', () => {
    const driver = createDriver();
    driver.given(
      ...history,
      merged('old', 'new', { atMs: day(201) }),
      merged('new', 'old', { atMs: day(202) }),
    );
    expect(driver.customer('old')?.mergedInto).toBeNull();
    expect(driver.customer('new')?.mergedInto).toBe('old');
    expect(driver.customer('old')?.ledger.count).toBe(absorbed.length + heir.length);
    expect(driver.customer('new')?.ledger.count).toBe(heir.length);
  });

  it('refuses a merge into itself and ignores repeated and unknown ones', () => {
    const driver = createDriver();
    driver.given(...history);
    expect(driver.when(merged('old', 'old'))).toEqual([
      { kind: 'dead-letter', code: 'merge-circular', detail: 'old' },
    ]);
    expect(driver.when(merged('old', 'new', { isReversal: true }))).toEqual([{ kind: 'ignored' }]);
    driver.given(merged('old', 'new', { atMs: day(201) }));
    expect(driver.when(merged('old', 'new', { atMs: day(202) }))).toEqual([{ kind: 'ignored' }]);
    driver.andNoMore();
  });

  it('makes no customer of what it ignores', () => {
    const driver = createDriver();
    expect(driver.when(merged('old', 'new', { isReversal: true }))).toEqual([{ kind: 'ignored' }]);
    const event = {
      eventId: 'w',
      occurredAtMs: day(1),
      customerId: 'heir',
      fromCustomerIds: ['old'],
    };
    const nothing = { ...event, documents: [], machines: [], isWithdrawal: true };
    expect(driver.when({ type: 'HistoryForwarded', event: nothing })).toEqual([
      { kind: 'duplicate' },
    ]);
    expect([driver.customer('old'), driver.customer('heir')]).toEqual([undefined, undefined]);
  });
});
