/**
 * The methods that the back-test compares, by name: the forecast itself, what a sales controller would
 * use instead, and the models of the literature. All get the same vector, history and fitted parameters
 * as of the origin; what learns has learned from windows closed at it.
 */
import { MS_PER_DAY, V } from '../../shared/core/features/vector.js';
import type { ModelArtefact } from '../../shared/core/models/artefact.js';
import { bgNbdExpectedPurchases } from '../../shared/core/models/bg-nbd.js';
import { btydOf } from '../../shared/core/models/btyd-data.js';
import { askExperts, type ExpertOpinion } from '../../shared/core/models/experts.js';
import {
  horizonModelFor,
  naiveForecastMinor,
  stackedMinor,
} from '../../shared/core/models/forecast.js';
import { gammaGammaExpectedValue } from '../../shared/core/models/gamma-gamma.js';
import { mbgNbdExpectedPurchases } from '../../shared/core/models/mbg-nbd.js';
import { seasonFactor } from '../../shared/core/models/season.js';

export type Question = {
  readonly vector: readonly number[];
  readonly asOfMs: number;
  readonly horizonDays: number;
  readonly model: ModelArtefact;
  readonly opinion: ExpertOpinion;
  /** Net revenue of the customer between two times before the origin, minor units. */
  readonly revenueMinor: (fromMs: number, toMs: number) => number;
};

export type Method = {
  readonly name: string;
  readonly describe: string;
  readonly forecastMinor: (question: Question) => number;
};

const WEEKS_PER_YEAR_MS = 364 * MS_PER_DAY;
const EWMA_12 = 1;

/** Mean value of a repeat purchase day by Gamma-Gamma, the population's where none repeats. */
const spendMinor = ({ vector, model }: Question, x: number): number => {
  const repeatSales = (vector[V.salesMinor] ?? 0) - (vector[V.firstDayMinor] ?? 0);
  return gammaGammaExpectedValue(model.gammaGamma, { x, m: x > 0 ? repeatSales / x : 0 });
};

const btydMethod =
  (expected: typeof bgNbdExpectedPurchases, kind: 'bgNbd' | 'mbgNbd') =>
  (question: Question): number => {
    const { vector, asOfMs, horizonDays, model } = question;
    const data = btydOf(vector, asOfMs);
    if (data === null) return 0;
    return expected(model[kind], { ...data, t: horizonDays / 7 }) * spendMinor(question, data.x);
  };

/** The literature's model: the yardstick of every relative figure. */
export const REFERENCE = 'bg-nbd-gg';

/** Every method but the forecast itself, which the protocol adds as `kundenpuls`. */
export const METHODS: readonly Method[] = [
  { name: 'zero', describe: 'nothing at all', forecastMinor: () => 0 },
  {
    name: 'naive',
    describe: 'the trailing year, spread evenly',
    forecastMinor: (question) => naiveForecastMinor(question),
  },
  {
    name: 'seasonal-naive',
    describe: 'the same weeks a year ago; the trailing year where there are none',
    forecastMinor: (question) => {
      const { asOfMs, horizonDays, vector, revenueMinor } = question;
      const fromMs = asOfMs - WEEKS_PER_YEAR_MS;
      return (vector[V.firstOrderedAtMs] ?? 0) > fromMs
        ? naiveForecastMinor(question)
        : Math.max(0, revenueMinor(fromMs, fromMs + horizonDays * MS_PER_DAY));
    },
  },
  {
    name: 'ewma-12',
    describe: 'exponential smoothing, half-life 12 weeks',
    forecastMinor: ({ opinion }) => opinion.revenueMinor[EWMA_12] ?? 0,
  },
  {
    name: REFERENCE,
    describe: 'BG/NBD x Gamma-Gamma, maximum likelihood as of the origin',
    forecastMinor: btydMethod(bgNbdExpectedPurchases, 'bgNbd'),
  },
  {
    name: 'mbg-nbd-gg',
    describe: 'MBG/NBD x Gamma-Gamma, maximum likelihood as of the origin',
    forecastMinor: btydMethod(mbgNbdExpectedPurchases, 'mbgNbd'),
  },
  {
    name: 'stack',
    describe: 'the non-negative stack of the experts alone',
    forecastMinor: ({ opinion, model, asOfMs, horizonDays }) => {
      const horizonWeeks = horizonDays / 7;
      const weights = horizonModelFor(model, horizonDays).expertWeights;
      return stackedMinor(opinion, weights) * seasonFactor(model.season, { asOfMs, horizonWeeks });
    },
  },
];

/** What all methods ask of the experts, once per customer. */
export const opinionOf = (
  vector: readonly number[],
  at: { readonly asOfMs: number; readonly horizonDays: number; readonly model: ModelArtefact },
): ExpertOpinion =>
  askExperts(vector, { asOfMs: at.asOfMs, horizonWeeks: at.horizonDays / 7, model: at.model });
