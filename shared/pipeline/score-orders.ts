/**
 * Scores orders as of a time, as a log in four acts: the rulebook and the first part of the history;
 * a model fitted on it, so that expectations are trained when the comparison periods open that have
 * closed by the as-of time; the rest of the history; and the model fitted on all that was known then,
 * with ticks until nobody is due. Replay applies the log in memory and `stream` publishes it.
 */
import type { OrderEvent, RatesOfDay } from '../core/contract.generated.js';
import { TICK_CUSTOMERS_MAX } from '../core/engine/tick.js';
import { rateOn, setRate, type RateTable } from '../core/engine/rates.js';
import { MS_PER_DAY, MS_PER_WEEK } from '../core/features/vector.js';
import type { ModelArtefact } from '../core/models/artefact.js';
import { fitModel } from '../core/models/fit.js';
import type { RunJobs } from '../core/models/jobs.js';
import type { Rulebook } from '../core/rulebook/rulebook.js';
import { createHistoryBuilder, type HistoryBuilder } from './histories.js';
import {
  activationOf,
  endOfDayMs,
  tickOf,
  toPublished,
  withRates,
  withTicks,
  type LogEvent,
  type PublishedArtefact,
} from './order-log.js';

/** An artefact stands before the record that activates it. */
export type ScoreStep =
  | { readonly kind: 'rulebook'; readonly published: PublishedArtefact; readonly content: Rulebook }
  | {
      readonly kind: 'model';
      readonly published: PublishedArtefact;
      readonly content: ModelArtefact;
    }
  | { readonly kind: 'event'; readonly event: LogEvent };

export type ScoreOptions = {
  /** Orders before the as-of time, by time. */
  readonly orders: Iterable<OrderEvent>;
  readonly asOfMs: number;
  readonly rulebook: Rulebook;
  /** By day; orders in other currencies than the reporting one need a rate of their day or before. */
  readonly rates: readonly RatesOfDay[];
  /** How independent parts of the training are run; one after the other where it is not given. */
  readonly runJobs?: RunJobs;
  readonly onTraining: (step: string, done: number, total: number) => void;
};

/** History that a first model needs: below it, it would know no rhythm. */
const FIRST_MODEL_WEEKS = 18;
/** The first model is in force for so long: the longest comparison period closes in it. */
const REHEARSAL_WEEKS = 26;
/** A shorter rehearsal closes no period and is left out. */
const REHEARSAL_WEEKS_MIN = 10;
/** The first model only tells what is expected of the last half year; a part of the customers do. */
const FIRST_MODEL_CUSTOMERS_MAX = 4_000;
const FIRST_MODEL_HORIZON_DAYS = 91;
/** Before a model is in force nothing is compared and time need not be looked at. */
const TICK_DAYS = 7;

/** Returns when the first model takes over; null when the history is too short for one. */
export const rehearsalFromMs = (firstMs: number, asOfMs: number): number | null => {
  const midnight = Math.floor(asOfMs / MS_PER_DAY) * MS_PER_DAY;
  const fromMs = Math.max(
    midnight - REHEARSAL_WEEKS * MS_PER_WEEK,
    (Math.floor(firstMs / MS_PER_DAY) + 1) * MS_PER_DAY + FIRST_MODEL_WEEKS * MS_PER_WEEK,
  );
  return asOfMs - fromMs < REHEARSAL_WEEKS_MIN * MS_PER_WEEK ? null : fromMs;
};

/** Passes orders on and remembers them for training, converted with the rates of their days. */
const createMemory = ({ rulebook, rates }: ScoreOptions) => {
  const builder = createHistoryBuilder();
  const table: RateTable = new Map();
  let next = 0;
  const rateOf = ({ currency, orderedAtMs }: OrderEvent): number | null => {
    if (currency === rulebook.reportingCurrency) return 1;
    for (let day = rates[next]; day !== undefined; day = rates[next]) {
      if (day.epochDay * MS_PER_DAY > orderedAtMs) break;
      for (const rate of day.rates) {
        setRate(table, rate.currency, {
          epochDay: day.epochDay,
          minorRateNano: rate.minorRateNano,
        });
      }
      next += 1;
    }
    return rateOn(table, currency, orderedAtMs);
  };
  return {
    builder,
    remember: (event: OrderEvent): void => {
      const rate = rateOf(event);
      if (rate !== null) builder.add(event, rate);
    },
  };
};

