/** A customer who orders the same two products every week of a year, and what tests ask of it. */
import { createDriver, type Driver } from './pipeline-driver.js';
import { steadyModel } from './model.js';
import { day, every, line, ordersOn } from './events.js';

export const two = [
  line({ sku: 'filter', productGroup: 'spare-parts', netAmountMinor: 150_000 }),
  line({ lineId: '2', sku: 'oil', productGroup: 'consumables', netAmountMinor: 100_000 }),
];
export const steady = ordersOn(every(7, 0, 364), { lines: two });

/** A year of weekly orders; the first tick at its end opens the first period. */
export const steadyDriver = (options: Parameters<typeof createDriver>[0] = {}): Driver => {
  const driver = createDriver({ model: steadyModel(), ...options });
  driver.given(...steady).tickOn(364);
  driver.take();
  return driver;
};

/** Day at the end of which the running period of customer c is over. */
export const windowEndDay = (driver: Driver): number => {
  const toMs = driver.customer('c')?.standing.window?.toMs ?? 0;
  return Math.ceil((toMs - day(0)) / 86_400_000);
};
