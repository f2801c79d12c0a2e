/** Flags beside the segment, each with the hysteresis band of the segments. No allocation. */
import type { Dimensions } from '../contract.generated.js';
import type { SegmentRules } from './rules.js';

/** High potential and low share of wallet: worth more visits than the revenue would say. */
export const isPotentialCustomer = (
  dimensions: Dimensions,
  isFlagged: boolean,
  { flags, hysteresisBand }: SegmentRules,
): boolean => {
  const { potentialAtLeastMinor, shareOfWalletAtMost } = flags.potentialCustomer;
  const ease = isFlagged ? 1 - hysteresisBand : 1 + hysteresisBand;
  return (
    dimensions.potentialMinor >= potentialAtLeastMinor * ease &&
    dimensions.shareOfWallet * ease <= shareOfWalletAtMost
  );
};

/** Small in revenue and potential: served remotely. Never a potential customer at the same time. */
export const isSmallCustomer = (
  dimensions: Dimensions,
  isFlagged: boolean,
  { flags, hysteresisBand }: SegmentRules,
): boolean => {
  const { trailingYearAtMostMinor, potentialAtMostMinor } = flags.smallCustomer;
  const ease = isFlagged ? 1 - hysteresisBand : 1 + hysteresisBand;
  return (
    dimensions.trailingYearMinor * ease <= trailingYearAtMostMinor &&
    dimensions.potentialMinor * ease <= potentialAtMostMinor
  );
};
