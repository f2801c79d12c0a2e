import { builtinModel } from '../../shared/core/models/artefact.js';
import { createDriver } from '../support/pipeline-driver.js';
import { steadyModel } from '../support/model.js';
import { day, every, line, machine, order, ordersOn } from '../support/events.js';

const kinds = (driver: ReturnType<typeof createDriver>, kind: string) =>
  driver.takeOpportunities().filter((opportunity) => opportunity.kind === kind);

describe('cross-sell', () => {
  it('proposes the groups that the machines need and the customer never bought', () => {
    const driver = createDriver();
    driver.given(machine({ machineType: 'press' }), ...ordersOn([0, 10]));
    driver.tickOn(11);
    const groups = kinds(driver, 'cross_sell').map(({ productGroup }) => productGroup);
    expect(groups.sort()).toEqual(['consumables', 'maintenance', 'tooling']);
  });

  it('is withdrawn when the group is bought, and when it was offered', () => {
    const driver = createDriver();
    driver.given(machine({ machineType: 'press' }), ...ordersOn([0, 10]));
    driver.tickOn(11);
    driver.take();
    driver.when(
      order({ orderId: 'x', orderedAtMs: day(12), lines: [line({ productGroup: 'tooling' })] }),
      {
        type: 'ProductOffered',
        event: {
          eventId: 'offer',
          occurredAtMs: day(12),
          customerId: 'c',
          productGroup: 'maintenance',
          sku: null,
        },
      },
    );
    driver.tickOn(12);
    const withdrawn = kinds(driver, 'cross_sell');
    expect(withdrawn.map(({ productGroup, status }) => `${productGroup} ${status}`).sort()).toEqual(
      ['maintenance withdrawn', 'tooling withdrawn'],
    );
    driver.play(13, 14);
    expect(kinds(driver, 'cross_sell')).toEqual([]);
  });

  it('proposes groups that comparable customers buy, in money by its own size, and says who they are', () => {
    const peers = [
      {
        kind: 'machine_type',
        name: 'sifter',
        customers: 20,
        trailingMinor: 400_000,
        groups: [
          { productGroup: 'screens', buyers: 12, yearlyMinor: 1_000_000 },
          // A choice that few make is no gap.
          { productGroup: 'oils', buyers: 4, yearlyMinor: 9_000_000 },
          { productGroup: 'spare-parts', buyers: 20, yearlyMinor: 300_000 },
        ],
      },
      // Machines tell more than the industry.
      {
        kind: 'industry',
        name: 'food',
        customers: 50,
        trailingMinor: 400_000,
        groups: [{ productGroup: 'belts', buyers: 50, yearlyMinor: 1_000_000 }],
      },
    ] as const;
    const driver = createDriver({ model: { ...builtinModel, version: 'with-peers', peers } });
    driver.given(
      machine({ machineType: 'sifter' }),
      ...ordersOn([0, 10], { lines: [line({ netAmountMinor: 200_000 })] }),
    );
    driver.tickOn(11);
    const all = kinds(driver, 'cross_sell');
    const found = all.find(({ productGroup }) => productGroup === 'screens');
    // The middle buyer's 10,000, times the 60 % who buy it, of which 30 % is taken to be winnable.
    expect(found).toMatchObject({ potentialMinor: 180_000, sku: null });
    expect(found?.reason).toBe(
      '12 of 20 comparable customers with a sifter buy screens; none was bought here.',
    );
    const groups = all.map(({ productGroup }) => productGroup);
    expect(groups).not.toContain('oils');
    expect(groups).not.toContain('belts');
    expect(groups).not.toContain('spare-parts');
  });

  it('proposes products that others with the same purchases buy, and says because of which', () => {
    const driver = createDriver({
      model: {
        ...builtinModel,
        version: 'with-products',
        nextProducts: {
          skus: ['filter', 'seal'],
          groups: ['spare-parts', 'spare-parts'],
          next: [
            [1, 0.5, 7],
            [0, 0.5, 7],
          ],
          buyers: [10, 8],
          lift: [1, 1],
          amountMinor: [100_000, 200_000],
          notSoldIn: [],
          method: 'by hand',
        },
      },
    });
    driver.given(...ordersOn(every(20, 0, 200)));
    driver.tickOn(201);
    const [chance, ...more] = kinds(driver, 'cross_sell');
    expect(more).toEqual([]);
    expect(chance).toMatchObject({ sku: 'seal', productGroup: 'spare-parts', status: 'raised' });
    expect(chance?.reason).toMatch(
      /7 of the 10 customers who buy filter also buy seal; no offer of it is on record/,
    );
  });
});

