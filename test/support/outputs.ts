/** Output records for tests of what is downstream of the scorer. */
import type { SegmentChanged } from '../../shared/core/contract.generated.js';

export const AS_OF_MS = Date.UTC(2026, 9, 1);

/** A complete segment change; the offset makes its output id. */
export const segmentChange = (
  customerId: string,
  { partition, offset }: { readonly partition: number; readonly offset: number },
): SegmentChanged => ({
  outputId: `${String(partition)}-${String(offset)}-1`,
  customerId,
  asOfMs: AS_OF_MS,
  fromSegment: 'B',
  intoSegment: 'A',
  fromProfile: 'steady',
  intoProfile: 'steady',
  dimensionsBefore: null,
  dimensionsAfter: {
    potentialMinor: 1_234_500,
    trailingYearMinor: 617_250,
    shareOfWallet: 0.5,
    buyingBehaviour: 0.8,
    probabilityAlive: 0.97,
  },
  isPotentialCustomer: false,
  isSmallCustomer: false,
  isOverride: false,
  reasons: [
    {
      code: 'share-up',
      feature: 'shareOfWallet',
      before: 0.31,
      after: 0.5,
      text: 'Share of wallet rose from 31 % to 50 %.',
    },
  ],
  planBefore: 'b-steady',
  plan: {
    planId: 'a-steady',
    name: 'Keep and grow',
    visitsPerYear: 12,
    measures: [{ theme: 'sales_intensity', measure: 'One visit a month.' }],
  },
  country: 'AT',
  territory: 'AT-West',
  salesRep: 'rep-7',
  currency: 'EUR',
  cause: { eventId: 'e-1', partition, offset },
  rulebookVersion: 'builtin-1',
  modelVersion: 'naive-1',
});
