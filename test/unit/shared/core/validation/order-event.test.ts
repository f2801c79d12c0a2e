import type { OrderEvent, OrderLine } from '../../../../../shared/core/contract.generated.js';
import {
  AMOUNT_MINOR_MAX,
  FUTURE_TOLERANCE_MS,
  refuseOrderEvent,
} from '../../../../../shared/core/validation/order-event.js';
import {
  REASON_CODES,
  REASONS,
  reasonSentence,
  isReasonCode,
} from '../../../../../shared/core/validation/reasons.js';

const AT_MS = Date.UTC(2025, 5, 1);
const line = (over: Partial<OrderLine> = {}): OrderLine => ({
  lineId: '1',
  sku: 'S',
  productGroup: 'G',
  quantity: 2,
  netAmountMinor: 1_000,
  ...over,
});
const order = (over: Partial<OrderEvent> = {}): OrderEvent => ({
  eventId: 'e',
  occurredAtMs: AT_MS,
  customerId: 'c',
  orderId: 'o',
  documentVersion: 1,
  kind: 'placed',
  orderedAtMs: AT_MS,
  currency: 'EUR',
  channel: 'shop',
  lines: [line()],
  ...over,
});

describe('refuseOrderEvent', () => {
  it('accepts a good order, a cancellation without lines and a free line', () => {
    expect(refuseOrderEvent(order(), AT_MS)).toBeNull();
    expect(refuseOrderEvent(order({ kind: 'cancelled', lines: [] }), AT_MS)).toBeNull();
    expect(refuseOrderEvent(order({ lines: [line({ netAmountMinor: 0 })] }), AT_MS)).toBeNull();
  });

  it.each([
    ['customer-missing', { customerId: '' }],
    ['order-id-missing', { orderId: '' }],
    ['document-version-invalid', { documentVersion: 0 }],
    ['document-version-invalid', { documentVersion: Number.NaN }],
    ['currency-unknown', { currency: 'EURO' }],
    ['currency-unknown', { currency: 'eur' }],
    ['currency-unknown', { currency: 'XXX' }],
    ['date-ancient', { orderedAtMs: 0 }],
    ['date-ancient', { orderedAtMs: Number.NaN }],
    ['date-ancient', { occurredAtMs: Date.UTC(1999, 11, 31, 23, 59, 59, 999) }],
    ['date-future', { orderedAtMs: AT_MS + FUTURE_TOLERANCE_MS + 1 }],
    ['date-future', { occurredAtMs: AT_MS + FUTURE_TOLERANCE_MS + 1 }],
    ['amount-negative', { lines: [line(), line({ netAmountMinor: -1 })] }],
    ['amount-absurd', { lines: [line({ netAmountMinor: 0.5 })] }],
    ['amount-absurd', { lines: [line({ netAmountMinor: AMOUNT_MINOR_MAX }), line()] }],
    ['quantity-invalid', { lines: [line({ quantity: -1 })] }],
    ['quantity-invalid', { lines: [line({ quantity: Number.NaN })] }],
    ['quantity-invalid', { lines: [line({ quantity: 1e9 + 1 })] }],
  ] as const)('refuses with %s: %j', (code, over) => {
    expect(refuseOrderEvent(order(over), AT_MS)).toBe(code);
  });

  it('accepts the bounds themselves', () => {
    const latestMs = AT_MS + FUTURE_TOLERANCE_MS;
    expect(refuseOrderEvent(order({ orderedAtMs: latestMs }), AT_MS)).toBeNull();
    expect(refuseOrderEvent(order({ orderedAtMs: Date.UTC(2000, 0, 1) }), AT_MS)).toBeNull();
    const lines = [line({ netAmountMinor: AMOUNT_MINOR_MAX, quantity: 1e9 })];
    expect(refuseOrderEvent(order({ lines }), AT_MS)).toBeNull();
  });

  it('knows no future before the first tick, but still refuses the year 2200', () => {
    expect(refuseOrderEvent(order({ orderedAtMs: Date.UTC(2099, 0, 1) }), 0)).toBeNull();
    expect(refuseOrderEvent(order({ orderedAtMs: Date.UTC(2202, 0, 1) }), 0)).toBe('date-future');
  });
});

describe('the table of reasons', () => {
  it('says in a full sentence what to do, for every code', () => {
    for (const code of REASON_CODES) {
      expect(REASONS[code]).toMatch(/^[A-Z].+\.$/);
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    }
  });

  it('is closed: other codes and inherited names are not in it', () => {
    expect(isReasonCode('amount-negative')).toBe(true);
    expect(isReasonCode('amount_negative')).toBe(false);
    expect(isReasonCode('toString')).toBe(false);
  });

  it('adds the detail in brackets', () => {
    expect(reasonSentence('currency-unknown', 'EURO')).toMatch(/source\. \(EURO\)$/);
    expect(reasonSentence('currency-unknown', '')).toBe(REASONS['currency-unknown']);
  });
});
