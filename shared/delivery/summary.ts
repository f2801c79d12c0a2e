/** One sentence per delivery, for the inbox of a sales person and the activity log of a CRM. */
import type {
  SalesOpportunity,
  SegmentChanged,
  UnderPerformanceAlert,
} from '../core/contract.generated.js';
import { moneyInWords } from '../core/decide/words.js';

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Says what changed about a customer's segment, profile or plan, and why. */
export const summarizeSegmentChange = (change: SegmentChanged): string => {
  const { customerId, fromSegment, intoSegment, fromProfile, intoProfile, plan, reasons } = change;
  const parts: string[] = [];
  if (fromSegment === null) parts.push(`${customerId} starts in segment ${intoSegment}.`);
  else if (fromSegment === intoSegment)
    parts.push(`${customerId} stays in segment ${intoSegment}.`);
  else parts.push(`${customerId} moves from segment ${fromSegment} to ${intoSegment}.`);
  if (fromProfile !== null && fromProfile !== intoProfile) {
    parts.push(`Profile ${fromProfile} becomes ${intoProfile}.`);
  }
  if (change.planBefore !== plan.planId) parts.push(`Plan from now on: ${plan.name}.`);
  return [...parts, ...reasons.map(({ text }) => text)].join(' ');
};

/** Says what is behind, by how much, and the likeliest cause. */
export const summarizeAlert = (alert: UnderPerformanceAlert): string => {
  const { customerId, level, scope, currency } = alert;
  const what =
    level === 'customer' ? customerId : `${customerId}, ${level.replace('_', ' ')} ${scope}`;
  const period = `${day(alert.periodFromMs)} to ${day(alert.periodToMs)}`;
  const cause = alert.causes[0];
  return [
    `Alert ${alert.status} (${alert.severity}):`,
    `${what} is ${moneyInWords(alert.shortfallMinor, currency)} behind the forecast of`,
    `${moneyInWords(alert.expectedMinor, currency)} for ${period}.`,
    ...(cause === undefined ? [] : [`Likeliest cause: ${cause.evidence}`]),
  ].join(' ');
};

const KINDS: Readonly<Record<SalesOpportunity['kind'], string>> = {
  cross_sell: 'Cross-sell',
  up_sell: 'Up-sell',
  order_proposal: 'Order proposal',
};

/** Says what there is to be had and why. */
export const summarizeOpportunity = (opportunity: SalesOpportunity): string => {
  const { kind, status, customerId, productGroup, sku, potentialMinor, currency } = opportunity;
  const of = sku ?? productGroup;
  const about = of === '' ? customerId : `${customerId}, ${of}`;
  const worth = moneyInWords(potentialMinor, currency);
  return `${KINDS[kind]} ${status}: ${about}, ${worth}. ${opportunity.reason}`;
};
