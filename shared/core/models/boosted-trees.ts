/**
 * Gradient-boosted regression trees of fixed depth for a positive ratio: a log link with the loss of a
 * Poisson mean (Friedman 2001, "Greedy Function Approximation"; leaves by one Newton step). Built from
 * histograms of quantile bins; deterministic, so the same rows give the same trees. A tree is a full
 * binary tree in one array, so that scoring is `depth` comparisons a tree without a pointer.
 */

import { createRandom } from './random.js';

/** Trees as plain numbers: nodes breadth-first, then leaves, tree after tree. */
export type BoostedTrees = {
  readonly depth: number;
  /** Logarithm of the ratio before any tree. */
  readonly base: number;
  /** Feature of each node; -1 always goes left. */
  readonly features: readonly number[];
  /** A row goes right when its feature is at or above the node's bound. */
  readonly bounds: readonly number[];
  readonly leaves: readonly number[];
};

export type TrainingTable = {
  readonly rows: number;
  /** Column-major values of the features. */
  readonly columns: readonly Float64Array[];
  /** Observed ratios; negative ones are possible. */
  readonly targets: Float64Array;
  readonly weights: Float64Array;
  /** Logarithm of a known factor of each row's ratio, beside the trees. */
  readonly offsets: Float64Array;
};

export type BoostOptions = {
  readonly depth: number;
  readonly trees: number;
  readonly learningRate: number;
  /** Least rows of a leaf, counted: weights would let a few giants have a leaf of their own. */
  readonly leafRowsMin: number;
  /** Rows' worth of ratio one that each leaf is shrunk by. */
  readonly leafPrior: number;
  /** Shares of rows and of features that a tree sees: what keeps single giants from deciding. */
  readonly rowShare: number;
  readonly featureShare: number;
};

const SEED = 4;
const BINS = 64;
const SIGNIFICANT_DIGITS = 5;
const LOG_RATIO_MAX = 3;

const rounded = (value: number): number => Number(value.toPrecision(SIGNIFICANT_DIGITS));

/** Upper bounds of a column's bins, by quantiles of an even sample. */
const binBounds = (column: Float64Array): readonly number[] => {
  const sorted = Float64Array.from(column).sort();
  const bounds: number[] = [];
  for (let bin = 1; bin < BINS; bin += 1) {
    const value = sorted[Math.floor((bin * sorted.length) / BINS)] ?? 0;
    const bound = rounded(value);
    if (bound > (sorted[0] ?? 0) && bound !== bounds.at(-1)) bounds.push(bound);
  }
  return bounds;
};

