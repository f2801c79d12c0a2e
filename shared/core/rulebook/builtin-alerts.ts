/** Alerts and opportunities of the built-in rulebook; amounts in euro cents. */
import type { AlertRules } from '../alerts/rules.js';
import type { OpportunityRules } from '../opportunities/rules.js';

export const builtinAlerts: AlertRules = {
  windowWeeks: 13,
  windowWeeksMin: 7,
  shortfallMinMinor: { customer: 50_000, product_group: 40_000, product: 30_000 },
  overdueProbabilityMax: 0.02,
  overdueFalseAlarmsPerYear: 0.1,
  groupPurchasesMin: 6,
  productPurchasesMin: 6,
  productsMax: 12,
  marketFallingBelow: 0.9,
  cooldownDays: 91,
  lifeDays: 182,
  updateShare: 0.25,
  severities: [
    { severity: 'low', fromMinor: 0 },
    { severity: 'medium', fromMinor: 200_000 },
    { severity: 'high', fromMinor: 1_000_000 },
    { severity: 'critical', fromMinor: 5_000_000 },
  ],
  segmentWeights: { KA: 2, A: 1.5, B: 1, C: 0.75, D: 0.5 },
};

export const builtinOpportunities: OpportunityRules = {
  crossSellMinMinor: 50_000,
  upSellMinMinor: 50_000,
  crossSellMax: 5,
  upSellMax: 5,
  proposalLeadDays: 7,
  proposalGapDaysMin: 10,
  proposalPurchasesMin: 3,
  proposalProductsMax: 12,
  winnableShare: 0.3,
  updateShare: 0.25,
};
