/**
 * Any file of orders with the columns of `kundenpuls replay`, as a data set: so that a person can ask
 * how good the forecasts are on their own history, with the same protocol.
 */
import { basename } from 'node:path';
import { MS_PER_DAY, MS_PER_WEEK } from '../../../shared/core/features/vector.js';
import { readOrders } from '../../../shared/files/read-orders.js';
import type { Source } from './dataset.js';

/** Share of the history before the first origin, at least 26 weeks where there are so many. */
const WARM_UP_SHARE = 0.5;
const ORIGIN_STEP_WEEKS = 4;

/** Reads a file; the first origin lies in its middle. */
export const readOrderFile = async (file: string): Promise<Source> => {
  const rows = await readOrders({
    file,
    columnNames: new Map(),
    onBroken: () => undefined,
    onProgress: () => undefined,
  });
  const events = [...rows.events(Number.POSITIVE_INFINITY)];
  const firstMs = Math.floor((events[0]?.orderedAtMs ?? 0) / MS_PER_DAY) * MS_PER_DAY;
  const untilMs = (Math.floor(rows.lastOrderedAtMs() / MS_PER_DAY) + 1) * MS_PER_DAY;
  const weeks = (untilMs - firstMs) / MS_PER_WEEK;
  return {
    name: basename(file).replace(/\.csv(\.gz)?$/, ''),
    title: basename(file),
    currency: rows.currencies()[0] ?? 'EUR',
    events,
    firstMs,
    untilMs,
    firstOriginWeek: Math.max(
      Math.min(26, Math.floor(weeks / 2)),
      Math.floor(weeks * WARM_UP_SHARE),
    ),
    originStepWeeks: ORIGIN_STEP_WEEKS * Math.max(1, Math.round(weeks / 104)),
    horizonsWeeks: [4, 13],
  };
};
