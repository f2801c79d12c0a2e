/** Runs a replay and the back-test on one file of orders, as of the same origin. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { originsFor, toDataset } from '../../bench/backtest/datasets/dataset.js';
import { readOrderFile } from '../../bench/backtest/datasets/order-file.js';
import { METHOD_NAMES, OUR_MEDIAN, OURS, runProtocol } from '../../bench/backtest/protocol.js';
import { runReplay } from '../../services/replay/replay.js';

/** Mean, median, lower and upper bound of the total, minor units, by customer. */
type Totals = ReadonlyMap<string, readonly (number | undefined)[]>;

export type Both = {
  readonly replayed: Totals;
  readonly measured: Totals;
  readonly hasTrees: boolean;
};

/** Asks both for the weeks after the first origin of the file, or after a week of it. */
export const replayAndMeasure = async (
  orders: string,
  {
    out,
    horizonWeeks,
    originWeek,
  }: { readonly out: string; readonly horizonWeeks: number; readonly originWeek?: number },
): Promise<Both> => {
  const source = await readOrderFile(orders);
  const dataset = {
    ...toDataset(source),
    horizonsWeeks: [horizonWeeks],
    firstOriginWeek: originWeek ?? source.firstOriginWeek,
    originStepWeeks: 1_000,
  };
  const [originMs = 0] = originsFor(dataset, horizonWeeks);
  let hasTrees = false;
  const [setting] = runProtocol(dataset, ({ model }) => {
    hasTrees = model.horizons[0]?.trees !== null;
  });
  const cases = setting?.cases ?? [];
  const at = METHOD_NAMES.indexOf(OURS);
  const measured = new Map(
    cases.map((asked) => [
      dataset.histories[asked.customer]?.customerId ?? '',
      [
        asked.forecastsMinor[at],
        asked.forecastsMinor[METHOD_NAMES.indexOf(OUR_MEDIAN)],
        asked.lower80Minor,
        asked.upper80Minor,
      ],
    ]),
  );
  const asOf = new Date(originMs).toISOString();
  await runReplay({ orders, asOf, horizonDays: horizonWeeks * 7, out }, () => undefined);
  const rows: Record<string, string>[] = parse(readFileSync(join(out, 'forecast.csv'), 'utf8'), {
    columns: true,
  });
  const cents = (text = ''): number => Math.round(Number(text) * 100);
  const replayed = new Map(
    rows
      .filter((row) => row['product_group'] === '')
      .map((row) => [
        row['customer_id'] ?? '',
        [
          cents(row['expected_revenue']),
          cents(row['median_revenue']),
          cents(row['lower_80']),
          cents(row['upper_80']),
        ],
      ]),
  );
  return { replayed, measured, hasTrees };
};
