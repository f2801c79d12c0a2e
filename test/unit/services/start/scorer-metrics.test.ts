/** The display reads what prom-client writes, real output included. */
import { createMetrics } from '../../../../shared/observability/metrics.js';
import { parseMetrics, readFigures } from '../../../../services/start/scorer-metrics.js';

describe('the figures of the scorer', () => {
  it('come out of what the metrics library writes', async () => {
    const metrics = createMetrics({ service: 'scorer' });
    const records = metrics.counter({
      name: 'kundenpuls_scorer_records_total',
      help: 'records',
      labels: ['outcome', 'code'],
    });
    records.inc({ outcome: 'applied', code: '' }, 41);
    records.inc({ outcome: 'dead-letter', code: 'not-avro' }, 2);
    const lag = metrics.gauge({
      name: 'kundenpuls_scorer_lag_records',
      help: 'lag',
      labels: ['partition'],
    });
    lag.set({ partition: '0' }, 5);
    lag.set({ partition: '1' }, 7);
    const customers = metrics.gauge({
      name: 'kundenpuls_scorer_customers',
      help: 'customers',
      labels: ['segment'],
    });
    customers.set({ segment: 'KA' }, 3);
    const figures = readFigures(await metrics.registry.metrics());
    expect(figures).toEqual({
      recordsTotal: 43,
      deadLetters: 2,
      lagRecords: 12,
      customersBySegment: new Map([['KA', 3]]),
    });
  });

  it('are zero while nothing was scored', () => {
    expect(readFigures('').recordsTotal).toBe(0);
  });

  it('leave comments and blank lines alone', () => {
    expect(parseMetrics('# HELP a b\n\na_total 1.5e3\n')).toEqual([
      { name: 'a_total', labels: {}, value: 1500 },
    ]);
  });
});
