/** The simulator's metrics. */
import { MS_PER_DAY } from '../../shared/core/features/vector.js';
import type { Metrics } from '../../shared/observability/metrics.js';

const MS_PER_SECOND = 1_000;

/** Defines the metrics and returns what the simulation reports to. */
export const createSimulatorMetrics = (metrics: Metrics, startMs: number) => {
  const orders = metrics.counter({
    name: 'kundenpuls_simulator_orders_total',
    help: 'Order events published, repeats and versions counted',
  });
  const time = metrics.gauge({
    name: 'kundenpuls_simulator_time_seconds',
    help: 'Time of the simulated business, Unix seconds',
  });
  const live = metrics.gauge({
    name: 'kundenpuls_simulator_live',
    help: '1 when the history is published and the pace holds',
  });
  return {
    day: (day: number, count: number, isHistory: boolean): void => {
      orders.inc(count);
      time.set((startMs + (day + 1) * MS_PER_DAY) / MS_PER_SECOND);
      live.set(isHistory ? 0 : 1);
    },
  };
};
