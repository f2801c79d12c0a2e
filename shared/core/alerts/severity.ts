/** How much an alert hurts: money at risk, weighted by the customer's segment. */
import type { Segment, Severity } from '../contract.generated.js';
import type { AlertRules } from './rules.js';

/** Returns the severity of a shortfall in minor units. */
export const severityOf = (
  shortfallMinor: number,
  segment: Segment | null,
  { severities, segmentWeights }: AlertRules,
): Severity => {
  const weighted = Math.max(0, shortfallMinor) * (segment === null ? 1 : segmentWeights[segment]);
  let severity: Severity = 'low';
  for (const level of severities) if (weighted >= level.fromMinor) severity = level.severity;
  return severity;
};
