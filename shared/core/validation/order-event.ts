/**
 * Refuses order events that decode but cannot be true, before they touch a customer's state. Time is
 * the event time of the partition (its last tick), so a replay refuses the same records. On the hot
 * path: no allocation, and the frequent case (nothing wrong) is one pass over the lines.
 */
import type { HistoryForwarded, OrderEvent } from '../contract.generated.js';
import { isCurrency } from './currencies.js';
import type { ReasonCode } from './reasons.js';

/** 2000-01-01 UTC: older documents are placeholders (1900, 1970), not orders. */
export const ANCIENT_BEFORE_MS = 946_684_800_000;
/** 2200-01-01 UTC: beyond it a date is a typing error, even before the first tick. */
export const FUTURE_FROM_MS = 7_258_118_400_000;
/**
 * How far a document may lie ahead of the last tick: a week, so that a clock service that was away
 * over a long weekend costs no good order, while wrong years and months are still seen.
 */
export const FUTURE_TOLERANCE_MS = 7 * 86_400_000;
/** Largest sum of a document in minor units: 100 billion at two decimals, far below 2^53. */
export const AMOUNT_MINOR_MAX = 1e13;
/**
 * What a customer may have bought and returned in all, in minor units: ten times the largest
 * document. Forecasts are at most some twenty times that, so every output stays below 2^53.
 */
export const CUSTOMER_MINOR_MAX = 10 * AMOUNT_MINOR_MAX;
export const QUANTITY_MAX = 1e9;
/** Names are kept for ever: longer ones are data in the wrong field. */
export const NAME_CHARS_MAX = 200;
const MILLI = 1_000;

/**
 * Returns why an order event is refused, or null for a good one.
 * @param streamTimeMs time of the partition's last tick; 0 before the first one
 */
export const refuseOrderEvent = (event: OrderEvent, streamTimeMs: number): ReasonCode | null => {
  if (event.customerId === '') return 'customer-missing';
  if (event.orderId === '') return 'order-id-missing';
  if (!(event.documentVersion >= 1)) return 'document-version-invalid';
  if (!isCurrency(event.currency)) return 'currency-unknown';
  const latestMs = streamTimeMs === 0 ? FUTURE_FROM_MS : streamTimeMs + FUTURE_TOLERANCE_MS;
  if (!(event.orderedAtMs >= ANCIENT_BEFORE_MS)) return 'date-ancient';
  if (!(event.occurredAtMs >= ANCIENT_BEFORE_MS)) return 'date-ancient';
  if (event.orderedAtMs > latestMs || event.occurredAtMs > latestMs) return 'date-future';
  return refuseLines(event);
};

/**
 * Returns why the time of an event other than an order is refused, or null for a good one: a date in
 * the far future would stop the customer's dwell times and cooldowns until then.
 */
export const refuseEventTime = (occurredAtMs: number, streamTimeMs: number): ReasonCode | null => {
  const latestMs = streamTimeMs === 0 ? FUTURE_FROM_MS : streamTimeMs + FUTURE_TOLERANCE_MS;
  return occurredAtMs <= latestMs ? null : 'date-future';
};

/**
 * Returns why a forwarded history is refused, or null for a good one. The scorer writes only what it
 * has accepted itself; but whoever may write to the log can write this as well.
 */
export const refuseForwarded = ({ documents }: HistoryForwarded): ReasonCode | null => {
  for (const { orderHash, documentVersion, orderedAtMs, lines } of documents) {
    if (!(orderHash >= 0) || !(documentVersion >= 1)) return 'document-version-invalid';
    if (orderedAtMs < ANCIENT_BEFORE_MS) return 'date-ancient';
    if (orderedAtMs > FUTURE_FROM_MS) return 'date-future';
    const reason = refuseLines({
      lines: lines.map(({ quantityMilli, amountMinor, ...names }) => ({
        ...names,
        quantity: quantityMilli / MILLI,
        netAmountMinor: amountMinor,
      })),
    });
    if (reason !== null) return reason;
  }
  return null;
};

/** A tick beyond every calendar would take the log's time with it, for ever. */
export const refuseTick = (tickAtMs: number): ReasonCode | null =>
  tickAtMs >= ANCIENT_BEFORE_MS && tickAtMs < FUTURE_FROM_MS ? null : 'date-future';

type Lines = {
  readonly lines: readonly Pick<
    OrderEvent['lines'][number],
    'sku' | 'productGroup' | 'quantity' | 'netAmountMinor'
  >[];
};

const refuseLines = ({ lines }: Lines): ReasonCode | null => {
  let totalMinor = 0;
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i];
    if (line === undefined) continue;
    const { netAmountMinor, quantity, sku, productGroup } = line;
    if (sku.length > NAME_CHARS_MAX || productGroup.length > NAME_CHARS_MAX) return 'name-too-long';
    if (netAmountMinor < 0) return 'amount-negative';
    if (!Number.isSafeInteger(netAmountMinor)) return 'amount-absurd';
    totalMinor += netAmountMinor;
    if (totalMinor > AMOUNT_MINOR_MAX) return 'amount-absurd';
    if (!(quantity >= 0 && quantity <= QUANTITY_MAX)) return 'quantity-invalid';
  }
  return null;
};
