/**
 * Grades a fitted model on the last closed window of its shortest horizon: against naive and against
 * BG/NBD with Gamma-Gamma, refitted on what was known then; with their experts it measures the market.
 */
import { MS_PER_DAY } from '../features/vector.js';
import type { BacktestRow, ModelArtefact } from './artefact.js';
import { askExperts } from './experts.js';
import { forecastCustomer, horizonModelFor, naiveForecastMinor } from './forecast.js';
import { fitBtyd } from './fit-btyd.js';
import { createRandom } from './random.js';
import { fitHorizon, fitMarket } from './fit-horizon.js';
import { marketLevel } from './market-level.js';
import type { RunJobs } from './jobs.js';
import { visitSnapshots, type CustomerHistory, type Snapshot } from './history.js';

export type BacktestInput = {
  readonly histories: readonly CustomerHistory[];
  readonly asOfMs: number;
  readonly firstMs: number;
  readonly model: ModelArtefact;
  /** The model in force; compared when it was trained on nothing of the window. */
  readonly active: ModelArtefact | null;
  /** How independent parts of a fit are run; one after the other where it is not given. */
  readonly runJobs?: RunJobs | undefined;
};

const HISTORY_DAYS_MIN = 120;
const CUSTOMERS_MIN = 50;
const BG_NBD_GG = 6;

const RESAMPLES = 400;
const SEED = 9;
/** Share of resamples that must agree before a model counts as surely better than another. */
export const SURE_SHARE = 0.9;
/** Method of the row of the model in force. */
export const ACTIVE_METHOD = 'active';

type Scored = { readonly forecast: number; readonly actual: number };

const toRow = (method: string, horizonDays: number, scored: readonly Scored[]): BacktestRow => {
  const n = Math.max(1, scored.length);
  const errors = scored.map(({ forecast, actual }) => forecast - actual);
  const total = scored.reduce((sum, { actual }) => sum + actual, 0);
  return {
    method,
    horizonDays,
    mae: errors.reduce((sum, e) => sum + Math.abs(e), 0) / n,
    rmse: Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / n),
    bias: total === 0 ? 0 : errors.reduce((sum, e) => sum + e, 0) / total,
    coverage80: null,
    beatenShare: null,
  };
};

/** Paired bootstrap over customers: how often the first has less squared error than the second. */
export const beatenShareOf = (own: readonly Scored[], other: readonly Scored[]): number => {
  const gains = own.map(({ forecast, actual }, i) => {
    const rival = other[i] ?? { forecast, actual };
    return (rival.forecast - rival.actual) ** 2 - (forecast - actual) ** 2;
  });
  const random = createRandom(SEED);
  let wins = 0;
  for (let resample = 0; resample < RESAMPLES; resample += 1) {
    let sum = 0;
    for (let i = 0; i < gains.length; i += 1)
      sum += gains[Math.floor(random() * gains.length)] ?? 0;
    if (sum > 0) wins += 1;
  }
  return wins / RESAMPLES;
};

/** Back-tests the model's method on the window that closed last; grade untrained when it cannot. */
export const backtestReport = ({
  histories,
  asOfMs,
  firstMs,
  model,
  active,
  runJobs,
}: BacktestInput): Pick<ModelArtefact, 'report' | 'marketLevel'> => {
  const horizonDays = model.horizons[0]?.horizonDays ?? 28;
  const originMs = asOfMs - horizonDays * MS_PER_DAY;
  const snapshots: Snapshot[] = [];
  const window = { originsMs: [originMs], horizonMs: horizonDays * MS_PER_DAY };
  for (const history of histories) visitSnapshots(history, window, (s) => snapshots.push(s));
  if (originMs - firstMs < HISTORY_DAYS_MIN * MS_PER_DAY || snapshots.length < CUSTOMERS_MIN) {
    return { report: { grade: 'untrained', rows: [] }, marketLevel: 1 };
  }
  const experts = fitBtyd(snapshots);
  const { season } = model;
  const known = { histories, asOfMs: originMs, firstMs, experts, season, runJobs };
  const then: ModelArtefact = {
    ...model,
    ...experts,
    fittedAsOfMs: originMs,
    marketState: fitMarket(known),
    horizons: [fitHorizon({ ...known, horizonDays })],
  };
  return {
    report: grade(
      snapshots,
      { model: then, active: isUnseen(active, originMs) ? active : null },
      horizonDays,
    ),
    marketLevel: marketLevel({ histories, asOfMs, experts, season }),
  };
};

const isSure = ({ beatenShare }: BacktestRow): boolean => (beatenShare ?? 0) >= SURE_SHARE;

/** A model that has seen a part of the window would win by memory. */
const isUnseen = (active: ModelArtefact | null, originMs: number): boolean =>
  active !== null && active.fittedAsOfMs > 0 && active.fittedAsOfMs <= originMs;

const grade = (
  snapshots: readonly Snapshot[],
  { model, active }: { readonly model: ModelArtefact; readonly active: ModelArtefact | null },
  horizonDays: number,
): ModelArtefact['report'] => {
  const horizonWeeks = horizonModelFor(model, horizonDays).horizonDays / 7;
  let covered = 0;
  const ours: Scored[] = [];
  const naive: Scored[] = [];
  const bgNbd: Scored[] = [];
  const inForce: Scored[] = [];
  for (const { vector, asOfMs, actualMinor: actual } of snapshots) {
    const forecast = forecastCustomer({ vector, groups: [], asOfMs, horizonDays, model });
    if (actual >= forecast.lower80Minor && actual <= forecast.upper80Minor) covered += 1;
    ours.push({ forecast: forecast.expectedMinor, actual });
    naive.push({ forecast: naiveForecastMinor({ vector, asOfMs, horizonDays }), actual });
    const opinion = askExperts(vector, { asOfMs, horizonWeeks, model });
    bgNbd.push({ forecast: opinion.revenueMinor[BG_NBD_GG] ?? 0, actual });
    if (active === null) continue;
    const rival = forecastCustomer({ vector, groups: [], asOfMs, horizonDays, model: active });
    inForce.push({ forecast: rival.expectedMinor, actual });
  }
  const rows = [
    { ...toRow('kundenpuls', horizonDays, ours), coverage80: covered / snapshots.length },
    { ...toRow('naive', horizonDays, naive), beatenShare: beatenShareOf(ours, naive) },
    { ...toRow('bg-nbd-gg', horizonDays, bgNbd), beatenShare: beatenShareOf(ours, bgNbd) },
  ] as const;
  const [own, baseline, literature] = rows;
  return {
    grade: own.rmse > baseline.rmse ? 'C' : isSure(baseline) && isSure(literature) ? 'A' : 'B',
    rows:
      active === null
        ? rows
        : [
            ...rows,
            {
              ...toRow(ACTIVE_METHOD, horizonDays, inForce),
              beatenShare: beatenShareOf(ours, inForce),
            },
          ],
  };
};
