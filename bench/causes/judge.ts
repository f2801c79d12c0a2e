/**
 * Judges what was reported against what was planted. A customer's trouble counts as found by the first
 * alert within half a year of its onset; an alert is true when it is about a customer whose trouble had
 * begun by then, and false otherwise. Never offered groups are no fall: they must become a cross-sell.
 */
import { PRODUCT_GROUPS } from '../../shared/business/catalogue.js';
import type { PlantedCause } from '../../shared/business/causes.js';
import type { SimulatedCustomer } from '../../shared/business/population.js';
import { FOUND_DAYS_MAX, oddsOf, type Odds } from './odds.js';
import type { Alert, BusinessRun } from './run-business.js';

const DAYS_PER_YEAR = 365.25;
/** A trouble counts as one that can be seen from this loss and from so many expected order days on. */
export const SEEN_LOST_MIN_MINOR = 50_000;
export const SEEN_ORDER_DAYS_MIN = 6;

/** A planted trouble, how well it could be seen, and the alert that found it. */
export type Case = {
  readonly customer: SimulatedCustomer;
  readonly odds: Odds;
  readonly canBeSeen: boolean;
  readonly alert: Alert | null;
};

export type CauseScore = {
  readonly cause: PlantedCause;
  readonly cases: readonly Case[];
  readonly medianDays: number | null;
  /** Share of the found whose planted cause is ranked first, is the first that is named, and is among three. */
  readonly rankedFirst: number;
  readonly namedFirst: number;
  readonly rankedInThree: number;
  /** Alerts whose first cause it is, and those of them about customers it was planted with. */
  readonly named: number;
  readonly namedRightly: number;
};

/** Alerts by what was planted with the customer when they were raised, and by their first cause. */
export type Confusion = {
  readonly named: readonly string[];
  readonly rows: readonly { readonly planted: string; readonly counts: readonly number[] }[];
};

/** Whether what the weights of causes say comes true: alerts by the weight of what is not named. */
export type WeightScore = {
  /** Upper bounds of the weight of `unknown`, with its mean, the alerts, and how many of them were false. */
  readonly bins: readonly {
    readonly toWeight: number;
    readonly meanWeight: number;
    readonly alerts: number;
    readonly falseOnes: number;
  }[];
  /** Mean squared distance of all weights from what was planted, 0 to 2 (Brier 1950). */
  readonly brier: number;
};

export type AlertScore = {
  readonly kind: string;
  readonly raised: number;
  readonly trueOnes: number;
};

export type NeverOfferedScore = {
  readonly planted: number;
  readonly recall: number;
  readonly valueRecall: number;
};

export type Judgement = {
  readonly neverOffered: NeverOfferedScore;
  readonly causes: readonly CauseScore[];
  readonly confusion: Confusion;
  readonly alerts: readonly AlertScore[];
  readonly weights: WeightScore;
  /** False alarms of a hundred customers without trouble in a year. */
  readonly falsePerHundredYears: number;
  readonly wallet: {
    readonly customers: number;
    /** Mean absolute error of the share, and median of the potential's error as a factor. */
    readonly shareError: number;
    readonly potentialFactor: number;
    /** Share of the potentials that are off by at most a quarter. */
    readonly potentialWithin25: number;
  };
};

const CAUSES: readonly PlantedCause[] = [
  'churned',
  'insolvency_like',
  'competitor_loss',
  'price_or_returns',
  'territory_unstaffed',
];

const median = (values: readonly number[]): number | null => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
};

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

const isTrouble = ({ planted }: SimulatedCustomer): boolean =>
  planted.cause !== 'none' && planted.cause !== 'never_offered';

/** True for a customer who had bought in the year before. */
const isBuying = ({ revenue }: BusinessRun, customerId: string, day: number): boolean =>
  [...(revenue.get(customerId) ?? [])].some(
    ([at, minor]) => minor > 0 && at < day && at >= day - DAYS_PER_YEAR,
  );

/** First alert that a trouble of the customer explains. */
const foundBy = (alerts: readonly Alert[], { planted }: SimulatedCustomer): Alert | null =>
  alerts.find(
    ({ day, level, scope }) =>
      day >= planted.onsetDay &&
      day <= planted.onsetDay + FOUND_DAYS_MAX &&
      (planted.group < 0 || level !== 'product_group' || scope === PRODUCT_GROUPS[planted.group]),
  ) ?? null;

