/**
 * Runs a simulated business through the engine as the scorer would: events day by day, a tick a day, and
 * a model trained on what was known then, again every four weeks. Remembers what came out, with its day.
 */
import { openBusiness, type BusinessOptions } from '../../shared/business/business.js';
import type { SimulatedCustomer } from '../../shared/business/population.js';
import type {
  CustomerScore,
  SalesOpportunity,
  UnderPerformanceAlert,
} from '../../shared/core/contract.generated.js';
import { isBroadcast, type InputEvent } from '../../shared/core/engine/input-event.js';
import { MS_PER_DAY } from '../../shared/core/features/vector.js';
import { builtinModel, type ModelArtefact } from '../../shared/core/models/artefact.js';
import type { CustomerHistory } from '../../shared/core/models/history.js';
import { fitModel } from '../../shared/core/models/fit.js';
import { builtinRulebook, type Rulebook } from '../../shared/core/rulebook/rulebook.js';
import { activationOf, tickOf, toPublished } from '../../shared/pipeline/order-log.js';
import { createReplayLog } from '../../shared/pipeline/replay-partitions.js';
import { createGathered, type Gathered } from '../../services/trainer/gather.js';
import { trueYearOf, type TrueYear } from '../backtest/expected-purchases.js';

export type Alert = UnderPerformanceAlert & { readonly day: number };
export type Training = { readonly day: number; readonly model: ModelArtefact };

/** What came out of a business's events. */
export type EventsRun = {
  /** First reports of alerts, in order of time. */
  readonly raised: readonly Alert[];
  readonly opportunities: readonly SalesOpportunity[];
  /** The newest card of each customer. */
  readonly cards: ReadonlyMap<string, CustomerScore>;
  readonly trainings: readonly Training[];
  /** Documents as they were known at the end. */
  readonly histories: readonly CustomerHistory[];
  /** Net revenue by customer and day, minor units of the reporting currency. */
  readonly revenue: ReadonlyMap<string, ReadonlyMap<number, number>>;
};

/** What came out of a simulated business, with what is true of it. */
export type BusinessRun = EventsRun & {
  readonly customers: readonly SimulatedCustomer[];
  /** What customers with machines to whom nothing happens truly buy and need in a year. */
  readonly trueYears: ReadonlyMap<string, TrueYear>;
};

type Schedule = {
  readonly days: number;
  readonly firstTrainingDay: number;
  readonly trainingEveryDays: number;
  readonly onTraining: (training: Training) => void;
};

export type EventsOptions = Schedule & {
  readonly startMs: number;
  /** Events reported on a day; asked for in order, from 0. */
  readonly eventsOf: (day: number) => readonly InputEvent[];
  readonly rulebook?: Rulebook;
};

export type RunOptions = Schedule & { readonly business: BusinessOptions };

/** Before the first model there is nothing to compare; time needs no daily look then. */
const EARLY_TICK_DAYS = 7;
const PARTITIONS = 1;

type Revenue = Map<string, Map<number, number>>;

/** Remembers an order's first version; what is amended or cancelled later is a few per cent. */
const addRevenue = (revenue: Revenue, input: InputEvent, startMs: number): void => {
  if (input.type !== 'OrderEvent' || input.event.documentVersion !== 1) return;
  const { customerId, orderedAtMs, lines, kind } = input.event;
  const day = Math.floor((orderedAtMs - startMs) / MS_PER_DAY);
  const net = lines.reduce((sum, { netAmountMinor }) => sum + netAmountMinor, 0);
  const days = revenue.get(customerId) ?? new Map<number, number>();
  revenue.set(customerId, days);
  days.set(day, (days.get(day) ?? 0) + (kind === 'returned' ? -net : net));
};

const trueYearsOf = (
  customers: readonly SimulatedCustomer[],
  seed: number,
): BusinessRun['trueYears'] =>
  new Map(
    customers
      .filter(({ machines, planted }) => machines.length > 0 && planted.cause === 'none')
      .map((customer) => [customer.customerId, trueYearOf(customer, seed)]),
  );

