/**
 * A data set of the back-test: order events of one business with the grid of its origins. Loaders
 * apply a data set's published cleaning rules and nothing else, so that figures are comparable.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OrderEvent, OrderLine } from '../../../shared/core/contract.generated.js';
import { MS_PER_DAY, MS_PER_WEEK } from '../../../shared/core/features/vector.js';
import type { CustomerHistory } from '../../../shared/core/models/history.js';
import { createHistoryBuilder } from '../../../shared/pipeline/histories.js';

/** What a loader gives: the events in order of time, and how its origins lie. */
export type Source = {
  readonly name: string;
  readonly title: string;
  readonly currency: string;
  readonly events: Iterable<OrderEvent>;
  /** Weeks count from here. */
  readonly firstMs: number;
  /** First moment without data. */
  readonly untilMs: number;
  readonly firstOriginWeek: number;
  readonly originStepWeeks: number;
  readonly horizonsWeeks: readonly number[];
};

export type Dataset = Omit<Source, 'events'> & {
  readonly histories: readonly CustomerHistory[];
  readonly nameOf: (id: number) => string;
};

/** Gathers a source's events into histories, as replay does. */
export const toDataset = ({ events, ...rest }: Source): Dataset => {
  const builder = createHistoryBuilder();
  for (const event of events) builder.add(event, 1);
  const histories = [...builder.histories()].sort((a, b) => (a.customerId < b.customerId ? -1 : 1));
  return { ...rest, histories, nameOf: builder.nameOf };
};

/** Origins whose window of `horizonWeeks` ends within the data, ascending. */
export const originsFor = (dataset: Dataset, horizonWeeks: number): readonly number[] => {
  const origins: number[] = [];
  let week = dataset.firstOriginWeek;
  for (;;) {
    const originMs = dataset.firstMs + week * MS_PER_WEEK;
    if (originMs + horizonWeeks * MS_PER_WEEK > dataset.untilMs) return origins;
    origins.push(originMs);
    week += dataset.originStepWeeks;
  }
};

const DATA_LEVELS_MAX = 8;

/** The folder of the real transactions, beside the project or a level above; null where missing. */
export const findDataFolder = (): string | null => {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let level = 0; level < DATA_LEVELS_MAX; level += 1) {
    const candidate = join(folder, 'shared', 'data');
    if (existsSync(join(candidate, 'online_retail.csv.gz'))) return candidate;
    folder = dirname(folder);
  }
  return null;
};

export type DocumentDraft = {
  readonly orderId: string;
  readonly customerId: string;
  readonly atMs: number;
  readonly isReturn: boolean;
  readonly lines: OrderLine[];
};

/** An order event of version 1 from a draft; amounts of its lines are positive. */
export const toOrderEvent = (draft: DocumentDraft, currency: string): OrderEvent => ({
  eventId: `${draft.orderId}/${draft.isReturn ? 'return' : 'order'}`,
  occurredAtMs: draft.atMs,
  customerId: draft.customerId,
  orderId: draft.orderId,
  documentVersion: 1,
  kind: draft.isReturn ? 'returned' : 'placed',
  orderedAtMs: draft.atMs,
  currency,
  channel: 'file',
  lines: draft.lines,
});

/** Midnight UTC of a date written as 2010-12-01. */
export const dayMs = (text: string): number => {
  const ms = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(ms)) throw new RangeError(`"${text}" is no date`);
  return Math.floor(ms / MS_PER_DAY) * MS_PER_DAY;
};
