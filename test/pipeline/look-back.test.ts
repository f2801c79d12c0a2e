import type { BroadcastEvent } from '../../shared/core/engine/input-event.js';
import { builtinModel } from '../../shared/core/models/artefact.js';
import { createDriver } from '../support/pipeline-driver.js';
import { steadyModel } from '../support/model.js';
import { day, every, line, ordersOn } from '../support/events.js';

const WINDOW_MS = 91 * 86_400_000;
const trained = steadyModel({ report: { ...builtinModel.report, grade: 'A' } });
const activate: BroadcastEvent = {
  type: 'ArtefactActivated',
  event: {
    eventId: 'activate',
    occurredAtMs: day(460),
    kind: 'model',
    version: trained.version,
    sha256: '',
  },
};

/** A year of weekly orders, then hardly any; the trained model comes only then. */
const driverBefore = (share: number) => {
  const driver = createDriver({ model: trained, isModelActive: false });
  driver.play(0, 460, [
    ...ordersOn(every(7, 0, 280), { lines: [line({ netAmountMinor: 400_000 })] }),
    ...ordersOn(every(7, 287, 460), { lines: [line({ netAmountMinor: 400_000 * share })] }),
  ]);
  expect(driver.takeAlerts().filter(({ kind }) => kind === 'behind_forecast')).toEqual([]);
  driver.take();
  return driver;
};

describe('the first trained model', () => {
  it('says at once who was behind in the period that ended last', () => {
    const driver = driverBefore(0.05);
    driver.when(activate);
    driver.tickOn(460);
    const [alert, ...more] = driver.takeAlerts();
    expect(more).toEqual([]);
    expect(alert).toMatchObject({ kind: 'behind_forecast', level: 'customer', status: 'raised' });
    const { periodFromMs = 0, periodToMs = 0 } = alert ?? {};
    expect(periodToMs - periodFromMs).toBe(WINDOW_MS);
    expect(periodToMs).toBeLessThanOrEqual(day(461));
    expect(periodToMs).toBeGreaterThan(day(460) - WINDOW_MS);
  });

  it('says nothing of who bought as before', () => {
    const driver = driverBefore(1);
    driver.when(activate);
    driver.tickOn(460);
    expect(driver.takeAlerts()).toEqual([]);
  });

  it('expects of the running period what it would have when that opened, and looks back once', () => {
    const driver = driverBefore(0.05);
    const before = driver.customer('c')?.standing.window;
    driver.when(activate);
    driver.tickOn(460);
    driver.take();
    const after = driver.customer('c')?.standing.window;
    expect(after).toMatchObject({ fromMs: before?.fromMs, toMs: before?.toMs, isTrained: true });
    driver.when(activate);
    driver.tickOn(461);
    expect(driver.takeAlerts()).toEqual([]);
    expect(driver.customer('c')?.standing.window).toEqual(after);
  });
});
