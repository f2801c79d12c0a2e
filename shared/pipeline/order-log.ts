/**
 * Turns orders in event-time order into the log that scores them: the rulebook first, a tick at the
 * end of every day with its orders, and at the as-of time the model and ticks until nobody is due. Replay
 * applies this log in memory, `stream` publishes it to Kafka: hence the same results, to the last digit.
 */
import { createHash } from 'node:crypto';
import type { OrderEvent } from '../core/contract.generated.js';
import type { BroadcastEvent, CustomerEvent } from '../core/engine/input-event.js';
import { MS_PER_DAY } from '../core/features/vector.js';
import type { ModelArtefact } from '../core/models/artefact.js';
import type { Rulebook } from '../core/rulebook/rulebook.js';

export type LogEvent = CustomerEvent | BroadcastEvent;

/** An artefact as it is published: canonical bytes and their hash. */
export type PublishedArtefact = {
  readonly kind: 'rulebook' | 'model';
  readonly version: string;
  readonly json: string;
  readonly sha256: string;
};

/** Serialises an artefact; its bytes are what activation names by hash. */
export const toPublished = (
  kind: PublishedArtefact['kind'],
  artefact: Rulebook | ModelArtefact,
): PublishedArtefact => {
  const json = JSON.stringify(artefact);
  const sha256 = createHash('sha256').update(json).digest('hex');
  return { kind, version: artefact.version, json, sha256 };
};

/** The record that puts an artefact in force. */
export const activationOf = (
  { kind, version, sha256 }: PublishedArtefact,
  occurredAtMs: number,
): BroadcastEvent => ({
  type: 'ArtefactActivated',
  event: { eventId: `activate-${kind}-${version}`, occurredAtMs, kind, version, sha256 },
});

/** A tick; its id is its time, so that a repeated one is the same event. */
export const tickOf = (tickAtMs: number): BroadcastEvent => ({
  type: 'Tick',
  event: { eventId: `tick-${String(tickAtMs)}`, tickAtMs },
});

/** Yields orders with a tick at the end of each day that had orders, and weekly in between. */
export function* withTicks(
  orders: Iterable<OrderEvent>,
  { untilMs }: { readonly untilMs: number },
): Generator<LogEvent> {
  let tickAtMs: number | null = null;
  for (const event of orders) {
    tickAtMs ??= endOfDay(event.orderedAtMs);
    while (event.orderedAtMs >= tickAtMs) {
      yield tickOf(tickAtMs);
      tickAtMs = Math.max(
        tickAtMs + MS_PER_DAY,
        Math.min(endOfDay(event.orderedAtMs), tickAtMs + 7 * MS_PER_DAY),
      );
    }
    yield { type: 'OrderEvent', event };
  }
  for (; tickAtMs !== null && tickAtMs < untilMs; tickAtMs += 7 * MS_PER_DAY)
    yield tickOf(tickAtMs);
}

const endOfDay = (atMs: number): number => (Math.floor(atMs / MS_PER_DAY) + 1) * MS_PER_DAY;
