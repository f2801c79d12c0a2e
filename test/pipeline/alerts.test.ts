import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import type { UnderPerformanceAlert } from '../../shared/core/contract.generated.js';
import type { CustomerEvent } from '../../shared/core/engine/input-event.js';
import { uncalibratedAlerts } from '../../shared/core/models/artefact.js';
import { TAIL_PROBABILITIES } from '../../shared/core/models/tail-table.js';
import { builtinRulebook } from '../../shared/core/rulebook/rulebook.js';
import { createDriver, rulebookWith, type Driver } from '../support/pipeline-driver.js';
import { steadyModel } from '../support/model.js';
import { steadyDriver, two, windowEndDay } from '../support/steady-customer.js';
import { alertFeedback, day, every, line, order, ordersOn } from '../support/events.js';

/** Orders weekly but smaller: what a customer does who buys a part of it elsewhere. */
const shrunk = (fromDay: number, toDay: number, share: number): readonly CustomerEvent[] =>
  ordersOn(every(7, fromDay, toDay), {
    lines: two.map((one) => ({ ...one, netAmountMinor: Math.round(one.netAmountMinor * share) })),
  });

describe('a comparison period', () => {
  it('that closes in line with its forecast raises nothing', () => {
    const driver = steadyDriver();
    const end = windowEndDay(driver);
    driver.play(365, end + 1, ordersOn(every(7, 371, end), { lines: two }));
    expect(driver.takeAlerts()).toEqual([]);
    expect(windowEndDay(driver)).toBeGreaterThan(end);
  });

  it('that closes far behind its forecast raises one alert, of the whole customer', () => {
    const driver = steadyDriver();
    const end = windowEndDay(driver);
    const window = driver.customer('c')?.standing.window;
    driver.play(365, end + 1, shrunk(371, end, 0.1));
    const [alert, ...more] = driver.takeAlerts();
    expect(more).toEqual([]);
    expect(alert).toMatchObject({
      customerId: 'c',
      level: 'customer',
      kind: 'behind_forecast',
      scope: '',
      status: 'raised',
      periodFromMs: window?.fromMs,
      periodToMs: window?.toMs,
      expectedMinor: window?.total.expectedMinor,
      modelVersion: 'steady-1',
    });
    expect(alert?.shortfallMinor).toBe((alert?.expectedMinor ?? 0) - (alert?.actualMinor ?? 0));
    expect(alert?.actualMinor).toBeLessThan(alert?.lower80Minor ?? 0);
    const weights = alert?.causes.reduce((sum, { weight }) => sum + weight, 0);
    expect(weights).toBeCloseTo(1, 9);
  });

  it('in which one product group falls silent raises an alert of that group only', () => {
    const driver = steadyDriver();
    const end = windowEndDay(driver);
    const [parts] = two;
    const lines = parts === undefined ? [] : [parts];
    driver.play(365, end + 1, ordersOn(every(7, 371, end), { lines }));
    const alerts = driver.takeAlerts();
    expect(new Set(alerts.map(({ alertId }) => alertId)).size).toBe(1);
    expect(alerts[0]).toMatchObject({ level: 'product_group', scope: 'consumables' });
    // At first it may be chance; with every order day more without the group it is less so.
    const lossOf = ({ causes }: UnderPerformanceAlert): number =>
      causes.find(({ code }) => code === 'competitor_loss')?.weight ?? 0;
    const weights = alerts.map(lossOf);
    expect(weights).toEqual([...weights].sort((a, b) => a - b));
    expect(weights[0]).toBeLessThan(0.5);
    expect(alerts.at(-1)?.causes[0]?.code).toBe('competitor_loss');
  });

  it('explains nothing by a missing offer of what was bought unasked', () => {
    const driver = steadyDriver();
    driver.given({
      type: 'ProductOffered',
      event: {
        eventId: 'offer-1',
        occurredAtMs: day(364),
        customerId: 'c',
        productGroup: 'tooling',
        sku: null,
      },
    });
    const end = windowEndDay(driver);
    driver.play(365, end + 1, ordersOn(every(7, 371, end), { lines: two.slice(0, 1) }));
    const causes = driver.takeAlerts()[0]?.causes ?? [];
    const weightOf = (code: string): number =>
      causes.find((cause) => cause.code === code)?.weight ?? 0;
    expect(weightOf('unknown')).toBeGreaterThan(weightOf('never_offered'));
  });

  it('in which one product is replaced raises an alert of that product', () => {
    const lines = [
      line({ lineId: '1', sku: 'filter', netAmountMinor: 100_000 }),
      line({ lineId: '2', sku: 'belt', netAmountMinor: 100_000 }),
      line({ lineId: '3', sku: 'pump', netAmountMinor: 400_000 }),
    ];
    const driver = createDriver({ model: steadyModel() });
    driver.given(...ordersOn(every(7, 0, 364), { lines })).tickOn(364);
    driver.take();
    const end = windowEndDay(driver);
    driver.play(365, end + 1, ordersOn(every(7, 371, end), { lines: lines.slice(1) }));
    expect(driver.takeAlerts()).toMatchObject([
      { level: 'product', scope: 'filter', kind: 'behind_forecast', actualMinor: 0 },
    ]);
  });

  it('of small money raises nothing, however far behind', () => {
    const cents = [line({ netAmountMinor: 500 })];
    const driver = createDriver({ model: steadyModel() });
    driver.play(0, 600, ordersOn(every(7, 0, 364), { lines: cents }));
    expect(driver.takeAlerts()).toEqual([]);
  });

  it('in a falling market is judged by the market, not by the customer', () => {
    const fallen = steadyDriver({ model: steadyModel({ marketLevel: 0.4 }) });
    const end = windowEndDay(fallen);
    fallen.play(365, end + 1, shrunk(371, end, 0.3));
    expect(fallen.takeAlerts()).toEqual([]);
    const level = steadyDriver();
    level.play(365, end + 1, shrunk(371, end, 0.3));
    expect(level.takeAlerts()).toHaveLength(1);
  });
});

