/** How ingest reads the orders that tests write: JSON with `customer`, `order`, `day` and `items`. */

/** The source's part of a mapping. */
export const orderSource = (topic: string) => ({
  topic,
  format: 'json',
  event: 'OrderEvent',
  fields: {
    customerId: { from: 'customer' },
    orderId: { from: 'order' },
    documentVersion: { value: 1 },
    kind: { value: 'placed' },
    orderedAtMs: { from: 'day' },
    currency: { value: 'EUR' },
    lines: {
      each: 'items',
      fields: {
        lineId: { from: 'id' },
        sku: { from: 'sku' },
        productGroup: { value: 'parts' },
        quantity: { from: 'qty' },
        netAmountMinor: { from: 'net', moneyIn: { value: 'EUR' } },
      },
    },
  },
});
