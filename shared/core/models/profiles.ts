/**
 * Behaviour profiles: four clusters of customers by how they buy, learned by k-means on standardised
 * features, named from their centroids. A customer belongs to the most similar one; the margin says
 * how clearly.
 */
import {
  customerAgeWeeks,
  MS_PER_WEEK,
  returnRate,
  timeSinceLastPurchaseMs,
  V,
  weeklyRevenueMinor,
} from '../features/vector.js';
import { builtinModel, type ModelArtefact, type ProfileModel } from './artefact.js';
import { bootstrapStability, matchCentroids } from './profile-stability.js';
import { createRandom } from './random.js';
import { gapVariation } from './ratio-model.js';

export const PROFILES = 4;
const FEATURES = 6;
const CLIP = 3;

/**
 * Fills `features` for a customer: log purchase rate, log order value, log of silence over the mean
 * gap, log gap variation, log trend, log return rate. All scale-free or logarithmic.
 */
export const profileFeatures = (
  vector: readonly number[],
  asOfMs: number,
  features: number[],
): void => {
  const orderDays = Math.max(1, vector[V.orderDays] ?? 0);
  const age = Math.max(1, customerAgeWeeks(vector, asOfMs));
  const since = Math.min(520, timeSinceLastPurchaseMs(vector, asOfMs) / MS_PER_WEEK);
  const gap = Math.max(1, (age - since) / Math.max(1, orderDays - 1));
  const middle = weeklyRevenueMinor(vector, asOfMs, 'middle');
  const long = weeklyRevenueMinor(vector, asOfMs, 'long');
  features[0] = Math.log(orderDays / age);
  features[1] = Math.log(1 + Math.max(0, (vector[V.salesMinor] ?? 0) / orderDays));
  features[2] = Math.log((since + 0.5) / gap);
  features[3] = Math.log(0.1 + gapVariation(vector));
  features[4] = Math.log((Math.max(0, middle) + 1) / (Math.max(0, long) + 1));
  features[5] = Math.log(0.01 + returnRate(vector));
};

const scratch = new Array<number>(FEATURES).fill(0.5);
const assignment = { index: 0, margin: 0 };

const standardise = (features: number[], model: ProfileModel): void => {
  for (let i = 0; i < FEATURES; i += 1) {
    const z = ((features[i] ?? 0) - (model.means[i] ?? 0)) / (model.deviations[i] ?? 1);
    features[i] = Math.min(CLIP, Math.max(-CLIP, z));
  }
};

const nearest = (point: readonly number[], centroids: readonly (readonly number[])[]): void => {
  let best = Number.POSITIVE_INFINITY;
  let second = Number.POSITIVE_INFINITY;
  for (let k = 0; k < centroids.length; k += 1) {
    const centroid = centroids[k] ?? [];
    let distance = 0;
    for (let i = 0; i < FEATURES; i += 1) {
      const d = (point[i] ?? 0) - (centroid[i] ?? 0);
      distance += d * d;
    }
    if (distance < best) {
      second = best;
      best = distance;
      assignment.index = k;
    } else if (distance < second) {
      second = distance;
    }
  }
  const farther = Math.sqrt(second);
  assignment.margin = farther <= 0 ? 0 : (farther - Math.sqrt(best)) / farther;
};

/**
 * Assigns the most similar profile. Margin: 0 on the border to the next one, 1 on the centroid. The
 * returned object is reused by the next call: hot path.
 */
export const assignProfile = ({
  vector,
  asOfMs,
  model,
}: {
  readonly vector: readonly number[];
  readonly asOfMs: number;
  readonly model: ModelArtefact;
}): { readonly index: number; readonly margin: number } => {
  profileFeatures(vector, asOfMs, scratch);
  standardise(scratch, model.profiles);
  nearest(scratch, model.profiles.centroids);
  return assignment;
};

const ROUNDS_MAX = 60;
const BORDER_MARGIN = 0.1;
/** Bootstrap samples of the stability check, and customers in it at most. */
const STABILITY_RESAMPLES = 20;
const STABILITY_POINTS_MAX = 2_000;
const STABILITY_SEED = 11;
/** Below this many customers clusters would be chance: the built-in profiles stay. */
const CUSTOMERS_MIN = 200;

/**
 * Learns the profiles of a portfolio. Starts from the built-in centroids, so that clusters keep their
 * meaning and their name from one training to the next; deterministic.
 */
export const fitProfiles = (
  vectors: readonly (readonly number[])[],
  asOfMs: number,
): ProfileModel => {
  if (vectors.length < CUSTOMERS_MIN) return builtinModel.profiles;
  const points = vectors.map((vector) => {
    const features = new Array<number>(FEATURES).fill(0.5);
    profileFeatures(vector, asOfMs, features);
    return features;
  });
  const means = Array.from({ length: FEATURES }, (_, i) => meanOf(points, i));
  const deviations = means.map((mean, i) =>
    Math.max(
      1e-6,
      Math.sqrt(points.reduce((sum, p) => sum + ((p[i] ?? 0) - mean) ** 2, 0) / points.length),
    ),
  );
  const shape: ProfileModel = { ...builtinModel.profiles, means, deviations };
  for (const point of points) standardise(point, shape);
  const learn = (sample: Points): Points => cluster(sample, shape.centroids);
  const centroids = learn(points);
  let onBorder = 0;
  for (const point of points) {
    nearest(point, centroids);
    if (assignment.margin < BORDER_MARGIN) onBorder += 1;
  }
  const checked = points.slice(0, STABILITY_POINTS_MAX);
  const stability = bootstrapStability(checked, {
    resamples: STABILITY_RESAMPLES,
    random: createRandom(STABILITY_SEED),
    learn,
    sort: (found) =>
      checked.map((point) => {
        nearest(point, found);
        return assignment.index;
      }),
  });
  return { ...shape, centroids, borderShare: onBorder / points.length, stability };
};

type Points = readonly (readonly number[])[];

/** k-means from given centroids; each cluster keeps the name of the one that it ends up most like. */
const cluster = (points: Points, start: Points): Points => {
  let centroids = start;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const moved = moveCentroids(points, centroids);
    const shift = Math.max(
      ...moved.flatMap((c, k) => c.map((v, i) => Math.abs(v - (centroids[k]?.[i] ?? 0)))),
    );
    centroids = moved;
    if (shift < 1e-6) break;
  }
  return matchCentroids(centroids, start);
};

const meanOf = (points: readonly (readonly number[])[], i: number): number =>
  points.reduce((sum, point) => sum + (point[i] ?? 0), 0) / Math.max(1, points.length);

const moveCentroids = (
  points: readonly (readonly number[])[],
  centroids: readonly (readonly number[])[],
): readonly (readonly number[])[] => {
  const members: (readonly number[])[][] = centroids.map(() => []);
  for (const point of points) {
    nearest(point, centroids);
    members[assignment.index]?.push(point);
  }
  return centroids.map((centroid, k) =>
    (members[k]?.length ?? 0) === 0
      ? centroid
      : centroid.map((_, i) => meanOf(members[k] ?? [], i)),
  );
};
