/** Order events for tests, with everything that a test does not care about filled in. */
import type { OrderEvent } from '../../shared/core/contract.generated.js';
import type { InputEvent } from '../../shared/core/engine/input-event.js';

export const DAY_MS = 86_400_000;
/** 2025-01-01 UTC. */
export const FROM_MS = 1_735_689_600_000;

/** An order of one line over 100.00 EUR, placed at FROM_MS; `change` overrides any field. */
export const orderEvent = (
  customerId: string,
  orderId: string,
  change: Partial<OrderEvent> = {},
): InputEvent => {
  const documentVersion = change.documentVersion ?? 1;
  const orderedAtMs = change.orderedAtMs ?? FROM_MS;
  return {
    type: 'OrderEvent',
    event: {
      eventId: `${orderId}/${change.kind ?? 'placed'}/${String(documentVersion)}`,
      occurredAtMs: orderedAtMs,
      customerId,
      orderId,
      documentVersion,
      kind: 'placed',
      orderedAtMs,
      currency: 'EUR',
      channel: 'edi',
      lines: [
        { lineId: '1', sku: 'S1', productGroup: 'seals', quantity: 1, netAmountMinor: 10_000 },
      ],
      ...change,
    },
  };
};

export { tickOf as tickEvent } from '../../shared/pipeline/order-log.js';
