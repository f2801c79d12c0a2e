/** The part of the rulebook that says which chances are worth a seller's time. */
export type OpportunityRules = {
  /** Least yearly money in a cross-sell, and least gap of a period in an up-sell. */
  readonly crossSellMinMinor: number;
  readonly upSellMinMinor: number;
  /** Chances of each kind that a customer carries at most. */
  readonly crossSellMax: number;
  readonly upSellMax: number;
  /** Days before the expected order at which its proposal goes out. */
  readonly proposalLeadDays: number;
  /** Customers who order more often than this need no proposals. */
  readonly proposalGapDaysMin: number;
  /** Purchases of a product from which it belongs into a proposal, and products in one at most. */
  readonly proposalPurchasesMin: number;
  readonly proposalProductsMax: number;
  /** Share of a group's machine potential that a customer without it is taken to be winnable for. */
  readonly winnableShare: number;
  /** A chance is reported again when its money moved by at least this share. */
  readonly updateShare: number;
};
