/**
 * A model artefact: everything the scorer needs from training, as plain data. It is immutable,
 * published under its version, activated by a record in the log, and named by every output.
 */
import type { AlertLevel } from '../contract.generated.js';
import type { BgNbdParameters } from './bg-nbd.js';
import type { BoostedTrees } from './boosted-trees.js';
import type { GammaGammaParameters } from './gamma-gamma.js';
import type { LastYear } from './last-year.js';
import type { LogLinear } from './log-linear.js';
import type { MarketState } from './market-state.js';
import type { MachineNeed } from '../potential/fit-machine-needs.js';
import type { NewShares } from './new-shares.js';
import type { PeerClass } from './peers.js';
import { NOT_LEARNED, type TailTable } from './tail-table.js';

/** Shares of the ways to forecast: the corrected level, the stack of experts, the ratio model. */
export type Blend = readonly [correction: number, stack: number, ratio: number];

/** Where the corrected level is all there is. */
export const CORRECTION_ALONE: Blend = [1, 0, 0];

/** Weights and intervals of one horizon. */
export type HorizonModel = {
  readonly horizonDays: number;
  /** Non-negative weights of the experts, in the order of EXPERTS (experts.ts). */
  readonly expertWeights: readonly number[];
  /** Coefficients of the one-hot ratio model (ratio-model.ts), the level's factor minus one. */
  readonly ratioCoefficients: readonly number[];
  /** Boosted trees for the ratio to the level (boosted-trees.ts); null when too little was known. */
  readonly trees: BoostedTrees | null;
  /** What the trees stand on (log-linear.ts); none in artefacts of before there was one. */
  readonly linear?: LogLinear | undefined;
  /** What the same weeks of last year were worth; none in artefacts of before there was any. */
  readonly lastYear?: LastYear | undefined;
  /** Beside the trees; none where they are all there is (fit-blend.ts). */
  readonly blend?: Blend | undefined;
  /**
   * Least level that the trees correct, minor units: an order of a customer whose level is next to
   * nothing is no multiple of it. None in artefacts of before there was one.
   */
  readonly levelFloorMinor?: number | undefined;
  readonly intervals: IntervalTable;
  /** What falls on groups and products never bought before; none in artefacts of before there were any. */
  readonly newShares?: NewShares | undefined;
  /** Expected purchase days relative to the count expert. */
  readonly orderFactor: number;
};

/** Quantiles of actual / forecast by cell of forecast size and activity (intervals.ts). */
export type IntervalTable = {
  /** Upper bounds of the size classes but the last, in minor units. */
  readonly sizeBoundsMinor: readonly number[];
  /** Per cell, size-major: the ratio at each of INTERVAL_PROBABILITIES. */
  readonly ratios: readonly (readonly number[])[];
};

export type ProfileModel = {
  readonly names: readonly string[];
  readonly descriptions: readonly string[];
  readonly means: readonly number[];
  readonly deviations: readonly number[];
  /** Centroids in standardised features (profiles.ts). */
  readonly centroids: readonly (readonly number[])[];
  /** Share of customers whose margin is below 0.1. */
  readonly borderShare: number;
  /** Mean adjusted Rand index over bootstrap samples, 1 for the same clusters every time; null unlearned. */
  readonly stability: number | null;
};

/** Logistic regression of whether a customer still buys (activity.ts). */
export type ActivityModel = {
  readonly coefficients: readonly number[];
  /** Horizon within which an order makes a customer count as still buying. */
  readonly weeks: number;
};

/** Products bought next by customers who bought another, by product name. */
export type NextProducts = {
  /** Product names; rows of `next` refer to them by index. */
  readonly skus: readonly string[];
  readonly groups: readonly string[];
  /** Per product: [index, weight, customers who bought both], flat (co-purchase-weights.ts). */
  readonly next: readonly (readonly number[])[];
  /** Customers who bought the product. */
  readonly buyers: readonly number[];
  /** Factor on a product's score by present demand; 0 where it is discontinued. */
  readonly lift: readonly number[];
  /** Mean amount of one order line of the product, reporting minor units. */
  readonly amountMinor: readonly number[];
  /** Products, by index, that are not sold in a country (sold-in.ts). */
  readonly notSoldIn: readonly {
    readonly country: string;
    readonly products: readonly number[];
  }[];
  /** How the table was made, in words. */
  readonly method: string;
};

/** How unusual a shortfall or a silence is, learned from healthy customers (alerts/fit-alerts.ts). */
export type AlertCalibration = {
  /** Shortfalls of a closed period by level; the score is that of alerts/shortfall-score.ts. */
  readonly shortfall: Readonly<Record<AlertLevel, ShortfallTest>>;
  /** Shortfalls of the whole customer in periods of several lengths; none in artefacts of before. */
  readonly trailing: readonly (ShortfallTest & { readonly weeks: number })[];
  /** Silences; the score is the normal quantile of the rhythm's own tail probability. */
  readonly silence: Readonly<Record<'customer' | 'product_group', SilenceTest>>;
};

export type ShortfallTest = TailTable & {
  /** Tail probability at or below which the portfolio's false discovery rate stays at FALSE_DISCOVERY_RATE. */
  readonly probabilityMax: number;
};

export type SilenceTest = TailTable & {
  /** False alarms afforded in a year of a scope with orders of mean money; others in proportion to theirs. */
  readonly falseAlarmsPerYear: number;
  /** Mean money of a purchase, reporting minor units; 0 in artefacts of before: all have the same. */
  readonly meanOrderMinor: number;
  /** Scopes lost for good in a year of one; 0 in artefacts of before: as many as the rulebook supposes. */
  readonly lostPerYear: number;
};

