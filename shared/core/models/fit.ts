/**
 * The trainer's core: fits a whole model artefact on histories. Pure and deterministic: the same
 * histories, in any order, give the same artefact, byte for byte.
 */
import { fitAlerts } from '../alerts/fit-alerts.js';
import type { AlertRules } from '../alerts/rules.js';
import { MS_PER_WEEK } from '../features/vector.js';
import { fitMachineNeeds } from '../potential/fit-machine-needs.js';
import type { PotentialRules } from '../potential/rules.js';
import { builtinAlerts } from '../rulebook/builtin-alerts.js';
import { builtinPotential } from '../rulebook/builtin-potential.js';
import { fitActivity } from './activity.js';
import { backtestReport } from './backtest-report.js';
import type { ModelArtefact } from './artefact.js';
import { builtinModel } from './artefact.js';
import { fitBtyd } from './fit-btyd.js';
import {
  fitHorizonInFolds,
  fitMarket,
  untrainedHorizon,
  type FittedHorizon,
} from './fit-horizon.js';
import { FOLDS } from './folds.js';
import { netOf, sample, visitSnapshots, type CustomerHistory, type Snapshot } from './history.js';
import type { RunJobs } from './jobs.js';
import { fitNextProducts } from './fit-next-products.js';
import { fitPeerPotential } from './peer-potential.js';
import { fitPeers, type TraitsOf } from './peers.js';
import { fitProfiles } from './profiles.js';
import { fitSeason } from './season.js';
import type { HorizonFitInput } from './training-rows.js';
import type { CountryOf } from './sold-in.js';

export type ForecastFitOptions = {
  readonly histories: readonly CustomerHistory[];
  readonly asOfMs: number;
  readonly version: string;
  readonly reportingCurrency: string;
  /** Horizons to fit, in days. */
  readonly horizonsDays: readonly number[];
  /** How independent parts of the fit are run; one after the other where it is not given. */
  readonly runJobs?: RunJobs | undefined;
  /** Called after each step with its name. */
  readonly onStep?: (step: string) => void;
};

export type FitOptions = Omit<ForecastFitOptions, 'onStep'> & {
  readonly nameOf: (id: number) => string;
  /** Country of a customer where the master data tells it. */
  readonly countryOf?: CountryOf;
  /** The model in force, to be compared with. */
  readonly active?: ModelArtefact | null;
  /** Machines and industry of a customer where the master data tell them. */
  readonly traitsOf?: TraitsOf;
  /** Alerts are calibrated for these rules; the built-in ones where none are given. */
  readonly alertRules?: AlertRules;
  /** The table that is calibrated is that of these rules; of the built-in ones where none are given. */
  readonly potentialRules?: PotentialRules;
  readonly onProgress?: (done: number, total: number, step: string) => void;
};

/** Customers from which the expensive fits learn at most: every n-th by id beyond it. */
const CUSTOMERS_LEARNED_MAX = 20_000;

/** Snapshots of all customers at one time. */
export const snapshotsAt = (
  histories: readonly CustomerHistory[],
  asOfMs: number,
): readonly Snapshot[] => {
  const snapshots: Snapshot[] = [];
  for (const history of histories) {
    visitSnapshots(history, { originsMs: [asOfMs], horizonMs: 0 }, (s) => snapshots.push(s));
  }
  return snapshots;
};

const weeklyRevenue = (
  histories: readonly CustomerHistory[],
  firstMs: number,
  asOfMs: number,
): number[] => {
  const weeks = Math.max(0, Math.floor((asOfMs - firstMs) / MS_PER_WEEK));
  const weekly = new Array<number>(weeks).fill(0);
  for (const { documents } of histories) {
    for (const document of documents) {
      const week = Math.floor((document.orderedAtMs - firstMs) / MS_PER_WEEK);
      if (week >= 0 && week < weeks) weekly[week] = (weekly[week] ?? 0) + netOf(document);
    }
  }
  return weekly;
};

/** Histories cut at the as-of time, in order of their customers' ids. */
export const knownAt = (
  options: Pick<ForecastFitOptions, 'histories' | 'asOfMs'>,
): readonly CustomerHistory[] =>
  options.histories
    .map(({ customerId, documents }) => ({
      customerId,
      documents: documents.filter((document) => document.orderedAtMs < options.asOfMs),
    }))
    .filter(({ documents }) => documents.length > 0)
    .sort((a, b) => (a.customerId < b.customerId ? -1 : 1));

/** Time of the first document; the as-of time where there is none. */
export const firstMsOf = (histories: readonly CustomerHistory[], asOfMs: number): number =>
  histories.reduce(
    (first, { documents }) => Math.min(first, documents[0]?.orderedAtMs ?? first),
    asOfMs,
  );

/** A forecast, and what it would be without each fold of the customers it learned from. */
type FittedForecast = {
  readonly forecast: ModelArtefact;
  readonly withoutFold: readonly ModelArtefact[];
};