/** Runs events day by day. */
export const runEvents = (options: EventsOptions): EventsRun => {
  const { startMs, days, firstTrainingDay, trainingEveryDays } = options;
  const { rulebook = builtinRulebook } = options;
  const { reportingCurrency } = rulebook;
  const gathered = createGathered(reportingCurrency);
  const models = new Map([[builtinModel.version, builtinModel]]);
  const raised: Alert[] = [];
  const opportunities: SalesOpportunity[] = [];
  const cards = new Map<string, CustomerScore>();
  const trainings: Training[] = [];
  const revenue: Revenue = new Map();
  let day = 0;
  const log = createReplayLog(PARTITIONS, {
    artefacts: { rulebook: () => rulebook, model: (version) => models.get(version) ?? null },
    onOutput: (output) => {
      if (output.kind === 'customer-score') cards.set(output.record.customerId, output.record);
      if (output.kind === 'sales-opportunity') opportunities.push(output.record);
      if (output.kind === 'under-performance-alert' && output.record.status === 'raised') {
        raised.push({ ...output.record, day });
      }
    },
  });
  const publish = (input: InputEvent): void => {
    gathered.add(input);
    addRevenue(revenue, input, startMs);
    if (isBroadcast(input)) log.publish(input);
    else log.publish(input);
  };
  const train = (): void => {
    const asOfMs = startMs + (day + 1) * MS_PER_DAY;
    const model = trainOn(gathered, { asOfMs, version: `day-${String(day)}`, rulebook });
    models.set(model.version, model);
    const { grade } = model.report;
    if (grade === 'A' || grade === 'B')
      log.publish(activationOf(toPublished('model', model), asOfMs));
    const training = { day, model };
    trainings.push(training);
    options.onTraining(training);
  };
  log.publish(activationOf(toPublished('rulebook', rulebook), startMs));
  for (; day < days; day += 1) {
    options.eventsOf(day).forEach(publish);
    const isEarly = day < firstTrainingDay;
    if (!isEarly || (day + 1) % EARLY_TICK_DAYS === 0) {
      const tick = tickOf(startMs + (day + 1) * MS_PER_DAY);
      gathered.add(tick);
      log.tickUntilQuiet(tick.event.tickAtMs);
    }
    if (!isEarly && (day - firstTrainingDay) % trainingEveryDays === 0) train();
  }
  const histories = gathered.builder.histories();
  return { raised, opportunities, cards, trainings, histories, revenue };
};

/** A model trained on what was gathered, as the trainer would. */
const trainOn = (
  { builder, countryOf, traitsOf }: Gathered,
  {
    asOfMs,
    version,
    rulebook,
  }: { readonly asOfMs: number; readonly version: string; readonly rulebook: Rulebook },
): ModelArtefact =>
  fitModel({
    histories: builder.histories(),
    asOfMs,
    version,
    reportingCurrency: rulebook.reportingCurrency,
    horizonsDays: rulebook.forecastHorizonsDays,
    nameOf: builder.nameOf,
    countryOf,
    traitsOf,
    alertRules: rulebook.alerts,
    potentialRules: rulebook.potential,
  });

/** Runs a whole simulated business. */
export const runBusiness = ({ business: of, ...schedule }: RunOptions): BusinessRun => {
  const business = openBusiness(of);
  const { customers, eventsOf } = business;
  const run = runEvents({ ...schedule, startMs: of.startMs, eventsOf });
  return { ...run, customers, trueYears: trueYearsOf(customers, of.seed) };
};

/** Several businesses as one: ids get the number of their business in front. */
export const joinRuns = (runs: readonly BusinessRun[]): BusinessRun => {
  const named = (run: number, customerId: string): string => `${String(run)}/${customerId}`;
  const renamed = <T extends { readonly customerId: string }>(
    of: (run: BusinessRun) => readonly T[],
  ): readonly T[] =>
    runs.flatMap((run, i) =>
      of(run).map((item) => ({ ...item, customerId: named(i, item.customerId) })),
    );
  const joined = <T>(of: (run: BusinessRun) => ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map(
      runs.flatMap((run, i) => [...of(run)].map(([id, item]) => [named(i, id), item] as const)),
    );
  return {
    customers: renamed(({ customers }) => customers),
    raised: renamed(({ raised }) => raised),
    opportunities: renamed(({ opportunities }) => opportunities),
    cards: joined(({ cards }) => cards),
    revenue: joined(({ revenue }) => revenue),
    trueYears: joined(({ trueYears }) => trueYears),
    trainings: runs.flatMap(({ trainings }) => trainings),
    histories: renamed(({ histories }) => histories),
  };
};