const versionAt = ({ rulebook }: ScoreOptions, asOfMs: number): string =>
  `${rulebook.version}-${new Date(asOfMs).toISOString().slice(0, 10)}`;

const fit = (options: ScoreOptions, builder: HistoryBuilder, asOfMs: number): ModelArtefact =>
  fitModel({
    histories: builder.histories(),
    asOfMs,
    version: versionAt(options, asOfMs),
    reportingCurrency: options.rulebook.reportingCurrency,
    horizonsDays: options.rulebook.forecastHorizonsDays,
    nameOf: builder.nameOf,
    runJobs: options.runJobs,
    onProgress: (done, total, step) => {
      options.onTraining(step, done, total);
    },
  });

/** The first model: every n-th customer, one horizon. */
const fitFirst = (
  options: ScoreOptions,
  builder: HistoryBuilder,
  asOfMs: number,
): ModelArtefact => {
  const every = Math.ceil(builder.customerCount() / FIRST_MODEL_CUSTOMERS_MAX);
  return fitModel({
    histories: builder.histories(every),
    asOfMs,
    version: `${versionAt(options, asOfMs)}-first`,
    reportingCurrency: options.rulebook.reportingCurrency,
    horizonsDays: [FIRST_MODEL_HORIZON_DAYS],
    nameOf: builder.nameOf,
    runJobs: options.runJobs,
    onProgress: (done, total, step) => {
      options.onTraining(`first model, ${step}`, done, total);
    },
  });
};

const event = (input: LogEvent): ScoreStep => ({ kind: 'event', event: input });

/** Yields the log, with each artefact before the record that activates it. */
export function* scoreOrders(options: ScoreOptions): Generator<ScoreStep> {
  const { asOfMs, rulebook, rates } = options;
  const { builder, remember } = createMemory(options);
  let fromMs: number | null | undefined;
  function* remembered(): Generator<OrderEvent> {
    for (const order of options.orders) {
      fromMs ??= rehearsalFromMs(order.orderedAtMs, asOfMs);
      remember(order);
      yield order;
    }
  }
  function* activate(model: ModelArtefact): Generator<ScoreStep> {
    const published = toPublished('model', model);
    yield { kind: 'model', published, content: model };
    yield event(activationOf(published, model.fittedAsOfMs));
  }
  const published = toPublished('rulebook', rulebook);
  yield { kind: 'rulebook', published, content: rulebook };
  yield event(activationOf(published, 0));
  const history = withTicks(remembered(), {
    firstTickMs: (firstMs) => fromMs ?? endOfDayMs(firstMs),
    everyDays: TICK_DAYS,
    untilMs: asOfMs,
  });
  for (const input of withRates(history, rates)) {
    if (input.type === 'Tick' && input.event.tickAtMs === fromMs) {
      yield* activate(fitFirst(options, builder, fromMs));
      yield* quiet(fromMs, builder.customerCount());
    } else yield event(input);
  }
  yield* activate(fit(options, builder, asOfMs));
  yield* quiet(asOfMs, builder.customerCount());
}

/** Ticks of one time until every customer was looked at, whatever partition it is on. */
function* quiet(tickAtMs: number, customers: number): Generator<ScoreStep> {
  const ticks = Math.ceil(customers / TICK_CUSTOMERS_MAX);
  for (let i = 0; i < ticks; i += 1) yield event(tickOf(tickAtMs));
}

/** Yields the log of orders without an end to score at: the rulebook, then orders with daily ticks. */
export function* publishOrders({
  orders,
  rulebook,
  rates,
}: Pick<ScoreOptions, 'orders' | 'rulebook' | 'rates'>): Generator<ScoreStep> {
  const published = toPublished('rulebook', rulebook);
  yield { kind: 'rulebook', published, content: rulebook };
  yield event(activationOf(published, 0));
  const log = withTicks(orders, { firstTickMs: endOfDayMs, everyDays: 1, untilMs: Infinity });
  for (const input of withRates(log, rates)) yield event(input);
}
