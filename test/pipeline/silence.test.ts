import { uncalibratedAlerts } from '../../shared/core/models/artefact.js';
import { builtinRulebook } from '../../shared/core/rulebook/rulebook.js';
import { activationOf, toPublished } from '../../shared/pipeline/order-log.js';
import { G } from '../../shared/core/features/groups.js';
import { ALERTS_MAX } from '../../shared/core/alerts/lifecycle.js';
import { createDriver, rulebookWith, type Driver } from '../support/pipeline-driver.js';
import { steadyModel } from '../support/model.js';
import { alertFeedback, day, every, line, order, ordersOn } from '../support/events.js';
import { steady, steadyDriver, two, windowEndDay } from '../support/steady-customer.js';

/** A model that affords so few false alarms about silences. */
const strictModel = (falseAlarmsPerYear: number) => {
  const { silence } = uncalibratedAlerts;
  const customer = { ...silence.customer, falseAlarmsPerYear };
  return steadyModel({
    alerts: { ...uncalibratedAlerts, silence: { ...silence, customer } },
  });
};

const shortLived = rulebookWith({ alerts: { ...builtinRulebook.alerts, lifeDays: 21 } });

/** Ticks until the alert about a silence expires; returns the day. */
const untilExpired = (driver: Driver): number => {
  for (let on = 365; on < 364 + 300; on += 1) {
    driver.tickOn(on);
    if (driver.takeAlerts().some(({ status }) => status === 'expired')) return on;
  }
  throw new Error('no alert expired');
};

/** A silence whose alert people close, and what is reported in the weeks after the cooldown. */
const closedAs = (status: 'dismissed' | 'won' | 'lost') => {
  const driver = steadyDriver();
  driver.tickThrough(365, 385);
  const alertId = driver.takeAlerts()[0]?.alertId ?? '';
  driver.when(alertFeedback({ alertId, status, occurredAtMs: day(386) }));
  driver.take();
  const endOn = 386 + builtinRulebook.alerts.cooldownDays;
  driver.tickThrough(386, endOn + 60);
  return { alertId, again: driver.takeAlerts() };
};

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
    const model = strictModel(1e-6);
    const driver = steadyDriver({ model, isModelActive: false });
    driver.tickThrough(365, 385);
    expect(driver.takeAlerts()[0]?.kind).toBe('overdue');
    driver.when(activationOf(toPublished('model', model), day(385)));
    driver.tickThrough(386, 400);
    expect(driver.takeAlerts().map(({ status }) => status)).not.toContain('withdrawn');
    expect(driver.customer('c')?.standing.alerts).toHaveLength(1);
  });

  it('that expired is not raised anew by a stricter model, but the next one is', () => {
    const model = strictModel(1e-9);
    const driver = steadyDriver({ model, isModelActive: false, rulebook: shortLived });
    const expiredOn = untilExpired(driver);
    driver.when(activationOf(toPublished('model', model), day(expiredOn)));
    driver.tickThrough(expiredOn + 1, expiredOn + 28);
    expect(driver.takeAlerts()).toEqual([]);
    const backOn = expiredOn + 29;
    const goneOn = backOn + 7 * 52;
    driver.play(backOn, goneOn + 200, ordersOn(every(7, backOn, goneOn), { lines: two }));
    expect(driver.takeAlerts()[0]).toMatchObject({ level: 'customer', status: 'raised' });
  });

  it.each(['dismissed', 'lost'] as const)('that people %s is not raised anew', (status) => {
    const { again } = closedAs(status);
    expect(again).toEqual([]);
  });

  it('that people called won is raised anew when nothing was bought through the cooldown', () => {
    const { alertId, again } = closedAs('won');
    expect(again[0]).toMatchObject({ alertId, status: 'raised' });
  });

  it('is raised though the expired ones that are remembered are as many as may be', () => {
    const driver = steadyDriver();
    const customer = driver.customer('c');
    const scopeId = customer?.groups[G.groupId] ?? -1;
    const expired = {
      level: 'product_group',
      kind: 'overdue',
      scopeId,
      status: 'expired',
      fromMs: day(364),
      toMs: day(364),
      expected: { expectedMinor: 0, lower80Minor: 0, upper80Minor: 0 },
      actualMinor: 0,
      snoozedUntilMs: null,
    } as const;
    customer?.standing.alerts.push(
      ...Array.from({ length: ALERTS_MAX }, (_, i) => ({ ...expired, alertId: String(i) })),
    );
    driver.tickThrough(365, 385);
    expect(driver.takeAlerts()[0]).toMatchObject({ level: 'customer', status: 'raised' });
    const ids = customer?.standing.alerts.map(({ alertId }) => alertId);
    expect(ids).toHaveLength(ALERTS_MAX);
    expect(ids).not.toContain('0');
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