describe('weeks up to now', () => {
  /** Healthy customers that vary as the formula says. */
  const learned = {
    scores: TAIL_PROBABILITIES.map((p) => (p === 1 ? 20 : normalQuantile(p, 0, 1))),
    rows: 5_000,
    probabilityMax: 0.02,
  };
  const calibrated = (weeks: readonly number[]) =>
    steadyModel({
      alerts: {
        ...uncalibratedAlerts,
        shortfall: { customer: learned, product_group: learned, product: learned },
        trailing: weeks.map((length) => ({ weeks: length, ...learned })),
      },
    });
  const raisedBy = (
    weeks: readonly number[],
    toDay: number,
    orders: readonly CustomerEvent[],
  ): readonly UnderPerformanceAlert[] => {
    const driver = steadyDriver({ model: calibrated(weeks) });
    driver.play(365, toDay, orders);
    return driver.takeAlerts().filter(({ status }) => status === 'raised');
  };
  const lengthDays = ({ periodFromMs, periodToMs }: UnderPerformanceAlert): number =>
    (periodToMs - periodFromMs) / 86_400_000;

  it('show a sudden loss before its period ends', () => {
    const end = windowEndDay(steadyDriver());
    const lost = shrunk(371, end, 0.1);
    expect(raisedBy([], end - 3, lost)).toEqual([]);
    const raised = raisedBy([6], end - 3, lost);
    expect(raised).toMatchObject([{ level: 'customer', kind: 'behind_forecast' }]);
    expect(raised.map(lengthDays)).toEqual([42]);
    expect(raised[0]?.tailProbability).toBeLessThanOrEqual(0.02);
  });

  it('show a slow decline before a period does, whose forecast follows it', () => {
    const toDay = 364 + 7 * 60;
    // Two per cent less every week.
    const fading = every(7, 371, toDay).flatMap((onDay) =>
      shrunk(onDay, onDay + 1, 0.98 ** ((onDay - 364) / 7)),
    );
    const [byPeriods] = raisedBy([], toDay, fading);
    const raised = raisedBy([26], toDay, fading);
    expect(raised.map(lengthDays)).toEqual([182]);
    expect(raised[0]?.asOfMs).toBeLessThan(byPeriods?.asOfMs ?? 0);
  });

  it('show nothing of a customer who goes on', () => {
    const driver = steadyDriver({ model: calibrated([6, 13, 26]) });
    driver.play(365, 364 + 7 * 60, ordersOn(every(7, 371, 364 + 7 * 60), { lines: two }));
    expect(driver.takeAlerts()).toEqual([]);
  });
});

