/** The live forecast error looks at the periods that the engine closes, with the revenue it sees. */
import { closedPeriod } from '../../shared/pipeline/closed-period.js';
import { day, line, ordersOn } from '../support/events.js';
import { createDriver } from '../support/pipeline-driver.js';

const EXPECTED = { expectedMinor: 30_000, lower80Minor: 10_000, upper80Minor: 50_000 };

const customerWith = (isTrained: boolean) => {
  const driver = createDriver();
  driver.given(...ordersOn([0, 10, 20, 30], { lines: [line({ netAmountMinor: 7_000 })] }));
  const [customer] = driver.log.partitions.flatMap(({ customers }) => [...customers.values()]);
  if (customer === undefined) throw new Error('no customer was scored');
  customer.standing.window = {
    fromMs: day(5),
    toMs: day(25),
    total: EXPECTED,
    groups: [],
    isTrained,
  };
  return customer;
};

describe('closedPeriod', () => {
  it('compares the forecast with the net revenue of the period', () => {
    expect(closedPeriod(customerWith(true), day(25))).toEqual({ ...EXPECTED, actualMinor: 14_000 });
  });

  it('is silent before the period ends', () => {
    expect(closedPeriod(customerWith(true), day(25) - 1)).toBeNull();
  });

  it('is silent about what the built-in model expects', () => {
    expect(closedPeriod(customerWith(false), day(40))).toBeNull();
  });
});
