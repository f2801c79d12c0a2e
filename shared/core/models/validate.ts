/**
 * Checks data that claims to be a model before it may be put in force: shape, ranges within which the
 * scorer's numbers stay finite, and lengths that must agree. An activation of anything else is refused
 * with these sentences. Fields that are not known here pass: a newer trainer may add some.
 */
import { z } from 'zod';
import { isCurrency } from '../validation/currencies.js';
import type { BoostedTrees } from './boosted-trees.js';
import { uncalibratedAlerts, type ModelArtefact } from './artefact.js';
import { EXPERTS } from './experts.js';
import { ACTIVITY_CLASSES, INTERVAL_PROBABILITIES } from './intervals.js';
import { RATIO_FEATURES } from './ratio-features.js';
import { TAIL_PROBABILITIES } from './tail-table.js';

export type ModelValidation =
  | { readonly kind: 'valid'; readonly model: ModelArtefact }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

/** A parameter of a distribution beyond this is no fit but an accident. */
const PARAMETER_MAX = 1e12;
/** Amounts in minor units stay far below 2^53, as those of the log do. */
const MINOR_MAX = 1e13;
const FACTOR_MAX = 1_000;
/** Actual to forecast; negative where returns outweighed the orders. */
const RATIO_MAX = 10_000;
const PRODUCTS_MAX = 200_000;
const ITEMS_MAX = 10_000;
const TREE_DEPTH_MAX = 12;
const TREE_NODES_MAX = 2_000_000;
const DAYS_MAX = 3_660;
const TEXT_MAX = 500;

const text = z.string().min(1).max(TEXT_MAX);
const parameter = z.number().gt(0).max(PARAMETER_MAX);
const real = z.number().min(-PARAMETER_MAX).max(PARAMETER_MAX);
const factor = z.number().min(0).max(FACTOR_MAX);
const ratio = z.number().min(-RATIO_MAX).max(RATIO_MAX);
const minor = z.number().min(0).max(MINOR_MAX);
const share = z.number().min(0).max(1);
const count = z.number().int().min(0);
const reals = z.array(real).max(ITEMS_MAX);

const purchases = z.looseObject({ r: parameter, alpha: parameter, a: parameter, b: parameter });

const trees = z.looseObject({
  depth: z.number().int().min(1).max(TREE_DEPTH_MAX),
  base: real,
  features: z
    .array(
      z
        .number()
        .int()
        .min(-1)
        .max(RATIO_FEATURES.length - 1),
    )
    .max(TREE_NODES_MAX),
  bounds: z.array(real).max(TREE_NODES_MAX),
  leaves: z.array(real).max(TREE_NODES_MAX * 2),
});

const perFeature = z.array(real).length(RATIO_FEATURES.length);
const linear = z.looseObject({
  intercept: real,
  coefficients: perFeature,
  means: perFeature,
  deviations: z.array(z.number().gt(0)).length(RATIO_FEATURES.length),
  lows: perFeature,
  highs: perFeature,
});

const horizon = z.looseObject({
  horizonDays: z.number().gt(0).max(DAYS_MAX),
  expertWeights: z.array(factor).length(EXPERTS.length),
  ratioCoefficients: reals,
  trees: trees.nullable(),
  linear: linear.optional(),
  lastYear: z.looseObject({ originsMs: z.array(minor).max(ITEMS_MAX), logs: reals }).optional(),
  blend: z.tuple([share, share, share]).optional(),
  levelFloorMinor: minor.optional(),
  intervals: z.looseObject({
    sizeBoundsMinor: z.array(minor).max(ITEMS_MAX),
    ratios: z.array(z.array(ratio).length(INTERVAL_PROBABILITIES.length)).max(ITEMS_MAX),
  }),
  newShares: z
    .looseObject({ groups: z.array(share).max(100), products: z.array(share).max(100) })
    .optional(),
  orderFactor: factor,
});

const isTailTable = (scores: readonly number[]): boolean =>
  scores.length === 0 ||
  (scores.length === TAIL_PROBABILITIES.length &&
    scores.every((score, i) => i === 0 || score >= (scores[i - 1] ?? 0)));
