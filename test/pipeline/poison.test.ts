/** Events that would do harm: each is refused with its reason, and leaves nothing behind. */
import type { BroadcastEvent } from '../../shared/core/engine/input-event.js';
import { createDriver } from '../support/pipeline-driver.js';
import {
  customerUpdated,
  day,
  DAY_MS,
  line,
  order,
  ordersOn,
  override,
  tick,
} from '../support/events.js';

const rates = (currency: string, minorRateNano: number): BroadcastEvent => ({
  type: 'RatesOfDay',
  event: {
    eventId: 'rates',
    occurredAtMs: day(0),
    epochDay: Math.floor(day(0) / DAY_MS),
    reportingCurrency: 'EUR',
    rates: [{ currency, minorRateNano }],
  },
});

describe('a poisoned event', () => {
  it.each([
    ['master data of the year 9999', customerUpdated({ occurredAtMs: 253_370_764_800_000 })],
    ['an override of next month', override({ occurredAtMs: day(40) })],
    ['a tick of the year 3000', tick(Date.UTC(3000, 0, 1))],
    ['a tick of the year 1970', tick(0)],
  ])('that comes from the wrong time is refused: %s', (_what, event) => {
    const driver = createDriver({ partitions: 1 });
    driver.given(...ordersOn([0]), tick(day(1)));
    expect(driver.when(event)).toMatchObject([{ kind: 'dead-letter', code: 'date-future' }]);
    expect(driver.log.partitions[0]?.control.streamTimeMs).toBe(day(1));
    driver.andNoMore();
  });

  it.each([
    ['zero', 0],
    ['negative', -1],
    ['absurd', Number.MAX_SAFE_INTEGER * 1_000],
  ])('that sets a rate that is %s is refused, and no rate is set', (_what, nano) => {
    const driver = createDriver({ partitions: 1 });
    expect(driver.when(rates('USD', nano))).toMatchObject([{ code: 'rate-invalid' }]);
    expect(driver.when(order({ currency: 'USD' }))).toMatchObject([{ code: 'rate-unknown' }]);
  });

  it('whose amount is absurd only in the reporting currency is refused', () => {
    const driver = createDriver({ partitions: 1 });
    driver.given(rates('KWD', 300_000_000_000));
    const lines = [line({ netAmountMinor: 9_000_000_000_000 })];
    expect(driver.when(order({ currency: 'KWD', lines }))).toMatchObject([
      { code: 'amount-absurd' },
    ]);
    expect(driver.when(order({ currency: 'KWD' }))).toEqual([{ kind: 'applied' }]);
  });

  it.each([
    ['an amount beyond all bounds', { amountMinor: 9_007_199_254_740_990 }, {}, 'amount-absurd'],
    ['a negative amount', { amountMinor: -1 }, {}, 'amount-negative'],
    ['an absurd quantity', { quantityMilli: 9_007_199_254_740_990 }, {}, 'quantity-invalid'],
    ['a date before all orders', {}, { orderedAtMs: -1 }, 'date-ancient'],
    ['a date beyond all calendars', {}, { orderedAtMs: 8.64e15 }, 'date-future'],
    ['no version', {}, { documentVersion: 0 }, 'document-version-invalid'],
  ])('that forwards a history with %s is refused', (_what, lineOver, documentOver, code) => {
    const driver = createDriver({ partitions: 1 });
    driver.given(...ordersOn([0]), tick(day(1)));
    const [before] = [driver.customer('c')?.vector.slice()];
    const document = {
      orderHash: 1,
      isReturn: false,
      documentVersion: 1,
      orderedAtMs: day(0),
      lines: [{ sku: 's', productGroup: 'g', quantityMilli: 1, amountMinor: 1, ...lineOver }],
      ...documentOver,
    };
    const event = {
      eventId: 'forwarded',
      occurredAtMs: day(1),
      customerId: 'c',
      fromCustomerIds: ['x'],
      isWithdrawal: false,
      documents: [document],
      machines: [],
    };
    expect(driver.when({ type: 'HistoryForwarded', event })).toMatchObject([{ code }]);
    expect(driver.customer('c')?.vector).toEqual(before);
  });

  it('that takes the sums of a customer beyond exact counting is refused, those before it count', () => {
    const driver = createDriver({ partitions: 1 });
    const lines = [line({ netAmountMinor: 1e13 })];
    const outcomes = driver.when(
      ...Array.from({ length: 15 }, (_, i) => order({ orderId: `o${String(i)}`, lines })),
    );
    expect(outcomes.slice(0, 11).every(({ kind }) => kind === 'applied')).toBe(true);
    expect(outcomes.slice(11)).toEqual(
      Array(4).fill(expect.objectContaining({ code: 'amount-absurd' })),
    );
    driver.tickThrough(1, 40);
    for (const card of driver.takeCards()) {
      for (const value of Object.values(card)) {
        expect(typeof value !== 'number' || Math.abs(value) < 2 ** 53).toBe(true);
      }
    }
  });

  it('with a name that is no name is refused before it is remembered', () => {
    const driver = createDriver({ partitions: 1 });
    const before = driver.log.partitions[0]?.control.names.size();
    const sku = 'x'.repeat(201);
    expect(driver.when(order({ lines: [line({ sku })] }))).toMatchObject([
      { code: 'name-too-long' },
    ]);
    expect(driver.log.partitions[0]?.control.names.size()).toBe(before);
  });
});

