/** Settings of the simulated business. */
import { integerSetting, numberSetting, textSetting } from './setting.js';

export const simulatorGroup = {
  customers: integerSetting({
    variable: 'SIMULATOR_CUSTOMERS',
    description: 'Customers of the simulated business',
    unit: 'customers',
    min: 1,
    max: 10_000_000,
    defaultValue: 2_000,
  }),
  ordersPerSecond: numberSetting({
    variable: 'SIMULATOR_ORDERS_PER_SECOND',
    description: 'Orders published per second',
    unit: 'orders/s',
    min: 0.01,
    max: 1_000_000,
    defaultValue: 50,
  }),
  seed: integerSetting({
    variable: 'SIMULATOR_SEED',
    description: 'Seed: the same seed gives the same business',
    unit: '',
    min: 0,
    max: 2 ** 31 - 1,
    defaultValue: 1,
  }),
  startDate: textSetting({
    variable: 'SIMULATOR_START',
    description: 'First day of the simulated business (UTC)',
    defaultText: '2024-01-01',
    pattern: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/,
    range: 'a date such as 2024-01-01',
  }),
  historyDays: integerSetting({
    variable: 'SIMULATOR_HISTORY_DAYS',
    description: 'Days that are published as fast as it goes before the pace sets in',
    unit: 'days',
    min: 0,
    max: 36_500,
    defaultValue: 540,
  }),
};
