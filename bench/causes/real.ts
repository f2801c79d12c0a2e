/**
 * How sensitive alerts are on real orders: troubles are planted into the wholesaler's file and the run is
 * compared with one of the untouched file. What real trouble there was in it stays in both, so that an
 * alert about a customer in whom nothing was planted is not false: nobody knows.
 */
import type { OrderEvent } from '../../shared/core/contract.generated.js';
import { MS_PER_DAY } from '../../shared/core/features/vector.js';
import { builtinRulebook } from '../../shared/core/rulebook/rulebook.js';
import { readOnlineRetail } from '../backtest/datasets/online-retail.js';
import { applyTroubles, plantTroubles, type PlantedTrouble } from './plant-real.js';
import { runEvents, type Alert, type EventsRun, type Training } from './run-business.js';

const FIRST_TRAINING_DAY = 237;
const TRAINING_DAYS = 28;
/** From here on there are closed quarters enough to learn what healthy customers look like. */
const ONSET_FROM_DAY = 252;
const ONSET_TO_DAY = 294;
/** Customers who bought within so many days before the first onset count as active. */
const ACTIVE_DAYS = 182;
/** A trouble counts as visible from so many days on which its scope was really bought, and this money. */
export const REAL_SEEN_DAYS_MIN = 3;
export const REAL_SEEN_LOST_MIN_MINOR = 50_000;

/** A planted trouble, the alert that found it, and whether the untouched orders raised one as well. */
export type RealCase = PlantedTrouble & {
  readonly alert: Alert | null;
  readonly isRaisedAnyway: boolean;
  readonly canBeSeen: boolean;
};

export type RealScore = {
  readonly cases: readonly RealCase[];
  /** Alerts about customers in whom nothing was planted, and those customers; sums over the draws. */
  readonly others: { readonly customers: number; readonly alerts: number };
  /** The same of the untouched file. */
  readonly untouched: { readonly customers: number; readonly alerts: number };
  /** Share that never bought again: of untouched customers with an alert, and of all active on those days. */
  readonly goneAlerted: number;
  readonly goneOfAll: number;
  readonly weeks: number;
};

export type RealOptions = {
  readonly folder: string;
  readonly seed: number;
  readonly draws: number;
  readonly each: number;
  readonly onTraining: (training: Training) => void;
};

type Orders = {
  readonly events: readonly OrderEvent[];
  readonly startMs: number;
  readonly days: number;
  readonly currency: string;
};

const runOrders = (
  { events, startMs, days, currency }: Orders,
  onTraining: RealOptions['onTraining'],
): EventsRun => {
  const byDay = new Map<number, OrderEvent[]>();
  for (const event of events) {
    const day = Math.floor((event.orderedAtMs - startMs) / MS_PER_DAY);
    const known = byDay.get(day);
    if (known === undefined) byDay.set(day, [event]);
    else known.push(event);
  }
  return runEvents({
    startMs,
    days,
    eventsOf: (day) =>
      (byDay.get(day) ?? []).map((event) => ({ type: 'OrderEvent', event }) as const),
    firstTrainingDay: FIRST_TRAINING_DAY,
    trainingEveryDays: TRAINING_DAYS,
    onTraining,
    rulebook: { ...builtinRulebook, reportingCurrency: currency },
  });
};

const alertOf = (
  { raised }: EventsRun,
  { customerId, onsetDay, group }: PlantedTrouble,
): Alert | null =>
  raised.find(
    (alert) =>
      alert.customerId === customerId &&
      alert.day >= onsetDay &&
      (group === '' || alert.level !== 'product_group' || alert.scope === group),
  ) ?? null;

const toCase = (trouble: PlantedTrouble, run: EventsRun, untouched: EventsRun): RealCase => ({
  ...trouble,
  alert: alertOf(run, trouble),
  isRaisedAnyway: alertOf(untouched, trouble) !== null,
  canBeSeen:
    trouble.keptDays >= REAL_SEEN_DAYS_MIN && trouble.lostMinor >= REAL_SEEN_LOST_MIN_MINOR,
});

/** Customers who bought in the half year before a day. */
const activeAt = ({ revenue }: EventsRun, day: number): readonly string[] =>
  [...revenue].flatMap(([customerId, days]) =>
    [...days].some(([at, minor]) => minor > 0 && at < day && at >= day - ACTIVE_DAYS)
      ? [customerId]
      : [],
  );

const alertsOf = ({ raised }: EventsRun, customers: ReadonlySet<string>): readonly Alert[] =>
  raised.filter(({ day, customerId }) => day >= ONSET_FROM_DAY && customers.has(customerId));

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Whether customers with an alert came back less often than the others of that day. */
const goneAfter = (run: EventsRun, alerts: readonly Alert[]) => {
  const isGone = (customerId: string, day: number): boolean =>
    ![...(run.revenue.get(customerId) ?? [])].some(([at, minor]) => minor > 0 && at > day);
  const share = (customers: readonly string[], day: number): number =>
    meanOf(customers.map((customerId) => (isGone(customerId, day) ? 1 : 0)));
  return {
    goneAlerted: meanOf(alerts.map(({ customerId, day }) => (isGone(customerId, day) ? 1 : 0))),
    goneOfAll: meanOf(alerts.map(({ day }) => share(activeAt(run, day), day))),
  };
};

/** Runs the untouched file once and a planted one per draw. */
export const scoreReal = ({ folder, seed, draws, each, onTraining }: RealOptions): RealScore => {
  const { events, firstMs: startMs, untilMs, currency } = readOnlineRetail(folder);
  const days = Math.round((untilMs - startMs) / MS_PER_DAY);
  const orders: Orders = { events: [...events], startMs, days, currency };
  const untouched = runOrders(orders, onTraining);
  const active = activeAt(untouched, ONSET_FROM_DAY);
  const cases: RealCase[] = [];
  let customers = 0;
  let alerts = 0;
  for (let draw = 0; draw < draws; draw += 1) {
    const onsets = { onsetFromDay: ONSET_FROM_DAY, onsetToDay: ONSET_TO_DAY };
    const asked = { seed: seed + draw, each, startMs, ...onsets };
    const planted = plantTroubles(orders.events, asked);
    const run = runOrders(
      { ...orders, events: applyTroubles(orders.events, planted, startMs) },
      onTraining,
    );
    cases.push(...planted.map((trouble) => toCase(trouble, run, untouched)));
    const troubled = new Set(planted.map(({ customerId }) => customerId));
    const others = new Set(active.filter((customerId) => !troubled.has(customerId)));
    customers += others.size;
    alerts += alertsOf(run, others).length;
  }
  const own = alertsOf(untouched, new Set(active));
  return {
    cases,
    others: { customers, alerts },
    untouched: { customers: active.length, alerts: own.length },
    ...goneAfter(untouched, own),
    weeks: (days - ONSET_FROM_DAY) / 7,
  };
};