describe('a customer without measure', () => {
  it('keeps a bounded ledger, even when all its orders are of one moment', () => {
    const driver = createDriver({ partitions: 1 });
    const lines = Array.from({ length: 2_000 }, (_, i) => line({ sku: `s${String(i)}` }));
    for (let i = 0; i < 150; i += 1) {
      driver.given(order({ orderId: String(i), orderedAtMs: day(0), lines }));
    }
    const customer = driver.customer('c');
    expect(customer?.ledger.length).toBeLessThanOrEqual((1 << 20) + 40_000);
    expect(customer?.ledger.base).not.toBeNull();
  });

  it('with more returns than sales has no revenue, no debt and no alarm', () => {
    const driver = createDriver();
    driver.given(...ordersOn([0, 20, 40, 60]));
    driver.when(
      order({
        orderId: 'all-back',
        kind: 'returned',
        orderedAtMs: day(61),
        lines: [line({ netAmountMinor: 9_000_000 })],
      }),
    );
    driver.take();
    driver.play(62, 200);
    for (const card of driver.takeCards()) {
      expect(card.dimensions.trailingYearMinor).toBe(0);
      expect(card.dimensions.shareOfWallet).toBe(0);
      expect(card.returnRate).toBe(1);
      for (const { expectedMinor } of card.forecasts) {
        expect(expectedMinor).toBeGreaterThanOrEqual(0);
      }
    }
    expect(driver.takeAlerts()).toEqual([]);
  });

  it('whose returns come before its orders ends where it would in order', () => {
    const back = order({ orderId: 'o-day-10', kind: 'returned', orderedAtMs: day(30) });
    const first = createDriver();
    first.given(back, ...ordersOn([10, 20]));
    const last = createDriver();
    last.given(...ordersOn([10, 20]), back);
    expect(first.customer('c')?.vector).toEqual(last.customer('c')?.vector);
  });
});

describe('the due queue', () => {
  it('lets no busy customer keep a silent one waiting', () => {
    const driver = createDriver({ partitions: 1 });
    driver.given(...ordersOn([0, 30, 60, 90], { customerId: 'silent' }));
    driver.play(91, 91);
    const silentDueMs = driver.customer('silent')?.standing.dueAtMs ?? 0;
    driver.given(
      tick(silentDueMs - 1),
      order({ customerId: 'busy', orderedAtMs: silentDueMs - 1 }),
    );
    driver.given(tick(silentDueMs), order({ customerId: 'busier', orderedAtMs: silentDueMs }));
    expect(driver.customer('busier')?.standing.dueAtMs).toBeGreaterThanOrEqual(silentDueMs);
  });

  it('never holds a customer that a tick has just looked at, also after an activation', () => {
    const driver = createDriver({ partitions: 1 });
    driver.given(...ordersOn([0, 30, 60, 90]));
    driver.play(91, 92);
    driver.when({
      type: 'ArtefactActivated',
      event: {
        eventId: 'again',
        occurredAtMs: day(92),
        kind: 'model',
        version: 'builtin-1',
        sha256: '',
      },
    });
    const [partition] = driver.log.partitions;
    expect(partition?.dueCount(day(93))).toBe(1);
    driver.when(tick(day(93)));
    expect(partition?.dueCount(day(93))).toBe(0);
  });

  it('is not disturbed by a tick that goes back in time', () => {
    const driver = createDriver({ partitions: 1 });
    driver.given(...ordersOn([0, 30, 60, 90]));
    driver.play(91, 100);
    driver.take();
    driver.when(tick(day(50)));
    expect(driver.take()).toEqual([]);
    expect(driver.log.partitions[0]?.control.streamTimeMs).toBe(day(100) + DAY_MS / 2);
  });
});