/** What was wrong with the customer of an alert on its day. */
const plantedAt = (run: BusinessRun, { customerId, day }: Alert): PlantedCause => {
  const customer = run.customers.find((other) => other.customerId === customerId);
  return customer !== undefined && isTrouble(customer) && customer.planted.onsetDay <= day
    ? customer.planted.cause
    : 'none';
};

const confusionOf = (run: BusinessRun, alerts: readonly Alert[]): Confusion => {
  const nameOf = ({ causes }: Alert): string => causes[0]?.code ?? 'unknown';
  const named = [...new Set(alerts.map(nameOf))].sort();
  const planted = [...CAUSES, 'none'] as const;
  return {
    named,
    rows: planted.map((cause) => {
      const own = alerts.filter((alert) => plantedAt(run, alert) === cause);
      return {
        planted: cause,
        counts: named.map((name) => own.filter((alert) => nameOf(alert) === name).length),
      };
    }),
  };
};

const WEIGHT_BOUNDS = [0.2, 0.4, 0.6, 0.8, 1] as const;

const scoreWeights = (run: BusinessRun, alerts: readonly Alert[]): WeightScore => {
  const weightOf = ({ causes }: Alert, code: string): number =>
    causes.find((cause) => cause.code === code)?.weight ?? 0;
  const truthOf = (alert: Alert): string => {
    const planted = plantedAt(run, alert);
    return planted === 'none' ? 'unknown' : planted;
  };
  const distance = (alert: Alert): number => {
    const truth = truthOf(alert);
    const others = alert.causes.filter(({ code }) => code !== truth);
    const missed = 1 - weightOf(alert, truth);
    return others.reduce((sum, { weight }) => sum + weight * weight, missed * missed);
  };
  return {
    brier: mean(alerts.map(distance)),
    bins: WEIGHT_BOUNDS.map((toWeight, i) => {
      const isIn = (weight: number): boolean =>
        weight <= toWeight && (i === 0 || weight > (WEIGHT_BOUNDS[i - 1] ?? 0));
      const own = alerts.filter((alert) => isIn(weightOf(alert, 'unknown')));
      return {
        toWeight,
        meanWeight: mean(own.map((alert) => weightOf(alert, 'unknown'))),
        alerts: own.length,
        falseOnes: own.filter((alert) => truthOf(alert) === 'unknown').length,
      };
    }),
  };
};

const scoreCause = (
  run: BusinessRun,
  cause: PlantedCause,
  { fromDay, toDay }: { readonly fromDay: number; readonly toDay: number },
): CauseScore => {
  const cases = run.customers
    .filter(({ planted }) => planted.cause === cause)
    .filter(({ planted: { onsetDay } }) => onsetDay >= fromDay && onsetDay <= toDay)
    .filter(({ customerId, planted }) => isBuying(run, customerId, planted.onsetDay))
    .map((customer): Case => {
      const own = run.raised.filter(({ customerId }) => customerId === customer.customerId);
      const odds = oddsOf(customer);
      const canBeSeen =
        odds.orderDays >= SEEN_ORDER_DAYS_MIN && odds.lostMinor >= SEEN_LOST_MIN_MINOR;
      return { customer, odds, canBeSeen, alert: foundBy(own, customer) };
    });
  const found = cases.flatMap(({ alert, customer }) =>
    alert === null ? [] : [{ alert, customer }],
  );
  const rankOf = ({ causes }: Alert): number => causes.findIndex(({ code }) => code === cause);
  const named = run.raised.filter(({ day, causes }) => day >= fromDay && causes[0]?.code === cause);
  return {
    cause,
    cases,
    named: named.length,
    namedRightly: named.filter((alert) => plantedAt(run, alert) === cause).length,
    medianDays: median(found.map(({ alert, customer }) => alert.day - customer.planted.onsetDay)),
    rankedFirst: mean(found.map(({ alert }) => (rankOf(alert) === 0 ? 1 : 0))),
    namedFirst: mean(
      found.map(({ alert }) =>
        alert.causes.find(({ code }) => code !== 'unknown')?.code === cause ? 1 : 0,
      ),
    ),
    rankedInThree: mean(
      found.map(({ alert }) => (rankOf(alert) >= 0 && rankOf(alert) < 3 ? 1 : 0)),
    ),
  };
};

