/**
 * Collects the rows of an orders file in columns of numbers, about 50 bytes a row however long its
 * texts are, and hands them out as order events in event-time order, whatever order the file has.
 */
import type { OrderEvent, OrderKind, OrderLine } from '../core/contract.generated.js';

/** One row of the file, checked and converted. */
export type OrderRow = {
  readonly orderId: string;
  readonly lineId: string;
  readonly customerId: string;
  readonly orderedAtMs: number;
  readonly sku: string;
  readonly productGroup: string;
  readonly quantity: number;
  /** Signed: negative is a return. */
  readonly netAmountMinor: number;
  readonly currency: string;
  readonly country: string;
  /** Null: told by the sign of the amount. */
  readonly kind: OrderKind | null;
  readonly documentVersion: number;
};

const createTexts = (): { idOf: (text: string) => number; textOf: (id: number) => string } => {
  const ids = new Map<string, number>();
  const texts: string[] = [];
  return {
    idOf: (text) => {
      const known = ids.get(text);
      if (known !== undefined) return known;
      ids.set(text, texts.length);
      return texts.push(text) - 1;
    },
    textOf: (id) => texts[id] ?? '',
  };
};

type DocumentRows = {
  readonly orderId: number;
  readonly customer: number;
  readonly kind: OrderKind;
  readonly version: number;
  readonly currency: number;
  orderedAtMs: number;
  first: number;
  last: number;
};

const GROWTH = 2;
const INITIAL_ROWS = 1 << 14;

const createColumns = () => {
  let numbers = new Float64Array(INITIAL_ROWS * 2);
  let ids = new Int32Array(INITIAL_ROWS * 4);
  let count = 0;
  return {
    add: (quantity: number, amount: number, refs: readonly [number, number, number]): number => {
      if (count * 2 === numbers.length) {
        const [grownNumbers, grownIds] = [
          new Float64Array(numbers.length * GROWTH),
          new Int32Array(ids.length * GROWTH),
        ];
        grownNumbers.set(numbers);
        grownIds.set(ids);
        numbers = grownNumbers;
        ids = grownIds;
      }
      numbers[count * 2] = quantity;
      numbers[count * 2 + 1] = amount;
      ids.set(refs, count * 4);
      ids[count * 4 + 3] = -1;
      count += 1;
      return count - 1;
    },
    link: (row: number, next: number): void => {
      ids[row * 4 + 3] = next;
    },
    quantityOf: (row: number): number => numbers[row * 2] ?? 0,
    amountOf: (row: number): number => numbers[row * 2 + 1] ?? 0,
    refOf: (row: number, column: 0 | 1 | 2): number => ids[row * 4 + column] ?? 0,
    nextOf: (row: number): number => ids[row * 4 + 3] ?? -1,
    count: () => count,
  };
};

export type OrderRows = {
  readonly add: (row: OrderRow) => void;
  readonly rowCount: () => number;
  /** Currencies with their number of rows, the most frequent first. */
  readonly currencies: () => readonly string[];
  readonly rowCountIn: (currency: string) => number;
  /** Country by customer, as of its last row. */
  readonly countryOf: (customerId: string) => string;
  /** Yields the documents up to a time (exclusive), in order of time, then of appearance. */
  readonly events: (untilMs: number) => Generator<OrderEvent>;
  /** Documents up to a time (exclusive). */
  readonly documentCount: (untilMs: number) => number;
  readonly lastOrderedAtMs: () => number;
};

/** Creates an empty collection. */
export const createOrderRows = (): OrderRows => {
  const texts = createTexts();
  const columns = createColumns();
  const documents = new Map<string, DocumentRows>();
  const countries = new Map<string, string>();
  const currencyCounts = new Map<string, number>();
  let lastOrderedAtMs = 0;

  const add = (row: OrderRow): void => {
    const kind = row.kind ?? (row.netAmountMinor < 0 ? 'returned' : 'placed');
    const at = columns.add(Math.abs(row.quantity), Math.abs(row.netAmountMinor), [
      texts.idOf(row.sku),
      texts.idOf(row.productGroup),
      texts.idOf(row.lineId),
    ]);
    countries.set(row.customerId, row.country);
    currencyCounts.set(row.currency, (currencyCounts.get(row.currency) ?? 0) + 1);
    lastOrderedAtMs = Math.max(lastOrderedAtMs, row.orderedAtMs);
    const document = kind === 'returned' ? 'r' : 's';
    const key = `${row.customerId}\u0000${row.orderId}\u0000${document}${String(row.documentVersion)}`;
    const known = documents.get(key);
    if (known === undefined) {
      documents.set(key, {
        orderId: texts.idOf(row.orderId),
        customer: texts.idOf(row.customerId),
        kind,
        version: row.documentVersion,
        currency: texts.idOf(row.currency),
        orderedAtMs: row.orderedAtMs,
        first: at,
        last: at,
      });
      return;
    }
    known.orderedAtMs = Math.min(known.orderedAtMs, row.orderedAtMs);
    columns.link(known.last, at);
    known.last = at;
  };

  const toEvent = (document: DocumentRows): OrderEvent => {
    const lines: OrderLine[] = [];
    for (let row = document.first; row !== -1; row = columns.nextOf(row)) {
      lines.push({
        // Lines without a number of their own count within their order.
        lineId: texts.textOf(columns.refOf(row, 2)) || String(lines.length + 1),
        sku: texts.textOf(columns.refOf(row, 0)),
        productGroup: texts.textOf(columns.refOf(row, 1)),
        quantity: columns.quantityOf(row),
        netAmountMinor: columns.amountOf(row),
      });
    }
    const orderId = texts.textOf(document.orderId);
    return {
      eventId: `${orderId}/${document.kind === 'returned' ? 'return' : 'order'}/${String(document.version)}`,
      occurredAtMs: document.orderedAtMs,
      customerId: texts.textOf(document.customer),
      orderId,
      documentVersion: document.version,
      kind: document.kind,
      orderedAtMs: document.orderedAtMs,
      currency: texts.textOf(document.currency),
      channel: 'file',
      lines: document.kind === 'cancelled' ? [] : lines,
    };
  };

  return {
    add,
    rowCount: columns.count,
    currencies: () =>
      [...currencyCounts]
        .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
        .map(([currency]) => currency),
    rowCountIn: (currency) => currencyCounts.get(currency) ?? 0,
    countryOf: (customerId) => countries.get(customerId) ?? '',
    events: function* events(untilMs) {
      const due = [...documents.values()].filter((document) => document.orderedAtMs < untilMs);
      // Stable, so that documents of one time keep the order of the file.
      due.sort((a, b) => a.orderedAtMs - b.orderedAtMs);
      for (const document of due) yield toEvent(document);
    },
    documentCount: (untilMs) => {
      let count = 0;
      for (const { orderedAtMs } of documents.values()) if (orderedAtMs < untilMs) count += 1;
      return count;
    },
    lastOrderedAtMs: () => lastOrderedAtMs,
  };
};
