/** The clock's metrics. */
import type { Metrics } from '../../shared/observability/metrics.js';
import type { ClockState } from './ticker.js';

const MS_PER_SECOND = 1_000;

/** Defines the metrics and returns what the clock reports to. */
export const createClockMetrics = (metrics: Metrics) => {
  const ticks = metrics.counter({
    name: 'kundenpuls_clock_ticks_total',
    help: 'Ticks written, one counted for all partitions',
  });
  const skipped = metrics.counter({
    name: 'kundenpuls_clock_ticks_skipped_total',
    help: 'Intervals without a tick, since no clock ran or none could write',
  });
  const last = metrics.gauge({
    name: 'kundenpuls_clock_last_tick_seconds',
    help: 'Time of the last tick this clock wrote, Unix seconds',
  });
  const leading = metrics.gauge({
    name: 'kundenpuls_clock_leading',
    help: '1 while this clock writes the ticks, 0 while it starts or stands by',
  });
  const troubles = metrics.counter({
    name: 'kundenpuls_clock_troubles_total',
    help: 'Failures to open or write, each tried again',
  });
  return {
    ticked: (tickAtMs: number, skippedTicks: number): void => {
      ticks.inc();
      last.set(tickAtMs / MS_PER_SECOND);
      if (skippedTicks > 0) skipped.inc(skippedTicks);
    },
    state: (state: ClockState): void => {
      leading.set(state === 'leading' ? 1 : 0);
    },
    trouble: (): void => {
      troubles.inc();
    },
  };
};
