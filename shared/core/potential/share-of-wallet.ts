/** Share of wallet: our revenue of the last twelve months over what the customer needs in a year. */
import { clamp } from '../decide/clamp.js';

export type ShareOfWallet = {
  /** 0 to 1. */
  readonly share: number;
  /** Bounds of the 80 % interval, from the uncertainty of the potential. */
  readonly lower80: number;
  readonly upper80: number;
};

/** Quantile of the standard normal that leaves 10 % on either side. */
const Z_80 = 1.2816;

/** The share alone, for the hot path: 0 when nothing is known, never above 1, never NaN. */
export const shareOfWallet = (trailingMinor: number, potentialMinor: number): number =>
  potentialMinor <= 0 || trailingMinor <= 0 ? 0 : Math.min(1, trailingMinor / potentialMinor);

/** The share with its interval; the potential is taken as log-normal with the given relative error. */
export const shareOfWalletWithInterval = (
  trailingMinor: number,
  potentialMinor: number,
  relativeError: number,
): ShareOfWallet => {
  const share = shareOfWallet(trailingMinor, potentialMinor);
  const spread = Math.exp(Z_80 * clamp(relativeError, 0, 2));
  return { share, lower80: share / spread, upper80: Math.min(1, share * spread) };
};
