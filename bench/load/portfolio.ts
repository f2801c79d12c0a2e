/** Orders of a large portfolio, customer after customer: for what their order in time does not matter to. */
import type { InputEvent } from '../../shared/core/engine/input-event.js';
import { createRandom } from './random.js';

const SEED = 20_250_102;
const YEAR_MS = 365 * 86_400_000;
const FROM_MS = Date.UTC(2025, 0, 1);
const GROUPS = 40;
const SKUS_PER_GROUP = 100;
const LINES_MAX = 4;

export type PortfolioOptions = {
  readonly customers: number;
  readonly ordersEach: number;
  /** Years that the orders lie in evenly; one without a number. */
  readonly years?: number;
  readonly partition: number;
  readonly partitionCount: number;
};

/** Yields the orders of one partition's customers: every n-th one, evenly over the years, 1 to 4 lines. */
export function* portfolioOrders(options: PortfolioOptions): Generator<InputEvent> {
  const { customers, ordersEach, years = 1, partition, partitionCount } = options;
  const random = createRandom(SEED + partition);
  const stepMs = (years * YEAR_MS) / ordersEach;
  for (let i = partition; i < customers; i += partitionCount) {
    const customerId = `C${String(i).padStart(7, '0')}`;
    const basketMinor = 8_000 * random.lognormal(1);
    const group = random.below(GROUPS);
    for (let k = 0; k < ordersEach; k += 1) {
      const atMs = Math.floor(FROM_MS + (k + random.next()) * stepMs);
      yield {
        type: 'OrderEvent',
        event: {
          eventId: `e${String(i)}-${String(k)}`,
          occurredAtMs: atMs,
          customerId,
          orderId: `O-${String(i)}-${String(k)}`,
          documentVersion: 1,
          kind: 'placed',
          orderedAtMs: atMs,
          currency: 'EUR',
          channel: 'shop',
          lines: Array.from({ length: 1 + random.below(LINES_MAX) }, (_, line) => {
            const bought = (group + random.below(3)) % GROUPS;
            return {
              lineId: String(line + 1),
              sku: `SKU-${String(bought * SKUS_PER_GROUP + random.below(SKUS_PER_GROUP))}`,
              productGroup: `group-${String(bought)}`,
              quantity: 1 + random.below(20),
              netAmountMinor: Math.round(basketMinor * random.lognormal(0.4)),
            };
          }),
        },
      };
    }
  }
}
