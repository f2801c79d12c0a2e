/** Gauss' hypergeometric function by its power series, for the arguments that BTYD models need. */

const TERMS_MAX = 10_000;
const RELATIVE_TOLERANCE = 1e-13;

/**
 * 2F1(a, b; c; z) for 0 <= z < 1 and c > 0 (Abramowitz and Stegun, 15.1.1). Callers use the form
 * after Euler's transformation (15.3.3), whose terms neither overflow nor alternate for large counts.
 */
export const hypergeometric2F1 = (a: number, b: number, c: number, z: number): number => {
  let term = 1;
  let sum = 1;
  for (let n = 0; n < TERMS_MAX; n += 1) {
    term *= (((a + n) * (b + n)) / ((c + n) * (n + 1))) * z;
    sum += term;
    if (Math.abs(term) <= RELATIVE_TOLERANCE * Math.abs(sum)) break;
  }
  return sum;
};