const binColumn = (column: Float64Array, bounds: readonly number[]): Uint8Array =>
  Uint8Array.from(column, (value) => {
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value >= (bounds[middle] ?? 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  });

type Split = { readonly feature: number; readonly bin: number; readonly gain: number };

const NO_SPLIT: Split = { feature: -1, bin: 0, gain: 0 };

type Histograms = {
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
  readonly count: Float64Array;
};

type Grower = {
  /** Rows and features drawn for the tree. */
  readonly drawnRows: Int32Array;
  readonly drawnFeatures: readonly number[];
  readonly bins: readonly Uint8Array[];
  readonly bounds: readonly (readonly number[])[];
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
  readonly node: Uint8Array;
  readonly options: BoostOptions;
  /** Hessian of a row of mean weight at ratio one. */
  readonly unit: number;
};

/** Best split of every node of a level, from one pass over the rows per feature. */
const splitLevel = (grower: Grower, nodes: number): readonly Split[] => {
  const { bins, gradient, hessian, node } = grower;
  const best: Split[] = Array.from({ length: nodes }, () => NO_SPLIT);
  const sums: Histograms = {
    gradient: new Float64Array(nodes * BINS),
    hessian: new Float64Array(nodes * BINS),
    count: new Float64Array(nodes * BINS),
  };
  for (const feature of grower.drawnFeatures) {
    const column = bins[feature] as Uint8Array;
    sums.gradient.fill(0);
    sums.hessian.fill(0);
    sums.count.fill(0);
    for (let i = 0; i < grower.drawnRows.length; i += 1) {
      const row = grower.drawnRows[i] as number;
      const cell = (node[row] as number) * BINS + (column[row] as number);
      sums.gradient[cell] = (sums.gradient[cell] as number) + (gradient[row] as number);
      sums.hessian[cell] = (sums.hessian[cell] as number) + (hessian[row] as number);
      sums.count[cell] = (sums.count[cell] as number) + 1;
    }
    for (let n = 0; n < nodes; n += 1) {
      const split = splitNode(grower, sums, { feature, start: n * BINS });
      if (split.gain > (best[n] as Split).gain) best[n] = split;
    }
  }
  return best;
};

const splitNode = (
  { options, unit, bounds }: Grower,
  sums: Histograms,
  { feature, start }: { readonly feature: number; readonly start: number },
): Split => {
  const prior = options.leafPrior * unit;
  let countSum = 0;
  let leftCount = 0;
  let gradientSum = 0;
  let hessianSum = 0;
  for (let bin = 0; bin < BINS; bin += 1) {
    gradientSum += sums.gradient[start + bin] as number;
    hessianSum += sums.hessian[start + bin] as number;
    countSum += sums.count[start + bin] as number;
  }
  const whole = (gradientSum * gradientSum) / (hessianSum + prior);
  let best = NO_SPLIT;
  let leftGradient = 0;
  let leftHessian = 0;
  for (let bin = 0; bin < (bounds[feature]?.length ?? 0); bin += 1) {
    leftGradient += sums.gradient[start + bin] as number;
    leftHessian += sums.hessian[start + bin] as number;
    leftCount += sums.count[start + bin] as number;
    if (leftCount < options.leafRowsMin) continue;
    if (countSum - leftCount < options.leafRowsMin) break;
    const rightHessian = hessianSum - leftHessian;
    const rightGradient = gradientSum - leftGradient;
    const gain =
      (leftGradient * leftGradient) / (leftHessian + prior) +
      (rightGradient * rightGradient) / (rightHessian + prior) -
      whole;
    if (gain > best.gain) best = { feature, bin, gain };
  }
  return best;
};

/** Grows one tree; returns its nodes and leaves, and leaves each row's leaf in `node`. */
const growTree = (grower: Grower): { splits: Split[]; leaves: number[] } => {
  const { node, gradient, hessian, options, unit, bins, drawnRows } = grower;
  node.fill(0);
  const splits: Split[] = [];
  for (let level = 0; level < options.depth; level += 1) {
    const best = splitLevel(grower, 2 ** level);
    for (let row = 0; row < node.length; row += 1) {
      const at = node[row] as number;
      const { feature, bin } = best[at] as Split;
      const goesRight = feature >= 0 && ((bins[feature] as Uint8Array)[row] as number) > bin;
      node[row] = at * 2 + (goesRight ? 1 : 0);
    }
    splits.push(...best);
  }
  const leafCount = 2 ** options.depth;
  const gradients = new Float64Array(leafCount);
  const hessians = new Float64Array(leafCount);
  for (let i = 0; i < drawnRows.length; i += 1) {
    const row = drawnRows[i] as number;
    const leaf = node[row] as number;
    gradients[leaf] = (gradients[leaf] as number) + (gradient[row] as number);
    hessians[leaf] = (hessians[leaf] as number) + (hessian[row] as number);
  }
  const leaves = Array.from({ length: leafCount }, (_, leaf) =>
    rounded(
      (-options.learningRate * (gradients[leaf] as number)) /
        ((hessians[leaf] as number) + options.leafPrior * unit),
    ),
  );
  return { splits, leaves };
};

/** Draws each with the given chance; never none. */
const draw = (count: number, share: number, random: () => number): Int32Array => {
  const drawn = new Int32Array(count);
  let size = 0;
  for (let i = 0; i < count; i += 1) if (random() < share) drawn[size++] = i;
  return size === 0 ? Int32Array.from({ length: count }, (_, i) => i) : drawn.subarray(0, size);
};

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

/** Fits trees to the table. O(trees * depth * rows * features). */
export const fitBoostedTrees = (table: TrainingTable, options: BoostOptions): BoostedTrees => {
  const { rows, columns, targets, weights, offsets } = table;
  const bounds = columns.map(binBounds);
  const bins = columns.map((column, i) => binColumn(column, bounds[i] as readonly number[]));
  const totalWeight = sum(weights);
  let weighted = 0;
  let exposed = 0;
  for (let row = 0; row < rows; row += 1) {
    weighted += (weights[row] as number) * (targets[row] as number);
    exposed += (weights[row] as number) * Math.exp(offsets[row] as number);
  }
  const base = rounded(Math.log(Math.max(0.01, weighted / Math.max(1e-12, exposed))));
  const score = Float64Array.from(offsets, (offset) => offset + base);
  const gradient = new Float64Array(rows);
  const hessian = new Float64Array(rows);
  const node = new Uint8Array(rows);
  const unit = totalWeight / Math.max(1, rows);
  const usable = bounds.flatMap((list, feature) => (list.length === 0 ? [] : [feature]));
  const random = createRandom(SEED);
  const trees: { splits: Split[]; leaves: number[] }[] = [];
  for (let i = 0; i < options.trees; i += 1) {
    for (let row = 0; row < rows; row += 1) {
      const weight = weights[row] as number;
      const expected = Math.exp(Math.min(LOG_RATIO_MAX, score[row] as number));
      gradient[row] = weight * (expected - (targets[row] as number));
      hessian[row] = weight * expected;
    }
    const drawnFeatures = [...draw(usable.length, options.featureShare, random)];
    const tree = growTree({
      bins,
      bounds,
      gradient,
      hessian,
      node,
      options,
      unit,
      drawnRows: draw(rows, options.rowShare, random),
      drawnFeatures: drawnFeatures.map((at) => usable[at] as number),
    });
    for (let row = 0; row < rows; row += 1) {
      score[row] = (score[row] as number) + (tree.leaves[node[row] as number] as number);
    }
    trees.push(tree);
  }
  return {
    depth: options.depth,
    base,
    features: trees.flatMap(({ splits }) => splits.map(({ feature }) => feature)),
    bounds: trees.flatMap(({ splits }) =>
      splits.map(({ feature, bin }) => (feature < 0 ? 0 : (bounds[feature]?.[bin] ?? 0))),
    ),
    leaves: trees.flatMap(({ leaves }) => leaves),
  };
};

/** The ratio that the trees expect of a customer. O(trees * depth), no allocation. */
export const boostedRatio = (trees: BoostedTrees, values: readonly number[]): number => {
  const { depth, features, bounds, leaves } = trees;
  const nodes = 2 ** depth - 1;
  let score = trees.base;
  for (let start = 0, leafStart = 0; start < features.length; start += nodes) {
    let at = 0;
    for (let level = 0; level < depth; level += 1) {
      const feature = features[start + at] as number;
      const right = feature >= 0 && (values[feature] as number) >= (bounds[start + at] as number);
      at = 2 * at + (right ? 2 : 1);
    }
    score += leaves[leafStart + at - nodes] as number;
    leafStart += nodes + 1;
  }
  return Math.exp(Math.min(LOG_RATIO_MAX, score));
};
