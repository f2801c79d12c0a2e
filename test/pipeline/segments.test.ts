import { createDriver } from '../support/pipeline-driver.js';
import { customerUpdated, day, every, line, machine, order, ordersOn } from '../support/events.js';

/** One large order a day, taken back the next, for a year: revenue swings over every threshold. */
const swings = every(1, 1, 365).map((n) =>
  order({
    orderId: `swing-${String(n - (n % 2))}`,
    kind: n % 2 === 0 ? 'placed' : 'returned',
    orderedAtMs: day(n),
    lines: [line({ netAmountMinor: 30_000_000 })],
  }),
);

describe('the segment of a customer', () => {
  it('changes at most twice a dwell time, however wildly the input swings', () => {
    const driver = createDriver();
    driver.play(0, 366, [...ordersOn([0]), ...swings]);
    const changes = driver.takeSegments();
    const moved = changes.filter(({ fromSegment, intoSegment }) => fromSegment !== intoSegment);
    expect(moved.length).toBeGreaterThan(1);
    expect(moved.length).toBeLessThanOrEqual(2 * Math.ceil(366 / 28) + 1);
    const falls = moved.filter(
      ({ fromSegment, intoSegment }) => fromSegment !== null && fromSegment < intoSegment,
    );
    expect(falls.length).toBeLessThanOrEqual(Math.ceil(366 / 28));
  });

  it('is assigned with the first order, at once, with a reason and a whole plan', () => {
    const driver = createDriver();
    driver.when(order());
    const [change, ...more] = driver.takeSegments();
    expect(more).toEqual([]);
    expect(change).toMatchObject({
      fromSegment: null,
      dimensionsBefore: null,
      isOverride: false,
      cause: { eventId: 'o/placed/1' },
    });
    expect(change?.reasons[0]?.code).toBe('first_assignment');
    expect(change?.plan.measures).toHaveLength(7);
    driver.andNoMore();
  });

  it('rises at once when revenue crosses the threshold, and says so in numbers', () => {
    const driver = createDriver();
    driver.given(...ordersOn([0, 20], { lines: [line({ netAmountMinor: 60_000 })] }));
    driver.when(
      order({ orderId: 'big', orderedAtMs: day(22), lines: [line({ netAmountMinor: 7_000_000 })] }),
    );
    const [change] = driver.takeSegments();
    expect(change?.intoSegment).toBe('A');
    const reason = change?.reasons.find(({ feature }) => feature === 'trailingYearMinor');
    expect(reason).toMatchObject({ code: 'trailing_year_rose', after: 7_120_000 });
    expect(reason?.text).toMatch(/crosses 56,000 EUR/);
  });

  it('falls by silence alone', () => {
    const driver = createDriver();
    driver.play(
      0,
      364,
      ordersOn(every(14, 0, 364), { lines: [line({ netAmountMinor: 150_000 })] }),
    );
    expect(driver.customer('c')?.standing.segment).toBe('B');
    driver.take();
    driver.play(365, 1_100);
    const changes = driver.takeSegments();
    expect(changes.length).toBeGreaterThan(0);
    expect(driver.customer('c')?.standing.segment).toBe('D');
    for (const { reasons } of changes) expect(reasons.length).toBeGreaterThan(0);
  });

  it('comes from the machines alone for a prospect, at the next tick', () => {
    const driver = createDriver();
    for (const machineId of ['m-1', 'm-2']) {
      driver.when(machine({ machineId, machineType: 'packaging-line' }));
    }
    driver.when(customerUpdated());
    driver.andNoMore();
    driver.tickOn(0);
    expect(driver.takeSegments()).toMatchObject([
      { intoSegment: 'C', isPotentialCustomer: true, salesRep: 'rep-1', country: 'DE' },
    ]);
  });

  it('is left alone by repeated deliveries', () => {
    const driver = createDriver();
    driver.given(...ordersOn(every(10, 0, 100)));
    expect(
      driver.when(...ordersOn(every(10, 0, 100))).every(({ kind }) => kind === 'duplicate'),
    ).toBe(true);
    driver.andNoMore();
  });
});
