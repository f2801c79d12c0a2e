import { createDriver } from '../support/pipeline-driver.js';
import { day, every, order, ordersOn, override } from '../support/events.js';

const ordered = () => {
  const driver = createDriver();
  driver.given(...ordersOn(every(10, 0, 200)));
  driver.play(201, 201);
  driver.take();
  return driver;
};

describe('a segment set by a person', () => {
  it('holds at once, names its reason and keeps the plan in step', () => {
    const driver = ordered();
    driver.when(override({ occurredAtMs: day(202), segment: 'KA', reason: 'strategic account' }));
    const [change, ...more] = driver.takeSegments();
    expect(more).toEqual([]);
    expect(change).toMatchObject({ intoSegment: 'KA', isOverride: true });
    expect(change?.plan.planId).toMatch(/^KA-/);
    expect(change?.reasons[0]).toMatchObject({ code: 'override_set' });
    expect(change?.reasons[0]?.text).toContain('strategic account');
    driver.andNoMore();
  });

  it('withstands orders and time until it is cleared', () => {
    const driver = ordered();
    driver.when(override({ occurredAtMs: day(202), segment: 'KA' }));
    driver.take();
    driver.play(203, 500, ordersOn([230]));
    expect(driver.customer('c')?.standing.segment).toBe('KA');
    expect(driver.takeSegments().every(({ intoSegment }) => intoSegment === 'KA')).toBe(true);
    driver.when(override({ occurredAtMs: day(501), segment: null, reason: '' }));
    const [change] = driver.takeSegments();
    expect(change).toMatchObject({ fromSegment: 'KA', isOverride: false });
    expect(change?.intoSegment).not.toBe('KA');
    expect(change?.reasons[0]?.code).toBe('override_ended');
  });

  it('ends by itself when it expires, at the very tick', () => {
    const driver = ordered();
    driver.when(override({ occurredAtMs: day(202), segment: 'KA', expiresAtMs: day(240) }));
    driver.take();
    driver.play(203, 239);
    expect(driver.customer('c')?.standing.segment).toBe('KA');
    driver.play(240, 240);
    expect(driver.takeSegments().at(-1)).toMatchObject({ fromSegment: 'KA', isOverride: false });
  });

  it('that has expired already, or clears nothing, changes nothing', () => {
    const driver = ordered();
    expect(
      driver.when(
        override({ occurredAtMs: day(202), expiresAtMs: day(150) }),
        override({ occurredAtMs: day(202), segment: null }),
      ),
    ).toEqual([{ kind: 'ignored' }, { kind: 'ignored' }]);
    driver.andNoMore();
  });
});

describe('an offer', () => {
  const offered = (productGroup: string, sku: string | null, n: number) =>
    ({
      type: 'ProductOffered',
      event: {
        eventId: `offer-${productGroup}`,
        occurredAtMs: day(n),
        customerId: 'c',
        productGroup,
        sku,
      },
    }) as const;

  it('is remembered once, at its latest', () => {
    const driver = ordered();
    driver.when(offered('tooling', null, 203), offered('tooling', null, 202));
    expect(driver.customer('c')?.standing.offers).toMatchObject([{ offeredAtMs: day(203) }]);
  });

  it('is forgotten beyond the bound, the oldest first', () => {
    const driver = ordered();
    const offers = every(1, 0, 99).map((n) => offered(`group-${String(n)}`, 'sku', 203 + n));
    driver.play(203, 303, offers);
    const kept = driver.customer('c')?.standing.offers ?? [];
    expect(kept).toHaveLength(64);
    expect(kept[0]?.offeredAtMs).toBe(day(203 + 36));
  });
});

describe('the order of events in a day', () => {
  it('does not matter to what a customer is, only to what was known when', () => {
    const morning = order({ orderId: 'm', orderedAtMs: day(205) - 3_600_000 });
    const evening = order({ orderId: 'e', orderedAtMs: day(205) + 3_600_000 });
    const forth = ordered();
    const back = ordered();
    forth.when(morning, evening);
    back.when(evening, morning);
    expect(forth.customer('c')?.vector).toEqual(back.customer('c')?.vector);
    expect(forth.customer('c')?.vector[2]).toBe(22);
  });
});

describe('a document from before the window', () => {
  it('is refused as late, however it is sent, and changes nothing', () => {
    const driver = createDriver();
    driver.given(...ordersOn(every(30, 0, 900)));
    const before = driver.customer('c')?.vector.slice();
    expect(
      driver.when(order({ orderId: 'x', orderedAtMs: day(1), occurredAtMs: day(901) })),
    ).toEqual([{ kind: 'dead-letter', code: 'late-beyond-window', detail: 'order x' }]);
    expect(driver.customer('c')?.vector).toEqual(before);
  });
});