const tails = {
  scores: z
    .array(real)
    .readonly()
    .refine(isTailTable, {
      message: `must be empty, or ${String(TAIL_PROBABILITIES.length)} numbers that ascend`,
    }),
  rows: count,
};
const shortfallTest = z.looseObject({ ...tails, probabilityMax: share });
const silenceTest = z.looseObject({
  ...tails,
  falseAlarmsPerYear: factor,
  meanOrderMinor: minor.default(0),
  lostPerYear: factor.default(0),
});

const peers = z.looseObject({
  kind: z.enum(['machine_type', 'industry']),
  name: text,
  customers: z.number().int().min(1),
  trailingMinor: minor,
  groups: z
    .array(z.looseObject({ productGroup: text, buyers: count, yearlyMinor: minor }))
    .max(ITEMS_MAX),
});

const machineNeed = z.looseObject({
  machineType: text,
  productGroup: text,
  priorMinor: minor,
  yearlyMinor: minor,
  relativeError: factor,
  customers: count,
});

const alerts = z.looseObject({
  shortfall: z.looseObject({
    customer: shortfallTest,
    product_group: shortfallTest,
    product: shortfallTest,
  }),
  trailing: z
    .array(shortfallTest.extend({ weeks: z.number().gt(0).max(DAYS_MAX) }))
    .max(ITEMS_MAX)
    .readonly()
    .default([]),
  silence: z.looseObject({ customer: silenceTest, product_group: silenceTest }),
});

const schema = z.looseObject({
  version: text,
  fittedAsOfMs: count,
  reportingCurrency: z.string().refine(isCurrency, 'is not an ISO 4217 currency code'),
  customers: count,
  bgNbd: purchases,
  mbgNbd: purchases,
  gammaGamma: z.looseObject({ p: parameter, q: parameter, gamma: parameter }),
  season: z.array(z.number().gt(0).max(FACTOR_MAX)).min(1).max(ITEMS_MAX),
  horizons: z.array(horizon).min(1).max(100),
  activity: z.looseObject({ coefficients: reals, weeks: z.number().gt(0).max(DAYS_MAX) }),
  profiles: z.looseObject({
    names: z.array(text).min(1).max(100),
    descriptions: z.array(z.string()),
    means: reals,
    deviations: z.array(parameter),
    centroids: z.array(reals),
    borderShare: share,
    stability: z.number().min(-1).max(1).nullable(),
  }),
  peerPotential: z.looseObject({
    trailingBoundsMinor: z.array(minor).max(ITEMS_MAX),
    potentialMinor: z.array(minor).max(ITEMS_MAX),
  }),
  machineNeeds: z.array(machineNeed).max(ITEMS_MAX).readonly().default([]),
  peers: z.array(peers).max(ITEMS_MAX).readonly().default([]),
  // Artefacts of before the field test by the formulas alone.
  alerts: alerts.default(uncalibratedAlerts),
  marketLevel: factor,
  marketState: z.looseObject({ persistence: z.array(share).max(100), logs: reals }).optional(),
  nextProducts: z.looseObject({
    skus: z.array(z.string()).max(PRODUCTS_MAX),
    groups: z.array(z.string()),
    next: z.array(z.array(z.number().min(-FACTOR_MAX).max(PARAMETER_MAX)).max(ITEMS_MAX)),
    buyers: z.array(count),
    lift: z.array(factor),
    amountMinor: z.array(minor),
    notSoldIn: z
      .array(z.looseObject({ country: z.string(), products: z.array(count).max(PRODUCTS_MAX) }))
      .max(ITEMS_MAX),
    method: z.string(),
  }),
  report: z.looseObject({
    grade: z.enum(['A', 'B', 'C', 'untrained']),
    rows: z.array(
      z.looseObject({
        method: text,
        horizonDays: z.number(),
        mae: z.number(),
        rmse: z.number(),
        bias: z.number(),
        coverage80: z.number().nullable(),
        // Artefacts of before the field have no such comparison.
        beatenShare: z.number().nullable().default(null),
      }),
    ),
  }),
}) satisfies z.ZodType<ModelArtefact>;

/** Checks data that claims to be a model. */
export const validateModel = (data: unknown): ModelValidation => {
  const parsed = schema.safeParse(data);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) =>
        `${path.length === 0 ? 'the model' : path.map(String).join('.')}: ${message}.`,
    );
    return { kind: 'invalid', problems };
  }
  const model: ModelArtefact = parsed.data;
  const problems = [
    ...model.horizons.flatMap(horizonProblems),
    ...marketProblems(model),
    ...profileProblems(model),
    ...productProblems(model),
    ...ascending(
      'horizons',
      model.horizons.map(({ horizonDays }) => horizonDays),
    ),
    ...ascending('peerPotential.trailingBoundsMinor', model.peerPotential.trailingBoundsMinor),
  ];
  return problems.length === 0 ? { kind: 'valid', model } : { kind: 'invalid', problems };
};

