/** Share of wallet: our revenue of the last twelve months over what the customer needs in a year. */
import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import { clamp } from '../decide/clamp.js';

export type ShareOfWallet = {
  /** 0 to 1. */
  readonly share: number;
  /** Bounds of the 80 % interval, from the uncertainty of the potential and the luck of the year. */
  readonly lower80: number;
  readonly upper80: number;
};

/** How sure potential and trailing year are. */
export type WalletCertainty = {
  /** Relative standard error of the potential. */
  readonly potentialError: number;
  /** Standard deviation of a year's purchases over those of the trailing year. */
  readonly yearVariation: number;
  /** Mean purchases of a day with any, over all time; reporting minor units. */
  readonly orderDayMinor: number;
};

export type Wallet = WalletCertainty & {
  readonly trailingMinor: number;
  readonly potentialMinor: number;
};

/** Probability that the interval leaves out on either side. */
const TAIL = 0.1;
/** Relative errors beyond this say no more than that nothing is known. */
const ERROR_MAX = 2;

/** The share alone, for the hot path: 0 when nothing is known, never above 1, never NaN. */
export const shareOfWallet = (trailingMinor: number, potentialMinor: number): number =>
  potentialMinor <= 0 || trailingMinor <= 0 ? 0 : Math.min(1, trailingMinor / potentialMinor);

/** Order days a year that a customer may have on average who had none in a year (exact for Poisson). */
const DAYS_OF_NONE = -Math.log(TAIL);

/**
 * The share with its interval. Potential and year are taken as log-normal with their relative errors, and the
 * share as at most 1, since nobody buys more than it needs: the quantiles are of the truncated distribution.
 */
export const shareOfWalletWithInterval = ({
  trailingMinor,
  potentialMinor,
  potentialError,
  yearVariation,
  orderDayMinor,
}: Wallet): ShareOfWallet => {
  const share = shareOfWallet(trailingMinor, potentialMinor);
  const error = clamp(potentialError, 0, ERROR_MAX);
  if (share === 0) {
    const days = DAYS_OF_NONE * Math.max(0, orderDayMinor);
    const upper = shareOfWallet(
      days * Math.exp(normalQuantile(1 - TAIL, 0, error)),
      potentialMinor,
    );
    return { share, lower80: 0, upper80: upper };
  }
  const spread = Math.sqrt(error * error + Math.log1p(yearVariation * yearVariation));
  if (spread === 0) return { share, lower80: share, upper80: share };
  const center = Math.log(share);
  const possible = normalCdf(0, center, spread);
  const quantile = (p: number): number => Math.exp(normalQuantile(p * possible, center, spread));
  return { share, lower80: quantile(TAIL), upper80: Math.max(share, quantile(1 - TAIL)) };
};
