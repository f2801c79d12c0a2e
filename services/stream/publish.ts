/** Publishes a log at a pace: event time per wall time, or as fast as the brokers take it. */
import type { EventProducer } from '../../shared/kafka/event-producer.js';
import type { ArtefactWriter } from '../../shared/kafka/artefact-writer.js';
import type { LogEvent } from '../../shared/pipeline/order-log.js';
import type { ScoreStep } from '../../shared/pipeline/score-orders.js';

const timeOf = (input: LogEvent): number =>
  input.type === 'Tick' ? input.event.tickAtMs : input.event.occurredAtMs;

/** Waits, from the first event on, until the wall clock is where event time should be. */
export const createPace = (
  speed: number,
  { nowMs, sleep }: { readonly nowMs: () => number; readonly sleep: (ms: number) => Promise<void> },
): ((eventTimeMs: number) => Promise<void>) => {
  let start: { readonly eventMs: number; readonly wallMs: number } | null = null;
  return async (eventTimeMs) => {
    // Activations of the start carry no time of the business.
    if (speed === Infinity || eventTimeMs <= 0) return;
    start ??= { eventMs: eventTimeMs, wallMs: nowMs() };
    const aheadMs = (eventTimeMs - start.eventMs) / speed - (nowMs() - start.wallMs);
    if (aheadMs > 0) await sleep(aheadMs);
  };
};

export type PublishOptions = {
  readonly steps: Iterable<ScoreStep>;
  readonly producer: EventProducer;
  readonly writer: ArtefactWriter;
  readonly pace: (eventTimeMs: number) => Promise<void>;
  readonly onOrder: (published: number) => void;
};

/** Publishes all steps and waits until they are acknowledged; returns how many orders there were. */
export const publishSteps = async (options: PublishOptions): Promise<number> => {
  const { steps, producer, writer, pace, onOrder } = options;
  let orders = 0;
  for (const step of steps) {
    if (step.kind !== 'event') {
      await writer.write(step.published);
      continue;
    }
    await pace(timeOf(step.event));
    await producer.publish(step.event);
    if (step.event.type === 'OrderEvent') {
      orders += 1;
      onOrder(orders);
    }
  }
  await producer.flush();
  return orders;
};
