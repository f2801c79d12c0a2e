/**
 * Minimises a function of a few variables without derivatives (Nelder and Mead 1965, with the
 * standard coefficients 1, 2, 1/2, 1/2), then by Newton steps on finite differences: the simplex finds the
 * valley from afar, Newton its floor to the last printed digit. Deterministic; for likelihoods of four
 * parameters.
 */
import { Matrix, solve } from 'ml-matrix';

export type Minimum = { readonly x: readonly number[]; readonly value: number };

const ITERATIONS_MAX = 2_000;
const INITIAL_STEP = 0.5;
/** Agreement of the simplex, relative to the value, at which Newton takes over. */
const SIMPLEX_TOLERANCE = 1e-8;
const NEWTON_STEPS_MAX = 8;
/** Step of the finite differences: variables are logarithms, so that 1 is a large step. */
const DIFFERENCE = 1e-3;
const NEWTON_STEP_MIN = 1e-7;
/** A valley without a floor has no Newton step worth taking. */
const NEWTON_STEP_MAX = 1;

type Evaluate = (x: readonly number[]) => Minimum;

/** Returns the best point found from a start. */
export const minimise = (
  objective: (x: readonly number[]) => number,
  start: readonly number[],
): Minimum => {
  const evaluate: Evaluate = (x) => {
    const value = objective(x);
    return { x, value: Number.isNaN(value) ? Number.POSITIVE_INFINITY : value };
  };
  return descend(evaluate, search(evaluate, start));
};

const search = (evaluate: Evaluate, start: readonly number[]): Minimum => {
  let simplex = [
    evaluate(start),
    ...start.map((_, i) => evaluate(start.map((v, j) => (i === j ? v + INITIAL_STEP : v)))),
  ];
  for (let iteration = 0; iteration < ITERATIONS_MAX; iteration += 1) {
    simplex.sort((a, b) => a.value - b.value);
    const best = simplex[0] as Minimum;
    const worst = simplex.at(-1) as Minimum;
    if (worst.value - best.value <= SIMPLEX_TOLERANCE * Math.abs(best.value)) break;
    simplex = step(simplex, evaluate);
  }
  return simplex.reduce((a, b) => (b.value < a.value ? b : a));
};

/** Newton steps with gradient and Hessian by central differences, as long as they lower the value. */
const descend = (evaluate: Evaluate, from: Minimum): Minimum => {
  let best = from;
  for (let step = 0; step < NEWTON_STEPS_MAX; step += 1) {
    const move = newtonStep(evaluate, best);
    const longest = Math.max(...move.map(Math.abs));
    // Also false for what is not a number: a singular Hessian has no step.
    if (!(longest < NEWTON_STEP_MAX)) break;
    const next = evaluate(best.x.map((v, i) => v - (move[i] ?? 0)));
    if (!(next.value < best.value)) break;
    best = next;
    if (longest < NEWTON_STEP_MIN) break;
  }
  return best;
};

const newtonStep = (evaluate: Evaluate, { x, value }: Minimum): readonly number[] => {
  const at = (i: number, di: number, j = i, dj = 0): number =>
    evaluate(x.map((v, k) => v + (k === i ? di : 0) + (k === j ? dj : 0))).value;
  const h = DIFFERENCE;
  const ahead = x.map((_, i) => at(i, h));
  const behind = x.map((_, i) => at(i, -h));
  const gradient = x.map((_, i) => ((ahead[i] ?? 0) - (behind[i] ?? 0)) / (2 * h));
  const hessian = Matrix.zeros(x.length, x.length);
  for (let i = 0; i < x.length; i += 1) {
    hessian.set(i, i, ((ahead[i] ?? 0) - 2 * value + (behind[i] ?? 0)) / (h * h));
    for (let j = 0; j < i; j += 1) {
      const mixed = (at(i, h, j, h) - at(i, h, j, -h) - at(i, -h, j, h) + at(i, -h, j, -h)) / 4;
      hessian.set(i, j, mixed / (h * h));
      hessian.set(j, i, mixed / (h * h));
    }
  }
  const isUsable =
    hessian.to1DArray().every(Number.isFinite) && hessian.diagonal().every((d) => d > 0);
  if (!isUsable) return x.map(() => Number.NaN);
  return solve(hessian, Matrix.columnVector(gradient)).to1DArray();
};

/** One step of the simplex, sorted from best to worst. */
const step = (
  simplex: readonly Minimum[],
  evaluate: (x: readonly number[]) => Minimum,
): Minimum[] => {
  const best = simplex[0] as Minimum;
  const worst = simplex.at(-1) as Minimum;
  const others = simplex.slice(0, -1);
  const centre = best.x.map(
    (_, i) => others.reduce((sum, point) => sum + (point.x[i] ?? 0), 0) / others.length,
  );
  const along = (factor: number): Minimum =>
    evaluate(centre.map((c, i) => c + factor * ((worst.x[i] ?? 0) - c)));
  const reflected = along(-1);
  const secondWorst = others.at(-1) as Minimum;
  if (reflected.value < best.value) {
    const expanded = along(-2);
    return [...others, expanded.value < reflected.value ? expanded : reflected];
  }
  if (reflected.value < secondWorst.value) return [...others, reflected];
  const contracted = along(reflected.value < worst.value ? -0.5 : 0.5);
  if (contracted.value < Math.min(worst.value, reflected.value)) return [...others, contracted];
  return [
    best,
    ...simplex.slice(1).map((point) => evaluate(point.x.map((v, i) => (v + (best.x[i] ?? 0)) / 2))),
  ];
};
