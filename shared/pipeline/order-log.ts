/**
 * Turns orders in event-time order into a log: rates before the orders of their day, and ticks from
 * event time. Replay applies such a log in memory, `stream` publishes it to Kafka: hence the same
 * results, to the last digit.
 */
import { createHash } from 'node:crypto';
import type { OrderEvent, RatesOfDay } from '../core/contract.generated.js';
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
export const tickOf = (
  tickAtMs: number,
  customersMax: number | null = null,
): BroadcastEvent & { readonly type: 'Tick' } => ({
  type: 'Tick',
  event: { eventId: `tick-${String(tickAtMs)}`, tickAtMs, customersMax },
});

export type TickOptions = {
  /** Time of the first tick, a midnight UTC, given the time of the first order. */
  readonly firstTickMs: (firstOrderMs: number) => number;
  /** At most 7, since a scorer takes no order that is further ahead of its ticks. */
  readonly everyDays: number;
  /** Ticks end before this time; infinity ends them with the last order. */
  readonly untilMs: number;
};

/** The midnight (UTC) that ends the day of a time. */
export const endOfDayMs = (atMs: number): number =>
  (Math.floor(atMs / MS_PER_DAY) + 1) * MS_PER_DAY;

/** Yields orders with ticks in between: every tick stands before the orders of its time or later. */
export function* withTicks(
  orders: Iterable<OrderEvent>,
  { firstTickMs, everyDays, untilMs }: TickOptions,
): Generator<LogEvent> {
  const everyMs = everyDays * MS_PER_DAY;
  let tickAtMs: number | null = null;
  let lastMs = -Infinity;
  for (const event of orders) {
    tickAtMs ??= firstTickMs(event.orderedAtMs);
    lastMs = event.orderedAtMs;
    for (; event.orderedAtMs >= tickAtMs; tickAtMs += everyMs) yield tickOf(tickAtMs);
    yield { type: 'OrderEvent', event };
  }
  if (tickAtMs === null) return;
  const endMs = untilMs === Infinity ? endOfDayMs(lastMs) + everyMs : untilMs;
  for (; tickAtMs < endMs; tickAtMs += everyMs) yield tickOf(tickAtMs);
}

/** Puts the rates of a day before the first event of that day or a later one. */
export function* withRates(
  log: Iterable<LogEvent>,
  rates: readonly RatesOfDay[],
): Generator<LogEvent> {
  let next = 0;
  for (const input of log) {
    const atMs = input.type === 'Tick' ? input.event.tickAtMs : input.event.occurredAtMs;
    for (let day = rates[next]; day !== undefined && day.epochDay * MS_PER_DAY <= atMs;) {
      yield { type: 'RatesOfDay', event: day };
      next += 1;
      day = rates[next];
    }
    yield input;
  }
}
