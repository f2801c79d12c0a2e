import { uncalibratedAlerts } from '../../shared/core/models/artefact.js';
import { builtinRulebook } from '../../shared/core/rulebook/rulebook.js';
import { activationOf, toPublished } from '../../shared/pipeline/order-log.js';
import { createDriver, rulebookWith } from '../support/pipeline-driver.js';
import { steadyModel } from '../support/model.js';
import { day, every, line, order, ordersOn } from '../support/events.js';
import { steady, steadyDriver, two, windowEndDay } from '../support/steady-customer.js';

describe('silence', () => {
  it('raises an alert by ticks alone, in the middle of a period', () => {
    const driver = steadyDriver();
    const end = windowEndDay(driver);
    driver.tickThrough(365, end - 1);
    const alerts = driver.takeAlerts();
    expect(alerts[0]).toMatchObject({
      level: 'customer',
      kind: 'overdue',
      status: 'raised',
      actualMinor: 0,
      periodFromMs: day(364),
    });
    expect(alerts[0]?.tailProbability).toBeLessThan(0.02);
    expect(new Set(alerts.map(({ alertId }) => alertId)).size).toBe(1);
  });

  it('is looked at when it becomes improbable, not before', () => {
    const driver = steadyDriver();
    driver.tickOn(365);
    const dueAtMs = driver.customer('c')?.standing.dueAtMs ?? 0;
    expect(dueAtMs).toBeGreaterThan(day(364 + 7));
    expect(dueAtMs).toBeLessThan(day(364 + 35));
  });

  it('that is improbable for little money is looked at again when it is enough', () => {
    const { alerts } = builtinRulebook;
    const shortfallMinMinor = { ...alerts.shortfallMinMinor, customer: 1_000_000 };
    const rulebook = rulebookWith({ alerts: { ...alerts, shortfallMinMinor } });
    const driver = steadyDriver({ rulebook });
    driver.tickOn(385);
    expect(driver.takeAlerts()).toEqual([]);
    const dueAtMs = driver.customer('c')?.standing.dueAtMs ?? 0;
    expect(dueAtMs).toBeGreaterThan(day(385));
    expect(dueAtMs).toBeLessThan(day(364 + 30));
    driver.tickOn(364 + 30);
    expect(driver.takeAlerts()).toMatchObject([{ kind: 'overdue', status: 'raised' }]);
  });

  it('that an order ends withdraws the alert, whether late or new', () => {
    for (const orderedOn of [372, 380]) {
      const driver = steadyDriver();
      driver.tickThrough(365, 385);
      const alertId = driver.takeAlerts()[0]?.alertId;
      expect(alertId).toBeDefined();
      driver.when(
        order({ orderId: 'end', orderedAtMs: day(orderedOn), occurredAtMs: day(386), lines: two }),
      );
      driver.tickOn(386);
      expect(driver.takeAlerts()).toMatchObject([{ alertId, status: 'withdrawn' }]);
    }
  });

  it('is neither withdrawn nor raised again by a model with a stricter limit', () => {
    const { silence } = uncalibratedAlerts;
    const customer = { ...silence.customer, falseAlarmsPerYear: 1e-6 };
    const model = {
      ...steadyModel(),
      alerts: { ...uncalibratedAlerts, silence: { ...silence, customer } },
    };
    const driver = steadyDriver({ model, isModelActive: false });
    driver.tickThrough(365, 385);
    expect(driver.takeAlerts()[0]?.kind).toBe('overdue');
    driver.when(activationOf(toPublished('model', model), day(385)));
    driver.tickThrough(386, 400);
    expect(driver.takeAlerts().map(({ status }) => status)).not.toContain('withdrawn');
    expect(driver.customer('c')?.standing.alerts).toHaveLength(1);
  });

  it('of one product group raises an alert of the group while the others go on', () => {
    const driver = steadyDriver();
    const end = windowEndDay(driver) - 1;
    driver.play(365, end, ordersOn(every(7, 371, end), { lines: two.slice(0, 1) }));
    const kinds = driver.takeAlerts().map(({ level, scope }) => `${level} ${scope}`);
    expect(new Set(kinds)).toEqual(new Set(['product_group consumables']));
  });

  it('of somebody long gone is no news', () => {
    const driver = createDriver({ model: steadyModel() });
    driver.given(...steady);
    driver.tickOn(364 + 500);
    expect(driver.takeAlerts()).toEqual([]);
  });

  it('has no meaning for a customer without a rhythm', () => {
    const driver = createDriver({ model: steadyModel() });
    driver.given(...ordersOn([0, 10], { lines: [line({ netAmountMinor: 10_000_000 })] }));
    driver.tickThrough(11, 300);
    expect(driver.takeAlerts().filter(({ kind }) => kind === 'overdue')).toEqual([]);
  });
});
