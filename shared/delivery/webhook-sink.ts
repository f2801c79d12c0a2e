/**
 * Delivers a partition to the webhook: a bounded number of records under way, in order per customer,
 * the group's offset moving only over contiguous success. After a crash at most the records since the
 * last commit are posted again, with the ids they had.
 */
import { assertNever } from '../core/assert-never.js';
import type { LogRecord, PartitionSource } from '../core/ports.js';
import type { Dispatcher, DispatchResult } from './dispatcher.js';
import type { Message, Origin } from './message.js';
import { createOffsetTracker, type OffsetTracker } from './offset-tracker.js';
import { insist, runWhileAssigned, startOffset } from '../pipeline/partition-run.js';
import type { PartitionSink, SinkDeps } from './partition-sink.js';

/** Records of a partition under way at most; a customer that waits holds up no more than these. */
export const PENDING_RECORDS_MAX = 2_000;
const BATCH = { records: 200, bytes: 1 << 20 } as const;

export type WebhookSinkDeps = SinkDeps & {
  readonly createDispatcher: (isStopped: () => boolean) => Dispatcher;
};

type Outcome = 'delivered' | 'parked' | 'skipped' | 'erased' | 'stopped';

/** Creates the sink of one partition. */
export const createWebhookSink = (
  deps: WebhookSinkDeps,
  source: PartitionSource,
): PartitionSink => {
  const { partition } = source;
  const isStopped = (): boolean => !source.isAssigned();
  const dispatcher = deps.createDispatcher(isStopped);
  let tracker: OffsetTracker = createOffsetTracker();

  const park = async (origin: Origin, code: string, detail: string): Promise<void> => {
    const isParked = await insist(deps, isStopped, () => deps.park(origin, code, detail));
    if (!isParked) throw new Error('stopped before the record was parked');
  };

  const dispatch = async (message: Message, origin: Origin): Promise<DispatchResult> =>
    dispatcher.dispatch({
      message,
      park: (detail) => park(origin, 'delivery-refused', detail),
    });

  const settle = async (record: LogRecord): Promise<Outcome> => {
    const rendered = deps.renderer.render(record, deps.topic, partition);
    switch (rendered.kind) {
      case 'skipped':
        return 'skipped';
      case 'refused': {
        const { origin, code, detail } = rendered;
        const isParked = await insist(deps, isStopped, () => deps.park(origin, code, detail));
        return isParked ? 'parked' : 'stopped';
      }
      case 'erasure': {
        const { message, origin } = rendered;
        const { customerId } = message;
        if (!(await insist(deps, isStopped, () => deps.onErased(customerId)))) return 'stopped';
        const result = await dispatch(message, origin);
        return result === 'delivered' ? 'erased' : result;
      }
      case 'message':
        return dispatch(rendered.message, rendered.origin);
      default:
        return assertNever(rendered);
    }
  };

  const underWay = new Set<Promise<void>>();
  const start = (record: LogRecord, mine: OffsetTracker): void => {
    mine.add(record.offset, record.timestampMs);
    const settled = settle(record).then((outcome) => {
      underWay.delete(settled);
      if (outcome === 'stopped') return;
      deps.events.settled(outcome, 1);
      mine.done(record.offset);
      const next = mine.next();
      if (next !== null) source.reportProgress(next);
    });
    underWay.add(settled);
  };

  const own = async (): Promise<void> => {
    const position = tracker.next() ?? (await deps.committed(partition));
    const mine = createOffsetTracker();
    tracker = mine;
    source.seek(await startOffset(deps, partition, position));
    while (!isStopped()) {
      while (!isStopped() && mine.pending() >= PENDING_RECORDS_MAX) await Promise.race(underWay);
      const records = await source.take(BATCH);
      if (!(await insist(deps, isStopped, () => deps.renderer.prepare(records)))) break;
      for (const record of records) start(record, mine);
    }
    await Promise.all(underWay);
  };

  return {
    run: () => runWhileAssigned({ source, deps }, own),
    pending: () => ({
      partition,
      pending: tracker.pending(),
      next: tracker.next(),
      oldestTimestampMs: tracker.oldestTimestampMs(),
    }),
  };
};
