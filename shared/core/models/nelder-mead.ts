/**
 * Minimises a function of a few variables without derivatives (Nelder and Mead 1965, with the
 * standard coefficients 1, 2, 1/2, 1/2). Deterministic; enough for likelihoods of four parameters.
 */

export type Minimum = { readonly x: readonly number[]; readonly value: number };

const ITERATIONS_MAX = 2_000;
const INITIAL_STEP = 0.5;

/** Returns the best point found from a start; stops when the simplex' values agree to `tolerance`. */
export const minimise = (
  objective: (x: readonly number[]) => number,
  start: readonly number[],
  tolerance = 1e-9,
): Minimum => {
  const evaluate = (x: readonly number[]): Minimum => {
    const value = objective(x);
    return { x, value: Number.isNaN(value) ? Number.POSITIVE_INFINITY : value };
  };
  let simplex = [
    evaluate(start),
    ...start.map((_, i) => evaluate(start.map((v, j) => (i === j ? v + INITIAL_STEP : v)))),
  ];
  for (let iteration = 0; iteration < ITERATIONS_MAX; iteration += 1) {
    simplex.sort((a, b) => a.value - b.value);
    const best = simplex[0] as Minimum;
    const worst = simplex.at(-1) as Minimum;
    if (Math.abs(worst.value - best.value) <= tolerance * (Math.abs(best.value) + tolerance)) break;
    simplex = step(simplex, evaluate);
  }
  return simplex.reduce((a, b) => (b.value < a.value ? b : a));
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
