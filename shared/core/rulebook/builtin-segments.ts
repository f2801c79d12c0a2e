/** Segments and buying behaviour of the built-in rulebook; amounts in euro cents. */
import type { BehaviourRules, SegmentRules } from '../segments/rules.js';

/**
 * A key account is large, has more to give and buys; A to C fall off in revenue, or stand on potential
 * that is being won, or is large enough by itself to be worth an effort. A customer who is probably gone
 * ends in D otherwise, whatever it once was.
 */
export const builtinSegments: SegmentRules = {
  levels: [
    {
      segment: 'KA',
      anyOf: [
        [
          { dimension: 'trailingYearMinor', atLeast: 25_000_000 },
          { dimension: 'buyingBehaviour', atLeast: 0.3 },
        ],
        [
          { dimension: 'potentialMinor', atLeast: 60_000_000 },
          { dimension: 'trailingYearMinor', atLeast: 12_000_000 },
          { dimension: 'buyingBehaviour', atLeast: 0.4 },
        ],
      ],
    },
    {
      segment: 'A',
      anyOf: [
        [
          { dimension: 'trailingYearMinor', atLeast: 5_000_000 },
          { dimension: 'buyingBehaviour', atLeast: 0.25 },
        ],
        [
          { dimension: 'potentialMinor', atLeast: 12_000_000 },
          { dimension: 'shareOfWallet', atLeast: 0.2 },
          { dimension: 'buyingBehaviour', atLeast: 0.35 },
        ],
      ],
    },
    {
      segment: 'B',
      anyOf: [
        [
          { dimension: 'trailingYearMinor', atLeast: 1_000_000 },
          { dimension: 'buyingBehaviour', atLeast: 0.2 },
        ],
        [
          { dimension: 'potentialMinor', atLeast: 4_000_000 },
          { dimension: 'shareOfWallet', atLeast: 0.1 },
          { dimension: 'buyingBehaviour', atLeast: 0.3 },
        ],
        [{ dimension: 'potentialMinor', atLeast: 25_000_000 }],
      ],
    },
    {
      segment: 'C',
      anyOf: [
        [
          { dimension: 'trailingYearMinor', atLeast: 100_000 },
          { dimension: 'buyingBehaviour', atLeast: 0.1 },
        ],
        [
          { dimension: 'potentialMinor', atLeast: 1_000_000 },
          { dimension: 'buyingBehaviour', atLeast: 0.25 },
        ],
        [{ dimension: 'potentialMinor', atLeast: 5_000_000 }],
      ],
    },
  ],
  hysteresisBand: 0.12,
  dwellDays: 28,
  profileMarginMin: 0.1,
  flags: {
    potentialCustomer: { potentialAtLeastMinor: 4_000_000, shareOfWalletAtMost: 0.25 },
    smallCustomer: { trailingYearAtMostMinor: 150_000, potentialAtMostMinor: 600_000 },
  },
};

/** Profiles in the model's order: steady, big ticket, fading, occasional. */
export const builtinBehaviour: BehaviourRules = {
  baseWeight: 0.5,
  trendWeight: 0.3,
  profileWeight: 0.2,
  profileScores: [1, 0.8, 0.2, 0.4],
};
