/** Learns weights from normal equations: non-negative least squares and ridge regression. */
import { Matrix, solve } from 'ml-matrix';

export type NormalEquations = {
  readonly size: number;
  /** XᵀWX, row-major, and XᵀWy. */
  readonly gram: Float64Array;
  readonly moment: Float64Array;
};

/** Returns empty normal equations for `size` columns. */
export const createNormalEquations = (size: number): NormalEquations => ({
  size,
  gram: new Float64Array(size * size),
  moment: new Float64Array(size),
});

/** Adds a row with its weight. O(size²). */
export const addRow = (
  { size, gram, moment }: NormalEquations,
  row: readonly number[],
  { y, weight }: { readonly y: number; readonly weight: number },
): void => {
  for (let i = 0; i < size; i += 1) {
    const wi = weight * (row[i] ?? 0);
    if (wi === 0) continue;
    moment[i] = (moment[i] ?? 0) + wi * y;
    for (let j = 0; j < size; j += 1) {
      gram[i * size + j] = (gram[i * size + j] ?? 0) + wi * (row[j] ?? 0);
    }
  }
};

/** Adds a row that is one in the given columns and zero elsewhere. O(active²). */
export const addOneHotRow = (
  { size, gram, moment }: NormalEquations,
  active: readonly number[],
  { y, weight }: { readonly y: number; readonly weight: number },
): void => {
  for (const i of active) {
    moment[i] = (moment[i] ?? 0) + weight * y;
    for (const j of active) gram[i * size + j] = (gram[i * size + j] ?? 0) + weight;
  }
};

const SWEEPS_MAX = 2_000;
const TOLERANCE = 1e-10;

/**
 * Non-negative weights that minimise the squared error plus `ridge` times the squared distance from
 * `prior`, by coordinate descent (each step is exact, the problem convex).
 */
export const solveNonNegative = (
  { size, gram, moment }: NormalEquations,
  { prior, ridge }: { readonly prior: readonly number[]; readonly ridge: number },
): number[] => {
  const weights = [...prior];
  for (let sweep = 0; sweep < SWEEPS_MAX; sweep += 1) {
    let change = 0;
    for (let i = 0; i < size; i += 1) {
      let gradient = (moment[i] ?? 0) + ridge * (prior[i] ?? 0);
      for (let j = 0; j < size; j += 1) {
        gradient -= j === i ? 0 : (gram[i * size + j] ?? 0) * (weights[j] ?? 0);
      }
      const curvature = (gram[i * size + i] ?? 0) + ridge;
      const next = curvature > 0 ? Math.max(0, gradient / curvature) : 0;
      change = Math.max(change, Math.abs(next - (weights[i] ?? 0)));
      weights[i] = next;
    }
    if (change < TOLERANCE) break;
  }
  return weights;
};

/** Ridge coefficients toward zero; the first column, the constant, is not shrunk. */
export const solveRidge = ({ size, gram, moment }: NormalEquations, ridge: number): number[] => {
  const left = Matrix.from1DArray(size, size, [...gram]);
  for (let i = 0; i < size; i += 1) left.set(i, i, left.get(i, i) + (i === 0 ? 1e-9 : 1) * ridge);
  return solve(left, Matrix.columnVector([...moment])).to1DArray();
};
