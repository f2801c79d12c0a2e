/**
 * Inverse of a symmetric positive definite matrix by Cholesky, in place and in typed arrays: A = L Lᵀ,
 * then L⁻¹, then A⁻¹ = L⁻ᵀ L⁻¹. Row-major throughout, so every inner loop walks memory in order; about n³/2
 * multiplications, which a general library routine needs several times of.
 */

/** Inverts the matrix of `size` rows in place. Only its lower triangle is read; both are written. */
export const invertSymmetric = (matrix: Float64Array, size: number): void => {
  factor(matrix, size);
  invertLower(matrix, size);
  multiplyTransposed(matrix, size);
};

/** Lower Cholesky factor; throws RangeError where the matrix is not positive definite. */
const factor = (a: Float64Array, n: number): void => {
  for (let i = 0; i < n; i += 1) {
    const rowI = i * n;
    for (let j = 0; j <= i; j += 1) {
      const rowJ = j * n;
      let s0 = a[rowI + j] ?? 0;
      let s1 = 0;
      let k = 0;
      // Two sums at once: a single one waits for the addition before it.
      for (; k + 1 < j; k += 2) {
        s0 -= (a[rowI + k] as number) * (a[rowJ + k] as number);
        s1 -= (a[rowI + k + 1] as number) * (a[rowJ + k + 1] as number);
      }
      if (k < j) s0 -= (a[rowI + k] as number) * (a[rowJ + k] as number);
      const sum = s0 + s1;
      if (i !== j) a[rowI + j] = sum / (a[rowJ + j] as number);
      else if (sum > 0) a[rowI + i] = Math.sqrt(sum);
      else throw new RangeError(`the matrix is not positive definite at row ${String(i)}`);
    }
  }
};

/** Inverse of a lower triangle in place: row i of L⁻¹ from the rows before it. */
const invertLower = (a: Float64Array, n: number): void => {
  const row = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    const rowI = i * n;
    const inverse = 1 / (a[rowI + i] as number);
    row.fill(0, 0, i);
    for (let k = 0; k < i; k += 1) {
      const factorK = a[rowI + k] as number;
      if (factorK === 0) continue;
      const rowK = k * n;
      for (let j = 0; j <= k; j += 1) {
        row[j] = (row[j] as number) + factorK * (a[rowK + j] as number);
      }
    }
    for (let j = 0; j < i; j += 1) a[rowI + j] = -(row[j] as number) * inverse;
    a[rowI + i] = inverse;
  }
};

/** LᵀL of a lower triangle in place, mirrored: row k of L only touches rows up to k of the result. */
const multiplyTransposed = (a: Float64Array, n: number): void => {
  const row = new Float64Array(n);
  for (let k = 0; k < n; k += 1) {
    const rowK = k * n;
    row.set(a.subarray(rowK, rowK + k + 1));
    a.fill(0, rowK, rowK + k + 1);
    for (let i = 0; i <= k; i += 1) {
      const weight = row[i] as number;
      if (weight === 0) continue;
      const rowI = i * n;
      for (let j = 0; j <= i; j += 1) {
        a[rowI + j] = (a[rowI + j] as number) + weight * (row[j] as number);
      }
    }
  }
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < i; j += 1) a[j * n + i] = a[i * n + j] as number;
  }
};
