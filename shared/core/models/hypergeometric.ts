/** Gauss' hypergeometric function by its power series, for the arguments that BTYD models need. */

const TERMS_MAX = 10_000;
const RELATIVE_TOLERANCE = 1e-13;

/** 2F1(a, b; c; z) for 0 <= z < 1 and c > 0 (Abramowitz and Stegun, 15.1.1). */
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

/**
 * (1 - z)^a 2F1(a, c - d; c; z) for 0 <= z < 1, 0 < c and d < c. The series is about as large as (1 - z)^-a
 * and overflows for thousands of purchases (note 027 of Hardie tells of it); Euler's transformation (15.3.3)
 * gives the same as (1 - z)^d 2F1(c - a, d; c; z), which overflows where dropout hardly differs between
 * customers. The form with the smaller power is taken.
 */
export const scaledHypergeometric2F1 = (a: number, d: number, c: number, z: number): number =>
  a < d
    ? Math.exp(a * Math.log1p(-z)) * hypergeometric2F1(a, c - d, c, z)
    : Math.exp(d * Math.log1p(-z)) * hypergeometric2F1(c - a, d, c, z);