/** Groups that a planted customer was never offered, found as a cross-sell. */
const scoreNeverOffered = (run: BusinessRun): NeverOfferedScore => {
  const cases = run.customers.filter(
    ({ planted, machines, needMinor, customerId }) =>
      planted.cause === 'never_offered' &&
      machines.length > 0 &&
      (needMinor[planted.group] ?? 0) > 0 &&
      (run.revenue.get(customerId)?.size ?? 0) > 0,
  );
  const offered = new Set(
    run.opportunities
      .filter(({ kind, sku }) => kind === 'cross_sell' && sku === null)
      .map(({ customerId, productGroup }) => `${customerId} ${productGroup}`),
  );
  const isFound = ({ customerId, planted }: SimulatedCustomer): boolean =>
    offered.has(`${customerId} ${PRODUCT_GROUPS[planted.group] ?? ''}`);
  const found = cases.filter(isFound).length;
  const valueOf = ({ needMinor, planted }: SimulatedCustomer): number =>
    needMinor[planted.group] ?? 0;
  const value = cases.reduce((sum, customer) => sum + valueOf(customer), 0);
  const foundValue = cases.filter(isFound).reduce((sum, customer) => sum + valueOf(customer), 0);
  return {
    planted: cases.length,
    recall: found / Math.max(1, cases.length),
    valueRecall: foundValue / Math.max(1, value),
  };
};

/**
 * Share of wallet and potential of customers that go on as they were, against the mean of the process that
 * draws their orders, as `npm run backtest:potential` does.
 */
const scoreWallet = ({ trueYears, cards }: BusinessRun): Judgement['wallet'] => {
  const errors = [...trueYears].flatMap(([customerId, { needMinor, boughtMinor }]) => {
    const card = cards.get(customerId);
    if (card === undefined || needMinor <= 0) return [];
    const { potentialMinor, shareOfWallet } = card.dimensions;
    if (potentialMinor <= 0) return [];
    return [
      {
        share: Math.abs(shareOfWallet - boughtMinor / needMinor),
        factor: Math.abs(Math.log(potentialMinor / needMinor)),
      },
    ];
  });
  return {
    customers: errors.length,
    shareError: mean(errors.map(({ share }) => share)),
    potentialFactor: Math.exp(median(errors.map(({ factor }) => factor)) ?? 0),
    potentialWithin25: mean(errors.map(({ factor }) => (factor <= Math.log(1.25) ? 1 : 0))),
  };
};

/** Judges a run; alerts count from the first model on. */
export const judge = (
  run: BusinessRun,
  { fromDay, days }: { readonly fromDay: number; readonly days: number },
): Judgement => {
  const byId = new Map(run.customers.map((customer) => [customer.customerId, customer]));
  const isTrue = ({ customerId, day }: Alert): boolean => {
    const customer = byId.get(customerId);
    return customer !== undefined && isTrouble(customer) && customer.planted.onsetDay <= day;
  };
  const alerts = run.raised.filter(({ day }) => day >= fromDay);
  const kinds = ['all', ...new Set(alerts.map(({ kind, level }) => `${kind}, ${level}`))].sort();
  const healthy = run.customers.filter(
    (customer) => !isTrouble(customer) && customer.firstDay < fromDay,
  );
  const healthyIds = new Set(healthy.map(({ customerId }) => customerId));
  const falseAlarms = alerts.filter(({ customerId }) => healthyIds.has(customerId)).length;
  const years = (healthy.length * (days - fromDay)) / DAYS_PER_YEAR;
  const window = { fromDay, toDay: days - FOUND_DAYS_MAX };
  return {
    causes: CAUSES.map((cause) => scoreCause(run, cause, window)),
    neverOffered: scoreNeverOffered(run),
    alerts: kinds.map((kind) => {
      const own = alerts.filter((a) => kind === 'all' || `${a.kind}, ${a.level}` === kind);
      return { kind, raised: own.length, trueOnes: own.filter(isTrue).length };
    }),
    confusion: confusionOf(run, alerts),
    weights: scoreWeights(run, alerts),
    falsePerHundredYears: (100 * falseAlarms) / Math.max(1, years),
    wallet: scoreWallet(run),
  };
};
