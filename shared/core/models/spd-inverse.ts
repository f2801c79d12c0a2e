/**
 * Inverse of a symmetric positive definite matrix by Cholesky, in place and in typed arrays: A = L Lᵀ,
 * then L⁻¹, then A⁻¹ = L⁻ᵀ L⁻¹. Row-major throughout, so every inner loop walks memory in order, and several
 * rows at a time, so that what is written is fetched once for all of them; about n³/2 multiplications, which
 * a general library routine needs several times of.
 */

/** Inverts the matrix of `size` rows in place. Only its lower triangle is read; both are written. */
export const invertSymmetric = (matrix: Float64Array, size: number): void => {
  factor(matrix, size);
  invertLower(matrix, size);
  multiplyTransposed(matrix, size);
};

/** Rows worked on together. */
const BLOCK = 4;

/** Lower Cholesky factor; throws RangeError where the matrix is not positive definite. */
const factor = (a: Float64Array, n: number): void => {
  for (let i = 0; i < n; i += 1) {
    const rowI = i * n;
    let j = 0;
    for (; j + 1 < i; j += 2) factorPair(a, n, { rowI, j });
    for (; j < i; j += 1) {
      const rest = (a[rowI + j] as number) - dot(a, { rowI, rowJ: j * n, length: j });
      a[rowI + j] = rest / (a[j * n + j] as number);
    }
    const rest = (a[rowI + i] as number) - dot(a, { rowI, rowJ: rowI, length: i });
    if (!(rest > 0))
      throw new RangeError(`the matrix is not positive definite at row ${String(i)}`);
    a[rowI + i] = Math.sqrt(rest);
  }
};

type Pair = { readonly rowI: number; readonly rowJ: number; readonly length: number };

const dot = (a: Float64Array, { rowI, rowJ, length }: Pair): number => {
  let sum = 0;
  for (let k = 0; k < length; k += 1) sum += (a[rowI + k] as number) * (a[rowJ + k] as number);
  return sum;
};

/** Two entries of row i: they share its reading, and no sum waits for the other. */
const factorPair = (
  a: Float64Array,
  n: number,
  { rowI, j }: { readonly rowI: number; readonly j: number },
): void => {
  const rowP = j * n;
  const rowQ = rowP + n;
  let [p0, p1, q0, q1] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 1 < j; k += 2) {
    const x = a[rowI + k] as number;
    const y = a[rowI + k + 1] as number;
    p0 += x * (a[rowP + k] as number);
    p1 += y * (a[rowP + k + 1] as number);
    q0 += x * (a[rowQ + k] as number);
    q1 += y * (a[rowQ + k + 1] as number);
  }
  if (k < j) {
    const x = a[rowI + k] as number;
    p0 += x * (a[rowP + k] as number);
    q0 += x * (a[rowQ + k] as number);
  }
  const first = ((a[rowI + j] as number) - (p0 + p1)) / (a[rowP + j] as number);
  const rest = (a[rowI + j + 1] as number) - (q0 + q1) - first * (a[rowQ + j] as number);
  a[rowI + j] = first;
  a[rowI + j + 1] = rest / (a[rowQ + j + 1] as number);
};

/**
 * Inverse of a lower triangle in place: row i of L⁻¹ from the rows before it, four of which are added at a
 * time as far as the shortest goes.
 */
const invertLower = (a: Float64Array, n: number): void => {
  const row = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    const rowI = i * n;
    const inverse = 1 / (a[rowI + i] as number);
    row.fill(0, 0, i);
    let k = 0;
    for (; k + BLOCK <= i; k += BLOCK) {
      const [at0, at1, at2, at3] = [k * n, (k + 1) * n, (k + 2) * n, (k + 3) * n];
      const w0 = a[rowI + k] as number;
      const w1 = a[rowI + k + 1] as number;
      const w2 = a[rowI + k + 2] as number;
      const w3 = a[rowI + k + 3] as number;
      for (let j = 0; j <= k; j += 1) {
        const lower = w0 * (a[at0 + j] as number) + w1 * (a[at1 + j] as number);
        const upper = w2 * (a[at2 + j] as number) + w3 * (a[at3 + j] as number);
        row[j] = (row[j] as number) + lower + upper;
      }
      for (let b = 1; b < BLOCK; b += 1) addRow(row, a, { rowI, k: k + b, n, from: k + 1 });
    }
    for (; k < i; k += 1) addRow(row, a, { rowI, k, n, from: 0 });
    for (let j = 0; j < i; j += 1) a[rowI + j] = -(row[j] as number) * inverse;
    a[rowI + i] = inverse;
  }
};

type RowAt = {
  readonly rowI: number;
  readonly k: number;
  readonly n: number;
  readonly from: number;
};

/** Adds row k, weighted by its entry in row i, from a column on. */
const addRow = (row: Float64Array, a: Float64Array, { rowI, k, n, from }: RowAt): void => {
  const weight = a[rowI + k] as number;
  const rowK = k * n;
  for (let j = from; j <= k; j += 1) row[j] = (row[j] as number) + weight * (a[rowK + j] as number);
};

/**
 * LᵀL of a lower triangle in place, mirrored: rows of L up to k only touch rows up to k of the result. Four
 * are taken out at a time, zeros behind their diagonals and for rows beyond the last.
 */
const multiplyTransposed = (a: Float64Array, n: number): void => {
  const [r0, r1, r2, r3] = [0, 1, 2, 3].map(() => new Float64Array(n)) as Four;
  for (let k = 0; k < n; k += BLOCK) {
    const end = Math.min(n, k + BLOCK);
    for (const [b, row] of [r0, r1, r2, r3].entries()) {
      const at = (k + b) * n;
      row.fill(0, 0, end);
      if (k + b < n) row.set(a.subarray(at, at + k + b + 1));
    }
    for (let i = k; i < end; i += 1) a.fill(0, i * n, i * n + i + 1);
    for (let i = 0; i < end; i += 1) {
      const rowI = i * n;
      const w0 = r0[i] as number;
      const w1 = r1[i] as number;
      const w2 = r2[i] as number;
      const w3 = r3[i] as number;
      for (let j = 0; j <= i; j += 1) {
        const lower = w0 * (r0[j] as number) + w1 * (r1[j] as number);
        const upper = w2 * (r2[j] as number) + w3 * (r3[j] as number);
        a[rowI + j] = (a[rowI + j] as number) + lower + upper;
      }
    }
  }
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < i; j += 1) a[j * n + i] = a[i * n + j] as number;
  }
};

type Four = [Float64Array, Float64Array, Float64Array, Float64Array];