export type BacktestRow = {
  readonly method: string;
  readonly horizonDays: number;
  readonly mae: number;
  readonly rmse: number;
  readonly bias: number;
  readonly coverage80: number | null;
  /** Share of paired resamples of customers in which the forecast has the lower RMSE; its own is null. */
  readonly beatenShare: number | null;
};

export type ModelArtefact = {
  readonly version: string;
  readonly fittedAsOfMs: number;
  readonly reportingCurrency: string;
  readonly customers: number;
  readonly bgNbd: BgNbdParameters;
  readonly mbgNbd: BgNbdParameters;
  readonly gammaGamma: GammaGammaParameters;
  /** Index of revenue by week of the year, mean 1. */
  readonly season: readonly number[];
  /** What the whole portfolio is above or below expectation; none where too little is known to tell. */
  readonly marketState?: MarketState | undefined;
  /** By ascending horizon, at least one. */
  readonly horizons: readonly HorizonModel[];
  readonly activity: ActivityModel;
  readonly profiles: ProfileModel;
  /** High quantile of yearly revenue of comparable customers, by class of trailing-year revenue. */
  readonly peerPotential: {
    readonly trailingBoundsMinor: readonly number[];
    readonly potentialMinor: readonly number[];
  };
  /** The machine table, calibrated; none where no machines are known. */
  readonly machineNeeds: readonly MachineNeed[];
  /** What comparable customers buy. */
  readonly peers: readonly PeerClass[];
  readonly alerts: AlertCalibration;
  /** Purchases of the last four weeks relative to those of the weeks before; 1 where that may be chance. */
  readonly marketLevel: number;
  readonly nextProducts: NextProducts;
  readonly report: {
    /** A: surely better than naive and BG/NBD; B: better than naive; C: not, and not to be activated. */
    readonly grade: 'A' | 'B' | 'C' | 'untrained';
    readonly rows: readonly BacktestRow[];
  };
};

const EQUAL_WEIGHTS = [0.05, 0.2, 0.15, 0.1, 0.1, 0.1, 0.15, 0.15] as const;
const WEEKS_PER_YEAR = 53;

/** Ratios of a sporadic buyer's year, wide on purpose: nothing was learned yet. */
const PRIOR_RATIOS = [0, 0, 0, 0, 0.35, 1.4, 2.3, 3.1, 4] as const;
const CELLS = 15;

const UNTRIED: ShortfallTest = { ...NOT_LEARNED, probabilityMax: 0.002 };

/** What holds until healthy customers have been seen: the formulas' own probabilities. */
export const uncalibratedAlerts: AlertCalibration = {
  shortfall: { customer: UNTRIED, product_group: UNTRIED, product: UNTRIED },
  trailing: [],
  silence: {
    customer: { ...NOT_LEARNED, falseAlarmsPerYear: 1, meanOrderMinor: 0, lostPerYear: 0 },
    product_group: { ...NOT_LEARNED, falseAlarmsPerYear: 1, meanOrderMinor: 0, lostPerYear: 0 },
  },
};

/** The model before any training: priors from the literature, wide intervals, grade untrained. */
export const builtinModel: ModelArtefact = {
  version: 'builtin-1',
  fittedAsOfMs: 0,
  reportingCurrency: 'EUR',
  customers: 0,
  bgNbd: { r: 0.9, alpha: 6, a: 0.4, b: 3 },
  mbgNbd: { r: 1, alpha: 6, a: 0.4, b: 2.5 },
  gammaGamma: { p: 4, q: 3.5, gamma: 25_000 },
  season: Array.from({ length: WEEKS_PER_YEAR }, () => 1),
  horizons: [28, 91, 365].map((horizonDays) => ({
    horizonDays,
    expertWeights: EQUAL_WEIGHTS,
    ratioCoefficients: [],
    trees: null,
    intervals: {
      sizeBoundsMinor: [],
      ratios: Array.from({ length: CELLS }, () => PRIOR_RATIOS),
    },
    orderFactor: 1,
  })),
  // What buy-till-you-die says, lowered by a silence that the own rhythm does not explain.
  activity: { coefficients: [0.5, 1, 0.3, 0, 0], weeks: 26 },
  profiles: {
    names: ['steady', 'big_ticket', 'fading', 'occasional'],
    descriptions: [
      'Orders often and regularly; keep the rhythm, automate the reorder.',
      'Orders rarely but large; plan projects early and visit.',
      'Used to order and has gone quiet; win back or let go by value.',
      'Orders now and then in small amounts; serve remotely.',
    ],
    means: [-1.5, 10.5, 0, -0.3, 0, -3],
    deviations: [1.1, 1.1, 1, 0.6, 0.8, 1.5],
    centroids: [
      [1, -0.1, -0.4, -0.5, 0, 0.2],
      [-0.4, 1, -0.2, 0.1, 0, 0],
      [-0.5, 0, 1.3, 0.2, -1, 0],
      [-0.3, -0.9, -0.2, 0.2, 0.3, -0.2],
    ],
    borderShare: 0,
    stability: null,
  },
  peerPotential: { trailingBoundsMinor: [], potentialMinor: [] },
  machineNeeds: [],
  peers: [],
  alerts: uncalibratedAlerts,
  marketLevel: 1,
  nextProducts: {
    skus: [],
    groups: [],
    next: [],
    buyers: [],
    lift: [],
    amountMinor: [],
    notSoldIn: [],
    method: 'none',
  },
  report: { grade: 'untrained', rows: [] },
};