/** Numbers that divide a range into classes; equal ones leave a class empty, which does no harm. */
const ascending = (place: string, numbers: readonly number[]): readonly string[] =>
  numbers.every((number, i) => i === 0 || number >= (numbers[i - 1] ?? 0))
    ? []
    : [`${place}: the numbers must ascend.`];

const sameLength = (
  place: string,
  wanted: number,
  lists: Readonly<Record<string, readonly unknown[]>>,
): readonly string[] =>
  Object.entries(lists).flatMap(([name, { length }]) =>
    length === wanted
      ? []
      : [`${place}.${name}: there are ${String(length)} entries for ${String(wanted)}.`],
  );

const horizonProblems = (
  { intervals, trees: boosted, lastYear }: ModelArtefact['horizons'][number],
  index: number,
): readonly string[] => {
  const place = `horizons.${String(index)}`;
  const cells = (intervals.sizeBoundsMinor.length + 1) * ACTIVITY_CLASSES;
  return [
    ...ascending(`${place}.intervals.sizeBoundsMinor`, intervals.sizeBoundsMinor),
    ...(intervals.ratios.length < cells
      ? [`${place}.intervals.ratios: there are fewer than the ${String(cells)} cells.`]
      : []),
    ...intervals.ratios.flatMap((ratios, cell) =>
      ascending(`${place}.intervals.ratios.${String(cell)}`, ratios),
    ),
    ...(boosted === null ? [] : treeProblems(`${place}.trees`, boosted)),
    ...(lastYear === undefined
      ? []
      : sameLength(`${place}.lastYear`, lastYear.originsMs.length, { logs: lastYear.logs })),
  ];
};

/** Nodes and leaves are those of whole trees: scoring walks them by arithmetic. */
const treeProblems = (
  place: string,
  { depth, features, bounds, leaves }: BoostedTrees,
): readonly string[] => {
  const nodes = 2 ** depth - 1;
  return [
    ...(features.length % nodes === 0
      ? []
      : [`${place}.features: a tree has ${String(nodes)} nodes; one is not whole.`]),
    ...sameLength(place, features.length, { bounds }),
    ...sameLength(place, (features.length / nodes) * (nodes + 1), { leaves }),
  ];
};

const marketProblems = ({ marketState }: ModelArtefact): readonly string[] =>
  marketState === undefined
    ? []
    : sameLength('marketState', marketState.persistence.length, { logs: marketState.logs });

const profileProblems = ({ profiles }: ModelArtefact): readonly string[] => {
  const { names, descriptions, means, deviations, centroids } = profiles;
  return [
    ...sameLength('profiles', names.length, { descriptions, centroids }),
    ...sameLength('profiles', means.length, { deviations }),
    ...centroids.flatMap((centroid, i) =>
      sameLength('profiles.centroids', means.length, { [String(i)]: centroid }),
    ),
  ];
};

/** Numbers of one co-purchase: product, weight, customers who bought both. */
const NEXT_STRIDE = 3;

const productProblems = ({ nextProducts }: ModelArtefact): readonly string[] => {
  const { skus, groups, next, buyers, lift, amountMinor, notSoldIn } = nextProducts;
  const isProduct = (index: number): boolean =>
    Number.isInteger(index) && index >= 0 && index < skus.length;
  const isWhole = (row: readonly number[]): boolean =>
    row.length % NEXT_STRIDE === 0 &&
    row.every((value, i) => (i % NEXT_STRIDE === 0 ? isProduct(value) : true));
  const broken = next.findIndex((row) => !isWhole(row));
  const isBeyond = notSoldIn.some(({ products }) => !products.every(isProduct));
  return [
    ...sameLength('nextProducts', skus.length, { groups, next, buyers, lift, amountMinor }),
    ...(broken < 0
      ? []
      : [`nextProducts.next.${String(broken)}: is cut short or names a product not there.`]),
    ...(isBeyond ? ['nextProducts.notSoldIn: names a product not there.'] : []),
  ];
};
