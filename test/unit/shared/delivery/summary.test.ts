/** The sentence a sales person reads. */
import { describe, expect, it } from '@jest/globals';
import type { UnderPerformanceAlert } from '../../../../shared/core/contract.generated.js';
import { summarizeAlert, summarizeSegmentChange } from '../../../../shared/delivery/summary.js';
import { segmentChange } from '../../../support/outputs.js';

const ALERT: UnderPerformanceAlert = {
  alertId: 'a-1',
  outputId: '0-7-1',
  customerId: 'C-7',
  asOfMs: Date.UTC(2026, 3, 1),
  level: 'product_group',
  scope: 'seals',
  kind: 'behind_forecast',
  status: 'raised',
  periodFromMs: Date.UTC(2026, 0, 1),
  periodToMs: Date.UTC(2026, 3, 1),
  expectedMinor: 1_234_049,
  lower80Minor: 900_000,
  upper80Minor: 1_500_000,
  actualMinor: 0,
  shortfallMinor: 1_234_049,
  tailProbability: 0.01,
  severity: 'high',
  causes: [
    { code: 'competitor_loss', weight: 1, evidence: 'Seals stopped while the rest goes on.' },
  ],
  country: 'DE',
  territory: '',
  salesRep: null,
  currency: 'EUR',
  cause: { eventId: 'e-1', partition: 0, offset: 7 },
  rulebookVersion: 'r-1',
  modelVersion: 'm-1',
};

describe('the summary of an alert', () => {
  it('tells what is behind, by how much, when and why, in whole units', () => {
    expect(summarizeAlert(ALERT)).toBe(
      'Alert raised (high): C-7, product group seals is 12,340 EUR behind the forecast of 12,340 EUR ' +
        'for 2026-01-01 to 2026-04-01. Likeliest cause: Seals stopped while the rest goes on.',
    );
  });
});

describe('the summary of a segment change', () => {
  it('tells the move, the plan where it is new, and the reasons', () => {
    const change = segmentChange('C-1', { partition: 0, offset: 3 });
    expect(summarizeSegmentChange(change)).toBe(
      `C-1 moves from segment B to A. Plan from now on: ${change.plan.name}. ` +
        'Share of wallet rose from 31 % to 50 %.',
    );
    expect(summarizeSegmentChange({ ...change, fromSegment: null, planBefore: 'a-steady' })).toBe(
      'C-1 starts in segment A. Share of wallet rose from 31 % to 50 %.',
    );
  });
});