/**
 * Fits the horizons of which enough windows have closed for a correction of the level: the others take what the
 * nearest of these learned (forecast.ts). Where none has, those that learned anything; else all are untrained.
 */
const fitHorizons = (
  input: Omit<HorizonFitInput, 'horizonDays'>,
  { horizonsDays, onStep }: Pick<ForecastFitOptions, 'horizonsDays' | 'onStep'>,
): readonly FittedHorizon[] => {
  const inputs = [...horizonsDays]
    .sort((a, b) => a - b)
    .map((horizonDays) => ({ ...input, horizonDays }));
  const fitted = inputs.map((asked) => {
    const horizon = fitHorizonInFolds(asked);
    onStep?.(`horizon of ${String(asked.horizonDays)} days`);
    return horizon;
  });
  const trained = fitted.filter((horizon) => horizon !== null);
  const corrected = trained.filter(({ horizon }) => horizon.trees !== null);
  if (corrected.length > 0) return corrected;
  return trained.length > 0
    ? trained
    : inputs.map((asked) => ({ horizon: untrainedHorizon(asked), withoutFold: [] }));
};

const fitKnown = (
  histories: readonly CustomerHistory[],
  options: ForecastFitOptions,
): FittedForecast => {
  const { asOfMs, version, reportingCurrency, onStep, runJobs } = options;
  const firstMs = firstMsOf(histories, asOfMs);
  const learned = sample(histories, CUSTOMERS_LEARNED_MAX);
  const experts = fitBtyd(snapshotsAt(learned, asOfMs));
  onStep?.('buy-till-you-die models');
  const season = fitSeason(weeklyRevenue(histories, firstMs, asOfMs), firstMs);
  const base = { histories: learned, asOfMs, firstMs, experts, season, runJobs };
  const fitted = fitHorizons(base, options);
  const marketState = fitMarket(base);
  const forecast: ModelArtefact = {
    ...builtinModel,
    version,
    fittedAsOfMs: asOfMs,
    reportingCurrency,
    customers: histories.length,
    ...experts,
    season,
    ...(marketState && { marketState }),
    horizons: fitted.map(({ horizon }) => horizon),
  };
  const withoutFold = Array.from({ length: FOLDS }, (_, fold) => ({
    ...forecast,
    horizons: fitted.map(({ horizon, withoutFold: held }) => held[fold] ?? horizon),
  }));
  return { forecast, withoutFold };
};

/** Fits what forecasts need on what is known before the as-of time; the rest stays built in. */
export const fitForecast = (options: ForecastFitOptions): ModelArtefact =>
  fitKnown(knownAt(options), options).forecast;

/** What only those customers tell whose machines or industry are known. */
const fromMasterData = (
  histories: readonly CustomerHistory[],
  { asOfMs, nameOf, traitsOf, potentialRules: rules = builtinPotential }: FitOptions,
): Pick<ModelArtefact, 'machineNeeds' | 'peers'> => {
  if (traitsOf === undefined) return { machineNeeds: [], peers: [] };
  const asked = { asOfMs, nameOf, traitsOf };
  return {
    machineNeeds: fitMachineNeeds(histories, { ...asked, rules }),
    peers: fitPeers(histories, asked),
  };
};

/** Fits a model on what is known before the as-of time. */
export const fitModel = (options: FitOptions): ModelArtefact => {
  const { asOfMs, horizonsDays, nameOf, countryOf, runJobs } = options;
  const progress = options.onProgress ?? (() => undefined);
  const total = horizonsDays.length + 4;
  let done = 0;
  const onStep = (step: string): void => {
    done += 1;
    progress(done, total, step);
  };
  const histories = knownAt(options);
  const { forecast, withoutFold } = fitKnown(histories, { ...options, onStep });
  const learned = sample(histories, CUSTOMERS_LEARNED_MAX);
  const firstMs = firstMsOf(histories, asOfMs);
  const vectors = snapshotsAt(learned, asOfMs).map(({ vector }) => vector);
  const model: ModelArtefact = {
    ...forecast,
    activity: fitActivity(learned, {
      asOfMs,
      firstMs,
      mbgNbd: forecast.mbgNbd,
      prior: builtinModel.activity,
    }),
    profiles: fitProfiles(vectors, asOfMs),
    peerPotential: fitPeerPotential(vectors, asOfMs),
    ...fromMasterData(learned, options),
    nextProducts: fitNextProducts(learned, {
      asOfMs,
      nameOf,
      ...(countryOf && { countryOf }),
      runJobs,
    }),
  };
  onStep('profiles, potential and next products');
  const { active = null } = options;
  const checked = backtestReport({ histories: learned, asOfMs, firstMs, model, active, runJobs });
  onStep('back-test');
  const rules = options.alertRules ?? builtinAlerts;
  const alerts = fitAlerts({ histories: learned, asOfMs, firstMs, withoutFold, rules });
  onStep('alerts');
  return { ...model, ...checked, alerts };
};
