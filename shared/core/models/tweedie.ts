/** The loss that ratios are learned by: that of a Tweedie mean, many zeros beside a long tail (Jorgensen). */

/**
 * Power of the variance, mean^1.3: between a Poisson (1), which lets single large ratios decide, and
 * a gamma mean (2), which hardly sees them.
 */
export const TWEEDIE_POWER = 1.3;

/** Loss of an expected ratio: the Tweedie deviance halved, up to a term of the observed one. */
export const ratioLoss = (expected: number, observed: number): number =>
  expected ** (2 - TWEEDIE_POWER) / (2 - TWEEDIE_POWER) +
  (observed * expected ** (1 - TWEEDIE_POWER)) / (TWEEDIE_POWER - 1);
