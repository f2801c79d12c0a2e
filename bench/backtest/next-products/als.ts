/**
 * Implicit alternating least squares (Hu, Koren, Volinsky, "Collaborative filtering for implicit feedback
 * datasets", ICDM 2008, eqs. 4 and 5), as a peer: what a recommender library would be asked for first.
 */
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { createRandom } from '../../../shared/core/models/random.js';

const FACTORS = 48;
const ROUNDS = 8;
/** Confidence of a purchase is 1 + ALPHA; usual values, not tuned, as is the ridge. */
const ALPHA = 15;
const RIDGE = 20;
const SEED = 7;

type Rows = readonly ArrayLike<number>[];

const transpose = (rows: Rows, columns: number): number[][] => {
  const result: number[][] = Array.from({ length: columns }, () => []);
  for (const [i, row] of rows.entries()) {
    for (let k = 0; k < row.length; k += 1) result[row[k] ?? 0]?.push(i);
  }
  return result;
};

/** Solves every row's factors given the other side's. */
const halfStep = (rows: Rows, other: Matrix): Matrix => {
  const gram = other.transpose().mmul(other);
  const solved = new Matrix(rows.length, FACTORS);
  for (const [i, row] of rows.entries()) {
    if (row.length === 0) continue;
    const chosen = other.selection(
      Array.from(row),
      Array.from({ length: FACTORS }, (_, f) => f),
    );
    const system = Matrix.add(gram, chosen.transpose().mmul(chosen).mul(ALPHA));
    for (let f = 0; f < FACTORS; f += 1) system.set(f, f, system.get(f, f) + RIDGE);
    const right = Matrix.columnVector(
      Array.from({ length: FACTORS }, (_, f) =>
        chosen.getColumn(f).reduce((sum, value) => sum + value * (1 + ALPHA), 0),
      ),
    );
    solved.setRow(i, new CholeskyDecomposition(system).solve(right).getColumn(0));
  }
  return solved;
};

/** Fits; returns the score of every product for a customer by index. */
export const fitAls = (baskets: Rows, products: number): ((customer: number) => Float64Array) => {
  const random = createRandom(SEED);
  let items = new Matrix(products, FACTORS);
  for (let i = 0; i < products; i += 1) {
    for (let f = 0; f < FACTORS; f += 1) items.set(i, f, (random() - 0.5) * 0.1);
  }
  const buyers = transpose(baskets, products);
  let users = halfStep(baskets, items);
  for (let round = 0; round < ROUNDS; round += 1) {
    items = halfStep(buyers, users);
    users = halfStep(baskets, items);
  }
  return (customer) => {
    const user = users.getRow(customer);
    return Float64Array.from({ length: products }, (_, i) =>
      items.getRow(i).reduce((sum, value, f) => sum + value * (user[f] ?? 0), 0),
    );
  };
};
