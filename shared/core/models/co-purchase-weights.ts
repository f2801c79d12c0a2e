/**
 * How strongly having bought one product speaks for another, by the two methods that measured best on what
 * customers bought next (docs/models.md):
 *
 * - EASE^R (Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019, eq. 8): the item-item
 *   weights that best rebuild each basket from the rest of it, with a ridge penalty and a zero diagonal; in
 *   closed form B = I - P diag(P)⁻¹ with P = (XᵀX + lambda I)⁻¹. What is explained by a third product is not
 *   counted twice, and a weight may be negative.
 * - Squared item-item cosine: few strong neighbours beat many weak ones.
 */
import type { CoPurchase } from './co-purchase.js';
import { invertSymmetric } from './spd-inverse.js';

/** Per product i: [j, weight of i for j, customers who bought both], flat, the largest weights kept. */
export type WeightRows = readonly (readonly number[])[];

/** Doubles per neighbour in a row. */
export const NEIGHBOUR_STRIDE = 3;
/** Neighbours kept per product: more measured no better, and each is work for every tick of a customer. */
const NEIGHBOURS = 64;
const WEIGHT_DIGITS = 1e5;

export type WeightMethod =
  { readonly kind: 'ease'; readonly lambda: number } | { readonly kind: 'cosine' };

/** Learns the weights by a method; `together` is how many customers bought both of two products. */
export const fitWeights = (
  purchases: CoPurchase,
  method: WeightMethod,
  together: Float64Array,
): WeightRows =>
  method.kind === 'ease'
    ? easeRows(together, purchases, method.lambda)
    : cosineRows(together, purchases);

const easeRows = (together: Float64Array, { products }: CoPurchase, lambda: number): WeightRows => {
  const size = products.length;
  const inverse = together.slice();
  for (let i = 0; i < size; i += 1) {
    inverse[i * size + i] = (inverse[i * size + i] as number) + lambda;
  }
  invertSymmetric(inverse, size);
  return rowsOf(together, size, (i, j) => {
    return -(inverse[i * size + j] as number) / (inverse[j * size + j] as number);
  });
};

const cosineRows = (together: Float64Array, { products }: CoPurchase): WeightRows => {
  const buyers = products.map((product) => product.buyers);
  const size = products.length;
  return rowsOf(together, size, (i, j) => {
    const both = bothOf(together, size, { i, j });
    return (both * both) / Math.max(1, (buyers[i] ?? 1) * (buyers[j] ?? 1));
  });
};

const bothOf = (
  together: Float64Array,
  size: number,
  { i, j }: { readonly i: number; readonly j: number },
): number => together[i > j ? i * size + j : j * size + i] as number;

/** Keeps the strongest neighbours of every product, for or against. */
const rowsOf = (
  together: Float64Array,
  size: number,
  weightOf: (i: number, j: number) => number,
): WeightRows =>
  Array.from({ length: size }, (_, i) => {
    const weights = Float64Array.from({ length: size }, (__, j) => (j === i ? 0 : weightOf(i, j)));
    const cut = strongest(weights);
    const row: number[] = [];
    for (let j = 0; j < size && row.length < NEIGHBOURS * NEIGHBOUR_STRIDE; j += 1) {
      const weight = Math.round((weights[j] as number) * WEIGHT_DIGITS) / WEIGHT_DIGITS;
      if (Math.abs(weights[j] as number) < cut || weight === 0) continue;
      row.push(j, weight, bothOf(together, size, { i, j }));
    }
    return row;
  });

/** Least absolute weight among the neighbours to keep. */
const strongest = (weights: Float64Array): number => {
  const sizes = weights.map(Math.abs).sort();
  return sizes[Math.max(0, sizes.length - NEIGHBOURS)] ?? 0;
};