describe('an order proposal', () => {
  const lines = [
    line({ sku: 'filter', quantity: 4, netAmountMinor: 40_000 }),
    line({
      lineId: '2',
      sku: 'oil',
      productGroup: 'consumables',
      quantity: 2.5,
      netAmountMinor: 25_000,
    }),
  ];
  const regular = ordersOn(every(28, 0, 280), { lines });

  it('goes out a week before the expected order, with usual quantities at usual prices', () => {
    const driver = createDriver();
    driver.play(0, 300, regular);
    driver.takeOpportunities();
    driver.play(301, 301);
    const [proposal, ...more] = kinds(driver, 'order_proposal');
    expect(more).toEqual([]);
    expect(proposal).toMatchObject({
      status: 'raised',
      dueAtMs: day(308),
      potentialMinor: 70_000,
      products: [
        { sku: 'filter', quantity: 4, amountMinor: 40_000 },
        { sku: 'oil', quantity: 3, amountMinor: 30_000 },
      ],
    });
  });

  it('is withdrawn when the order comes', () => {
    const driver = createDriver();
    driver.play(0, 301, regular);
    driver.takeOpportunities();
    driver.play(302, 303, ordersOn([302], { lines }));
    expect(kinds(driver, 'order_proposal')).toMatchObject([{ status: 'withdrawn', products: [] }]);
  });

  it('is withdrawn when the order does not come', () => {
    const driver = createDriver();
    driver.play(0, 301, regular);
    driver.takeOpportunities();
    driver.play(302, 500);
    expect(kinds(driver, 'order_proposal').map(({ status }) => status)).toEqual(['withdrawn']);
  });

  it('is not made for who orders every few days, or has no rhythm', () => {
    for (const days of [every(3, 0, 200), [0, 100]]) {
      const driver = createDriver();
      driver.play(0, 260, ordersOn(days, { lines }));
      expect(kinds(driver, 'order_proposal')).toEqual([]);
    }
  });
});

describe('up-sell', () => {
  it('reports a group below forecast where no alert does, until the next period closes', () => {
    const model = steadyModel();
    const driver = createDriver({ model });
    const lines = [
      line({ sku: 'filter', netAmountMinor: 400_000 }),
      line({ lineId: '2', sku: 'oil', productGroup: 'consumables', netAmountMinor: 200_000 }),
    ];
    driver.given(...ordersOn(every(7, 0, 364), { lines })).tickOn(364);
    driver.take();
    const less = [lines[0] ?? line(), line({ ...lines[1], netAmountMinor: 130_000 })];
    driver.play(365, 365 + 20 * 7, ordersOn(every(7, 371, 365 + 20 * 7), { lines: less }));
    const raised = kinds(driver, 'up_sell').filter(({ status }) => status === 'raised');
    expect(raised[0]).toMatchObject({ productGroup: 'consumables' });
    expect(raised[0]?.potentialMinor).toBeGreaterThanOrEqual(50_000);
    expect(driver.takeAlerts()).toEqual([]);
    driver.play(
      365 + 20 * 7 + 1,
      365 + 60 * 7,
      ordersOn(every(7, 365 + 20 * 7 + 1, 365 + 60 * 7), { lines: less }),
    );
    const later = kinds(driver, 'up_sell').filter(
      ({ opportunityId }) => opportunityId === raised[0]?.opportunityId,
    );
    expect(later.map(({ status }) => status)).toEqual(['withdrawn']);
  });
});