describe('an alert that a period raised', () => {
  const raised = (): { driver: Driver; alertId: string; end: number } => {
    const driver = steadyDriver();
    const end = windowEndDay(driver);
    driver.play(365, end + 1, shrunk(371, end, 0.1));
    const alertId = driver.takeAlerts()[0]?.alertId ?? '';
    driver.take();
    return { driver, alertId, end };
  };
  const lateOrder = (end: number, netAmountMinor: number): CustomerEvent =>
    order({
      orderId: 'late',
      orderedAtMs: day(end - 10),
      occurredAtMs: day(end + 2),
      lines: [line({ netAmountMinor })],
    });

  it('is withdrawn when a late order undoes its cause', () => {
    const { driver, alertId, end } = raised();
    driver.when(lateOrder(end, 4_000_000));
    driver.tickOn(end + 3);
    expect(driver.takeAlerts()).toMatchObject([{ alertId, status: 'withdrawn' }]);
    expect(driver.customer('c')?.standing.alerts).toEqual([]);
  });

  it('is updated when the shortfall moves by a quarter, and left alone by less', () => {
    const { driver, alertId, end } = raised();
    driver.when(lateOrder(end, 100_000));
    driver.tickOn(end + 3);
    expect(driver.takeAlerts()).toEqual([]);
    driver.when(
      order({
        orderId: 'later',
        orderedAtMs: day(end - 9),
        occurredAtMs: day(end + 4),
        lines: [line({ netAmountMinor: 900_000 })],
      }),
    );
    driver.tickOn(end + 5);
    expect(driver.takeAlerts()).toMatchObject([{ alertId, status: 'updated' }]);
  });

  it('expires without news', () => {
    const { driver, alertId, end } = raised();
    driver.play(end + 2, end + 400, ordersOn(every(7, end + 2, end + 400), { lines: two }));
    const alerts = driver.takeAlerts().filter((alert) => alert.alertId === alertId);
    expect(alerts.map(({ status }) => status)).toEqual(['expired']);
    expect(alerts[0]?.asOfMs).toBeGreaterThan(
      (alerts[0]?.periodToMs ?? 0) + builtinRulebook.alerts.lifeDays * 86_400_000,
    );
  });

  it('follows what people report, at once', () => {
    const { driver, alertId, end } = raised();
    for (const status of ['acknowledged', 'pursuing'] as const) {
      expect(driver.when(alertFeedback({ alertId, status, occurredAtMs: day(end + 2) }))).toEqual([
        { kind: 'applied' },
      ]);
      expect(driver.takeAlerts()).toMatchObject([{ alertId, status }]);
    }
    driver.tickThrough(end + 2, end + 20);
    driver.andNoMore();
  });

  it('is quiet while snoozed and comes back when the time is over', () => {
    const { driver, alertId, end } = raised();
    driver.when(
      alertFeedback({
        alertId,
        status: 'snoozed',
        snoozedUntilMs: day(end + 30),
        occurredAtMs: day(end + 2),
      }),
    );
    expect(driver.takeAlerts()).toMatchObject([{ alertId, status: 'snoozed' }]);
    driver.play(end + 2, end + 29, ordersOn(every(7, end + 3, end + 29), { lines: two }));
    expect(driver.takeAlerts()).toEqual([]);
    driver.play(end + 30, end + 31, []);
    expect(driver.takeAlerts()).toMatchObject([{ alertId, status: 'updated' }]);
  });

  it.each(['dismissed', 'won', 'lost'] as const)(
    'that was %s stays away for its cooldown, then the scope may be raised anew',
    (status) => {
      const { driver, alertId, end } = raised();
      driver.when(alertFeedback({ alertId, status, occurredAtMs: day(end + 2) }));
      expect(driver.takeAlerts()).toMatchObject([{ alertId, status }]);
      const cooldownEnd = end + 2 + builtinRulebook.alerts.cooldownDays;
      driver.play(end + 3, cooldownEnd - 1);
      expect(driver.takeAlerts().filter(({ level }) => level === 'customer')).toEqual([]);
      driver.play(cooldownEnd, cooldownEnd + 1);
      const again = driver.takeAlerts().filter(({ level }) => level === 'customer');
      expect(again.map((alert) => alert.status)).toEqual(['raised']);
      expect(again[0]?.alertId).not.toBe(alertId);
    },
  );

  it('ignores feedback once it is over, and feedback on what never was', () => {
    const { driver, alertId, end } = raised();
    driver.when(alertFeedback({ alertId, status: 'won', occurredAtMs: day(end + 2) }));
    driver.take();
    expect(
      driver.when(
        alertFeedback({ alertId, status: 'pursuing', occurredAtMs: day(end + 3) }),
        alertFeedback({ alertId: 'ghost', status: 'won', occurredAtMs: day(end + 3) }),
      ),
    ).toEqual([{ kind: 'ignored' }, { kind: 'ignored' }]);
    driver.andNoMore();
  });
});

describe('alerts of one customer', () => {
  it('are never more than the bound, whatever falls silent', () => {
    const lines = Array.from({ length: 60 }, (_, i) =>
      line({ lineId: String(i), sku: `s${String(i)}`, productGroup: `g${String(i)}` }),
    );
    const driver = createDriver({
      model: steadyModel(),
      rulebook: rulebookWith({ alerts: { ...builtinRulebook.alerts, productsMax: 60 } }),
    });
    const big = lines.slice(0, 1).map((one) => ({ ...one, netAmountMinor: 6_000_000 }));
    driver.play(0, 600, [
      ...ordersOn(every(7, 0, 364), { lines }),
      ...ordersOn(every(7, 371, 600), { lines: big }),
    ]);
    expect(driver.customer('c')?.standing.alerts.length).toBeLessThanOrEqual(32);
    expect(driver.takeAlerts().length).toBeGreaterThan(10);
  });
});
