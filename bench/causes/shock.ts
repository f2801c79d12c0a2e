/**
 * A fall of the market by 40 % in half the territories within two weeks: does the forecast's level adapt,
 * is the market recognised as falling, and how many alerts go out meanwhile.
 */
import { MS_PER_DAY } from '../../shared/core/features/vector.js';
import { forecastCustomer } from '../../shared/core/models/forecast.js';
import { snapshotsAt } from '../../shared/core/models/fit.js';
import type { CustomerHistory } from '../../shared/core/models/history.js';
import type { BusinessRun } from './run-business.js';

export const SHOCK = { rampDays: 14, depth: 0.4, territoryShare: 0.5 } as const;
const WEEK_DAYS = 7;
const HORIZON_DAYS = 28;
const FALLING_BELOW = 0.9;

export type ShockScore = {
  /** Forecast over actual of the four weeks after each training, and the market's level, by days since. */
  readonly levels: readonly {
    readonly days: number;
    readonly ratio: number;
    readonly marketLevel: number;
  }[];
  /** Days from the shock to the first model in force that calls the market falling; null when none did. */
  readonly recognisedDays: number | null;
  /** Alerts a week in the half year before the shock, and in the weeks after it. */
  readonly alertsBefore: number;
  readonly alertsAfter: readonly number[];
};

/** Histories made of what was remembered of a run: daily revenue is all that a level needs. */
const historiesOf = ({ revenue }: BusinessRun, startMs: number): readonly CustomerHistory[] =>
  [...revenue].map(([customerId, days]) => ({
    customerId,
    documents: [...days]
      .sort(([a], [b]) => a - b)
      .map(([day, netMinor]) => ({
        orderHash: day,
        isReturn: netMinor < 0,
        isForwarded: false,
        version: 1,
        orderedAtMs: startMs + day * MS_PER_DAY,
        lines: [{ skuId: 0, groupId: 0, quantityMilli: 1000, netMinor }],
      })),
  }));

const revenueBetween = ({ revenue }: BusinessRun, fromDay: number, toDay: number): number => {
  let sum = 0;
  for (const days of revenue.values()) {
    for (const [day, minor] of days) if (day >= fromDay && day < toDay) sum += minor;
  }
  return sum;
};

/** Scores a run whose market fell at a day. */
export const scoreShock = (
  run: BusinessRun,
  {
    startMs,
    shockDay,
    days,
  }: { readonly startMs: number; readonly shockDay: number; readonly days: number },
): ShockScore => {
  const histories = historiesOf(run, startMs);
  const levels = run.trainings
    .filter(({ day }) => day >= shockDay - 2 * HORIZON_DAYS && day + HORIZON_DAYS < days)
    .map(({ day, model }) => {
      const asOfMs = startMs + (day + 1) * MS_PER_DAY;
      const forecast = snapshotsAt(histories, asOfMs).reduce((sum, { vector }) => {
        const asked = { vector, groups: [], asOfMs, horizonDays: HORIZON_DAYS, model };
        return sum + forecastCustomer(asked).expectedMinor;
      }, 0);
      const actual = revenueBetween(run, day + 1, day + 1 + HORIZON_DAYS);
      return {
        days: day - shockDay,
        ratio: forecast / Math.max(1, actual),
        marketLevel: model.marketLevel,
      };
    });
  const recognised = run.trainings.find(
    ({ day, model }) =>
      day >= shockDay && model.report.grade !== 'C' && model.marketLevel < FALLING_BELOW,
  );
  const weekly = (fromDay: number): number =>
    run.raised.filter(({ day }) => day >= fromDay && day < fromDay + WEEK_DAYS).length;
  const before = Array.from({ length: 26 }, (_, i) => weekly(shockDay - (i + 1) * WEEK_DAYS));
  return {
    levels,
    recognisedDays: recognised === undefined ? null : recognised.day - shockDay,
    alertsBefore: before.reduce((sum, count) => sum + count, 0) / before.length,
    alertsAfter: Array.from({ length: Math.floor((days - shockDay) / WEEK_DAYS) }, (_, i) =>
      weekly(shockDay + i * WEEK_DAYS),
    ),
  };
};
