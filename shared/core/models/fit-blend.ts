/**
 * How far the correction is to be trusted beside the stack of experts and the ratio model, which bend less to
 * what a few customers did. Judged on what each says of customers it had not seen. The winner is drawn anew for
 * many resamples of the customers and averaged, so that one large customer does not decide (bagging: Breiman
 * 1996).
 */
import { CORRECTION_ALONE, type Blend } from './artefact.js';
import { createRandom } from './random.js';

/** One closed window of a customer: what three ways said, what came, and its level, minor units. */
export type BlendRow = {
  readonly customer: number;
  /** In the order of a blend: correction, stack, ratio model. */
  readonly saidMinor: Blend;
  readonly actualMinor: number;
  readonly levelMinor: number;
  /** Old windows count less. */
  readonly discount: number;
};

const QUARTERS = [0, 1, 2, 3, 4] as const;
/** All blends in quarters, the correction alone first. */
const BLENDS: readonly Blend[] = QUARTERS.flatMap((without) =>
  QUARTERS.slice(0, without + 1).map((stack): Blend => [
    1 - without / 4,
    stack / 4,
    (without - stack) / 4,
  ]),
);
/** Squared errors count as 1 / level^0.4: errors are money, but a giant's noise grows with its size. */
const LEVEL_EXPONENT = 0.4;
/** A blend must lose less than the correction alone by this share. */
const MARGIN = 0.02;
const RESAMPLES = 100;
const SEED = 5;
const SIGNIFICANT_DIGITS = 6;

/** Losses of each blend by customer. */
const lossesByCustomer = (rows: readonly BlendRow[]): readonly Float64Array[] => {
  const losses = new Map<number, Float64Array>();
  for (const { customer, saidMinor, actualMinor, levelMinor, discount } of rows) {
    if (levelMinor <= 0) continue;
    const own = losses.get(customer) ?? new Float64Array(BLENDS.length);
    losses.set(customer, own);
    const weight = discount / levelMinor ** LEVEL_EXPONENT;
    for (const [i, blend] of BLENDS.entries()) {
      own[i] = (own[i] ?? 0) + weight * (blendMinor(blend, saidMinor) - actualMinor) ** 2;
    }
  }
  return [...losses.values()];
};

/** Weighted sum of what the ways say. */
export const blendMinor = (blend: Blend, saidMinor: Blend): number =>
  blend[0] * saidMinor[0] + blend[1] * saidMinor[1] + blend[2] * saidMinor[2];

/** Place of the blend that loses least; the correction alone unless another is better by the margin. */
const bestOf = (losses: Float64Array): number => {
  let best = 0;
  let least = (losses[0] ?? 0) * (1 - MARGIN);
  for (const [i, loss] of losses.entries()) {
    if (i === 0 || loss >= least) continue;
    best = i;
    least = loss;
  }
  return best;
};

const rounded = (share: number): number => Number(share.toPrecision(SIGNIFICANT_DIGITS));

/** Chooses the blend. */
export const fitBlend = (rows: readonly BlendRow[]): Blend => {
  const customers = lossesByCustomer(rows);
  if (customers.length === 0) return CORRECTION_ALONE;
  const random = createRandom(SEED);
  const shares: [number, number, number] = [0, 0, 0];
  for (let resample = 0; resample < RESAMPLES; resample += 1) {
    const total = new Float64Array(BLENDS.length);
    for (let draw = 0; draw < customers.length; draw += 1) {
      const losses = customers[Math.floor(random() * customers.length)] ?? total;
      for (let i = 0; i < total.length; i += 1) total[i] = (total[i] ?? 0) + (losses[i] ?? 0);
    }
    const blend = BLENDS[bestOf(total)] ?? CORRECTION_ALONE;
    for (const i of [0, 1, 2] as const) shares[i] += blend[i] / RESAMPLES;
  }
  const [correction, stack, ratio] = shares;
  return [rounded(correction), rounded(stack), rounded(ratio)];
};
