/**
 * Whether profiles are a finding or an accident of the sample: clusters are learned again on bootstrap
 * samples and compared by how they sort the same customers (adjusted Rand index, Hubert and Arabie 1985), and
 * clusters of a new training are given the names of those they are most like.
 */

type Points = readonly (readonly number[])[];

const pairs = (n: number): number => (n * (n - 1)) / 2;

/** Adjusted Rand index of two sortings of the same items: 1 for the same, 0 for chance. */
export const adjustedRandIndex = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const both = new Map<string, number>();
  const ofA = new Map<number, number>();
  const ofB = new Map<number, number>();
  const count = <K>(counts: Map<K, number>, key: K): void => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  for (let i = 0; i < a.length; i += 1) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    count(both, `${String(x)}/${String(y)}`);
    count(ofA, x);
    count(ofB, y);
  }
  const sum = (counts: Iterable<number>): number =>
    [...counts].reduce((total, n) => total + pairs(n), 0);
  const sumA = sum(ofA.values());
  const sumB = sum(ofB.values());
  const expected = (sumA * sumB) / Math.max(1, pairs(a.length));
  const largest = (sumA + sumB) / 2;
  return largest === expected ? 1 : (sum(both.values()) - expected) / (largest - expected);
};

const squaredDistance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0);

const permutations = (items: readonly number[]): readonly (readonly number[])[] =>
  items.length <= 1
    ? [items]
    : items.flatMap((item) =>
        permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
      );

/**
 * Orders centroids so that each stands where the reference it is most like stands: the assignment with the
 * least sum of squared distances, exact, by trying all of them (four profiles have 24).
 */
export const matchCentroids = (centroids: Points, references: Points): Points => {
  let best = centroids;
  let least = Number.POSITIVE_INFINITY;
  for (const order of permutations(centroids.map((_, k) => k))) {
    const ordered = order.map((k) => centroids[k] ?? []);
    const sum = ordered.reduce(
      (total, centroid, k) => total + squaredDistance(centroid, references[k] ?? []),
      0,
    );
    if (sum >= least) continue;
    least = sum;
    best = ordered;
  }
  return best;
};

/** Mean adjusted Rand index between the sorting of all points and those learned on bootstrap samples. */
export const bootstrapStability = (
  points: Points,
  {
    resamples,
    random,
    learn,
    sort,
  }: {
    readonly resamples: number;
    readonly random: () => number;
    readonly learn: (sample: Points) => Points;
    readonly sort: (centroids: Points) => ArrayLike<number>;
  },
): number => {
  if (points.length === 0 || resamples === 0) return 0;
  const whole = sort(learn(points));
  let sum = 0;
  for (let round = 0; round < resamples; round += 1) {
    const sample = points.map(() => points[Math.floor(random() * points.length)] ?? []);
    sum += adjustedRandIndex(whole, sort(learn(sample)));
  }
  return sum / resamples;
};
