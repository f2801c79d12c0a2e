/**
 * The rolling-origin protocol. At each origin the trainer sees only documents before it, so it learns
 * from windows that are closed by then; the artefact then forecasts the next weeks of every customer
 * that has bought before, through the code that replay and the scorer run. Nothing is tuned per data set.
 */
import { MS_PER_DAY } from '../../shared/core/features/vector.js';
import type { ModelArtefact } from '../../shared/core/models/artefact.js';
import { fitForecast } from '../../shared/core/models/fit.js';
import { forecastCustomer } from '../../shared/core/models/forecast.js';
import { netOf, visitSnapshots, type CustomerHistory } from '../../shared/core/models/history.js';
import { originsFor, type Dataset } from './datasets/dataset.js';
import { METHODS, opinionOf } from './methods.js';

export const OURS = 'kundenpuls';
/** The median beside the mean: what absolute errors are least with, and no total is right with. */
export const OUR_MEDIAN = 'kundenpuls-median';

/** One forecast of one customer from one origin, by every method. */
export type Case = {
  readonly customer: number;
  readonly originMs: number;
  readonly actualMinor: number;
  readonly lower80Minor: number;
  readonly upper80Minor: number;
  readonly forecastsMinor: readonly number[];
};

export const METHOD_NAMES: readonly string[] = [
  OURS,
  OUR_MEDIAN,
  ...METHODS.map(({ name }) => name),
];

export type Setting = {
  readonly dataset: string;
  readonly horizonWeeks: number;
  readonly origins: number;
  readonly cases: readonly Case[];
};

/** Called for each origin and horizon with the artefact and its forecasts. */
export type OnOrigin = (origin: {
  readonly model: ModelArtefact;
  readonly horizonWeeks: number;
  readonly cases: readonly Case[];
}) => void;

const revenueIn =
  ({ documents }: CustomerHistory, beforeMs: number) =>
  (fromMs: number, toMs: number): number => {
    let sum = 0;
    for (const document of documents) {
      if (document.orderedAtMs >= Math.min(toMs, beforeMs)) break;
      if (document.orderedAtMs >= fromMs) sum += netOf(document);
    }
    return sum;
  };

const casesAt = (
  dataset: Dataset,
  { model, horizonWeeks }: { readonly model: ModelArtefact; readonly horizonWeeks: number },
): Case[] => {
  const horizonDays = horizonWeeks * 7;
  const originMs = model.fittedAsOfMs;
  const window = { originsMs: [originMs], horizonMs: horizonDays * MS_PER_DAY };
  const cases: Case[] = [];
  for (const [customer, history] of dataset.histories.entries()) {
    visitSnapshots(history, window, ({ vector, asOfMs, actualMinor }) => {
      const at = { asOfMs, horizonDays, model };
      const ours = forecastCustomer({ vector, groups: [], ...at });
      const question = {
        vector,
        ...at,
        opinion: opinionOf(vector, at),
        revenueMinor: revenueIn(history, originMs),
      };
      cases.push({
        customer,
        originMs,
        actualMinor,
        lower80Minor: ours.lower80Minor,
        upper80Minor: ours.upper80Minor,
        forecastsMinor: [
          ours.expectedMinor,
          ours.medianMinor,
          ...METHODS.map(({ forecastMinor }) => forecastMinor(question)),
        ],
      });
    });
  }
  return cases;
};

/** Runs a data set; one setting per horizon. Each origin is fitted once for all horizons. */
export const runProtocol = (dataset: Dataset, onOrigin: OnOrigin = () => undefined): Setting[] => {
  const byHorizon = dataset.horizonsWeeks.map((horizonWeeks) => ({
    horizonWeeks,
    origins: new Set(originsFor(dataset, horizonWeeks)),
    cases: [] as Case[],
  }));
  const origins = [...new Set(byHorizon.flatMap((setting) => [...setting.origins]))];
  for (const originMs of origins.sort((a, b) => a - b)) {
    const model = fitForecast({
      histories: dataset.histories,
      asOfMs: originMs,
      version: `backtest-${new Date(originMs).toISOString().slice(0, 10)}`,
      reportingCurrency: dataset.currency,
      horizonsDays: dataset.horizonsWeeks.map((weeks) => weeks * 7),
    });
    for (const { horizonWeeks, origins: asked, cases } of byHorizon) {
      if (!asked.has(originMs)) continue;
      const found = casesAt(dataset, { model, horizonWeeks });
      onOrigin({ model, horizonWeeks, cases: found });
      cases.push(...found);
    }
  }
  return byHorizon.map(({ horizonWeeks, origins: asked, cases }) => ({
    dataset: dataset.name,
    horizonWeeks,
    origins: asked.size,
    cases,
  }));
};
