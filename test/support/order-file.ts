/** Writes small files of orders for tests: steady buyers with a rhythm of their own, without chance. */
import { writeFileSync } from 'node:fs';

export const ORDER_HEADER =
  'order_id,line_id,customer_id,ordered_at,sku,product_group,quantity,net_amount,currency,country';

const MS_PER_DAY = 86_400_000;

export type OrderFileShape = {
  readonly customers: number;
  readonly fromDay: string;
  readonly days: number;
  readonly currencyOf?: (customer: number) => string;
};

/** Rows of the file, by customer. */
export const orderRowsOf = (shape: OrderFileShape): readonly string[] => {
  const { customers, fromDay, days, currencyOf = () => 'EUR' } = shape;
  const rows: string[] = [];
  const fromMs = Date.parse(`${fromDay}T00:00:00Z`);
  for (let c = 1; c <= customers; c += 1) {
    const everyDays = 7 + ((c * 5) % 40);
    for (let day = c % everyDays, n = 0; day < days; day += everyDays + (n % 3), n += 1) {
      const at = new Date(fromMs + day * MS_PER_DAY + 36_000_000).toISOString();
      for (let line = 1; line <= 1 + ((c + n) % 3); line += 1) {
        const sku = `sku-${String((c * 7 + line * 3) % 23)}`;
        const group = `group-${String((c + line) % 5)}`;
        const amount = (((c * 37 + n * 11 + line * 5) % 400) + 50) / 4;
        rows.push(
          `o${String(c)}-${String(n)},${String(line)},c${String(c)},${at},${sku},${group},${String(line)},` +
            `${amount.toFixed(2)},${currencyOf(c)},DE`,
        );
      }
    }
  }
  return rows;
};

/** Writes the file with a header. */
export const writeOrderFile = (file: string, rows: readonly string[]): void => {
  writeFileSync(file, `${ORDER_HEADER}\n${rows.join('\n')}\n`);
};
