/** A chance that a rule sees now, before it is known whether it is reported already. */
import type { OpportunityKind, ProposedProduct } from '../contract.generated.js';

export type Chance = {
  /** Deterministic id: customer, kind, product group, product, period. */
  readonly opportunityId: string;
  readonly kind: OpportunityKind;
  /** Interned product group and product; -1 for none. */
  readonly groupId: number;
  readonly skuId: number;
  readonly potentialMinor: number;
  readonly dueAtMs: number | null;
  readonly products: readonly ProposedProduct[];
  readonly reason: string;
};
