/**
 * What people report from the CRM: a segment set by hand, what became of an alert, what was offered. A
 * person's word holds at once. Feedback on an alert that is not open any more changes nothing.
 */
import { emitAlert } from '../alerts/emit-alert.js';
import { viewLedger } from '../alerts/ledger-view.js';
import { isClosing, isOpen } from '../alerts/lifecycle.js';
import { assertNever } from '../assert-never.js';
import type { AlertFeedback, ProductOffered, SegmentOverridden } from '../contract.generated.js';
import type { CustomerState, OpenAlert } from '../customer/state.js';
import type { CustomerEvent } from '../engine/input-event.js';
import { MS_PER_DAY } from '../features/vector.js';
import { classify, type ClassifyOptions } from './classify.js';
import type { DecisionContext } from './context.js';
import { makeDue } from './decide-on-event.js';

export type Feedback = Extract<
  CustomerEvent,
  { readonly type: 'SegmentOverridden' | 'AlertFeedback' | 'ProductOffered' }
>;

/** Offers remembered per customer; the oldest are forgotten beyond it. */
export const OFFERS_MAX = 64;

const FORCED: ClassifyOptions = { mayChangeProfile: false, isForced: true };

/** Applies feedback and makes the customer due. Returns false when there was nothing to change. */
export const applyFeedback = (
  customer: CustomerState,
  input: Feedback,
  context: DecisionContext,
): boolean => {
  switch (input.type) {
    case 'SegmentOverridden':
      return applyOverride(customer, input.event, context);
    case 'AlertFeedback':
      return applyAlertFeedback(customer, input.event, context);
    case 'ProductOffered':
      return applyOffer(customer, input.event, context);
    default:
      return assertNever(input);
  }
};

const applyOverride = (
  customer: CustomerState,
  { segment, reason, expiresAtMs }: SegmentOverridden,
  context: DecisionContext,
): boolean => {
  const { standing } = customer;
  if (expiresAtMs !== null && expiresAtMs <= context.asOfMs) return false;
  if (segment === null && standing.override === null) return false;
  standing.override = segment === null ? null : { segment, reason, expiresAtMs };
  makeDue(customer, context);
  classify(customer, context, FORCED);
  return true;
};

const applyAlertFeedback = (
  customer: CustomerState,
  event: AlertFeedback,
  context: DecisionContext,
): boolean => {
  const { standing } = customer;
  const before = standing.alerts.find(({ alertId }) => alertId === event.alertId);
  if (before === undefined || !isOpen(before)) return false;
  const alert: OpenAlert = {
    ...before,
    status: event.status,
    snoozedUntilMs: quietUntilMs(event, context),
  };
  standing.alerts = standing.alerts.map((other) => (other === before ? alert : other));
  makeDue(customer, context);
  emitAlert(customer, context, { alert, status: event.status, view: viewLedger(customer.ledger) });
  return true;
};

/** A snoozed alert is quiet until then, a closed one through its cooldown. */
const quietUntilMs = (
  { status, snoozedUntilMs }: AlertFeedback,
  { asOfMs, rulebook }: DecisionContext,
): number | null => {
  if (status === 'snoozed') return snoozedUntilMs ?? asOfMs;
  return isClosing(status) ? asOfMs + rulebook.alerts.cooldownDays * MS_PER_DAY : null;
};

const applyOffer = (
  customer: CustomerState,
  { productGroup, sku, occurredAtMs }: ProductOffered,
  context: DecisionContext,
): boolean => {
  const { standing } = customer;
  const { names } = context;
  const groupId = names.idOf(productGroup);
  const skuId = sku === null ? -1 : names.idOf(sku);
  const others = standing.offers.filter(
    (offer) => offer.groupId !== groupId || offer.skuId !== skuId,
  );
  const known = standing.offers.find((offer) => offer.groupId === groupId && offer.skuId === skuId);
  const offeredAtMs = Math.max(known?.offeredAtMs ?? 0, occurredAtMs);
  standing.offers = [...others, { groupId, skuId, offeredAtMs }]
    .sort((a, b) => a.offeredAtMs - b.offeredAtMs || a.groupId - b.groupId || a.skuId - b.skuId)
    .slice(-OFFERS_MAX);
  makeDue(customer, context);
  return true;
};
