/** The part of the rulebook that says when a customer is behind, how much it hurts and for how long. */
import type { Segment, Severity } from '../contract.generated.js';

export type AlertRules = {
  /** Length of a comparison period. */
  readonly windowWeeks: number;
  /** A period is opened only when it will be at least this long; else it runs into the next one. */
  readonly windowWeeksMin: number;
  /** Least shortfall in money, per level of the alert. */
  readonly shortfallMinMinor: {
    readonly customer: number;
    readonly product_group: number;
    readonly product: number;
  };
  /** Tail probability at or below which a silence is overdue, however rarely somebody orders. */
  readonly overdueProbabilityMax: number;
  /** False overdue alarms a year that are afforded per customer, in the mean; as many for all its groups. */
  readonly overdueFalseAlarmsPerYear: number;
  /** Purchases of a group before its own rhythm counts. */
  readonly groupPurchasesMin: number;
  /** A product is steadily bought from this many purchases in the year before the period. */
  readonly productPurchasesMin: number;
  /** Products looked at singly per customer, those with the largest expectation. */
  readonly productsMax: number;
  /** Market level below which a fall is taken to be common, and expectations are lowered by it. */
  readonly marketFallingBelow: number;
  /** After an alert was closed by people, the same scope stays quiet for so long. */
  readonly cooldownDays: number;
  /** An alert without news for so long after its period expires. */
  readonly lifeDays: number;
  /** An open alert is reported again when its shortfall moved by at least this share. */
  readonly updateShare: number;
  /** Money at risk from which a severity holds, before weighting by segment; ascending. */
  readonly severities: readonly { readonly severity: Severity; readonly fromMinor: number }[];
  /** Weight of the money at risk by segment: the same loss hurts more at a key account. */
  readonly segmentWeights: Readonly<Record<Segment, number>>;
};
