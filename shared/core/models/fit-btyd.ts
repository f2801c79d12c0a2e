/**
 * Fits the buy-till-you-die models on snapshots of one time; with too few customers the built-in
 * parameters stay.
 */
import { V } from '../features/vector.js';
import { builtinModel, type ModelArtefact } from './artefact.js';
import { fitBgNbd } from './bg-nbd.js';
import { btydOf, mergeRows } from './btyd-data.js';
import type { ExpertModel } from './experts.js';
import { fitGammaGamma } from './gamma-gamma.js';
import type { Snapshot } from './history.js';
import { fitMbgNbd } from './mbg-nbd.js';

/** Distinct rows below which a likelihood has no clear maximum: the priors stay. */
const BTYD_ROWS_MIN = 30;

/** Fits BG/NBD, MBG/NBD and Gamma-Gamma on snapshots of one time. */
export const fitBtyd = (snapshots: readonly Snapshot[]): ExpertModel => {
  const rows = mergeRows(snapshots.flatMap(({ vector, asOfMs }) => btydOf(vector, asOfMs) ?? []));
  const spend = snapshots.flatMap(({ vector }) => {
    const x = (vector[V.orderDays] ?? 0) - 1;
    const m = x > 0 ? ((vector[V.salesMinor] ?? 0) - (vector[V.firstDayMinor] ?? 0)) / x : 0;
    return m > 0 ? [{ x, m }] : [];
  });
  if (rows.length < BTYD_ROWS_MIN || spend.length < BTYD_ROWS_MIN) {
    const { bgNbd, mbgNbd, gammaGamma } = builtinModel;
    return { bgNbd, mbgNbd, gammaGamma: spend.length === 0 ? gammaGamma : scaled(spend) };
  }
  const bgNbd = fitBgNbd(rows).parameters;
  return {
    bgNbd,
    mbgNbd: fitMbgNbd(rows, bgNbd).parameters,
    gammaGamma: fitGammaGamma(spend).parameters,
  };
};

/** The built-in Gamma-Gamma on the scale of a few observed spends. */
const scaled = (spend: readonly { readonly m: number }[]): ModelArtefact['gammaGamma'] => {
  const { p, q } = builtinModel.gammaGamma;
  const mean = spend.reduce((sum, { m }) => sum + m, 0) / spend.length;
  return { p, q, gamma: (mean * (q - 1)) / p };
};
