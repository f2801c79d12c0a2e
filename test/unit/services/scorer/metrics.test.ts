/** What the scorer reports of its outputs' age and of its forecasts, as a scrape shows it. */
import { createLog } from '../../../../shared/observability/log.js';
import { createMetrics } from '../../../../shared/observability/metrics.js';
import { createScorerEvents } from '../../../../services/scorer/metrics.js';

const log = createLog({ service: 'test', level: 'error', destination: { write: () => undefined } });
const NOW_MS = 1_000_000;

const open = () => {
  const metrics = createMetrics({ service: 'test' });
  const events = createScorerEvents(metrics, log, () => NOW_MS);
  const valueOf = async (series: string, labels: Readonly<Record<string, string>> = {}) => {
    const all = await metrics.registry.getMetricsAsJSON();
    return all
      .flatMap(({ name, values }) =>
        (values as readonly Value[]).map((value) => ({
          series: value.metricName ?? name,
          ...value,
        })),
      )
      .find(
        (value) =>
          value.series === series &&
          Object.entries(labels).every(([key, text]) => String(value.labels[key]) === text),
      )?.value;
  };
  return { events, valueOf };
};

type Value = {
  readonly metricName?: string;
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
};

describe('the scorer metrics', () => {
  it('add up closed periods by where the actual lay in the interval', async () => {
    const { events, valueOf } = open();
    const expected = { expectedMinor: 1_000, lower80Minor: 500, upper80Minor: 2_000 };
    for (const actualMinor of [400, 500, 2_000, 2_001, -50]) {
      events.periodClosed({ ...expected, actualMinor });
    }
    const periods = 'kundenpuls_scorer_forecast_periods_total';
    expect(await valueOf(periods, { interval: 'below' })).toBe(2);
    expect(await valueOf(periods, { interval: 'within' })).toBe(2);
    expect(await valueOf(periods, { interval: 'above' })).toBe(1);
    expect(await valueOf('kundenpuls_scorer_forecast_expected_minor_total')).toBe(5_000);
    expect(await valueOf('kundenpuls_scorer_forecast_actual_minor_total')).toBe(4_901);
    expect(await valueOf('kundenpuls_scorer_forecast_absolute_error_minor_total')).toBe(
      600 + 500 + 1_000 + 1_001 + 1_050,
    );
  });

  it('measure the age of outputs once a source record, where it is known', async () => {
    const { events, valueOf } = open();
    const entry = { output: 0, key: null, value: null };
    events.published(
      0,
      [
        { ...entry, offset: 7, ordinal: 1, sourceAtMs: NOW_MS - 40 },
        { ...entry, offset: 7, ordinal: 2, sourceAtMs: NOW_MS - 40 },
        { ...entry, offset: 8, ordinal: 1, sourceAtMs: NOW_MS - 2_000 },
        { ...entry, offset: 9, ordinal: 1 },
      ],
      5,
    );
    const latency = 'kundenpuls_scorer_output_latency_seconds';
    expect(await valueOf(`${latency}_count`)).toBe(2);
    expect(await valueOf(`${latency}_bucket`, { le: '0.05' })).toBe(1);
    expect(await valueOf(`${latency}_bucket`, { le: '2.5' })).toBe(2);
  });

  it('show troubles from 0, so that the first one is an increase', async () => {
    const { valueOf } = open();
    expect(await valueOf('kundenpuls_scorer_troubles_total', { kind: 'rollback' })).toBe(0);
  });
});
