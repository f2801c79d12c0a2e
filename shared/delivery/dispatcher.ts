/**
 * Delivers messages in order per customer and side by side across customers. A message waits for its
 * customer's earlier ones, is tried until the receiver takes it, and is parked when the receiver refuses
 * it for good or keeps failing on it while it takes others: parked is never lost, and nothing behind
 * it is blocked for ever.
 */
import { assertNever } from '../core/assert-never.js';
import type { Message } from './message.js';
import { backoffMs, type Receiver } from './receiver.js';
import type { Answer } from './webhook-client.js';

export type Delivery = {
  readonly message: Message;
  /** Puts the record where people find it; resolves when it is durable there. */
  readonly park: (detail: string) => Promise<void>;
};

export type DispatchResult = 'delivered' | 'parked' | 'stopped';

export type DispatcherEvents = {
  readonly called: (answer: Answer, tookMs: number) => void;
  readonly retrying: (reason: string, delayMs: number) => void;
};

export type DispatcherOptions = {
  readonly post: (message: Message) => Promise<Answer>;
  readonly receiver: Receiver;
  readonly retryDelayMsMax: number;
  /** Rejects when the partition or the service stops. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly isStopped: () => boolean;
  readonly random: () => number;
  readonly nowMs: () => number;
  readonly events: DispatcherEvents;
};

export type Dispatcher = {
  /** Resolves when the message is settled or the dispatcher stopped; rejects only when parking fails. */
  readonly dispatch: (delivery: Delivery) => Promise<DispatchResult>;
};

/**
 * Failed tries of one message, each with successes of others since the one before, after which the
 * message itself must be the reason. With pauses that double up to a minute: about six minutes.
 */
export const STRIKES_MAX = 12;
/** Half of a pause is left to chance, so that customers do not come back in step. */
const JITTER = 0.5;

/** Creates a dispatcher for one partition. */
export const createDispatcher = (options: DispatcherOptions): Dispatcher => {
  const { receiver, events, nowMs, isStopped } = options;
  const chains = new Map<string, Promise<unknown>>();

  const attempt = (message: Message): Promise<Answer | null> =>
    receiver.call(async () => {
      if (isStopped()) return null;
      const startedMs = nowMs();
      const answer = await options.post(message);
      events.called(answer, nowMs() - startedMs);
      if (answer.kind === 'trouble') receiver.failed(answer.detail, answer.retryAfterMs);
      else receiver.succeeded();
      return answer;
    });

  const settle = async (delivery: Delivery): Promise<DispatchResult> => {
    let strikes = 0;
    let successes = receiver.successes();
    for (let tries = 1; ; tries += 1) {
      const answer = await attempt(delivery.message);
      if (answer === null) return 'stopped';
      switch (answer.kind) {
        case 'delivered':
          return 'delivered';
        case 'refused':
          await delivery.park(answer.detail);
          return 'parked';
        case 'trouble':
          if (receiver.successes() > successes) strikes += 1;
          successes = receiver.successes();
          if (strikes >= STRIKES_MAX) {
            await delivery.park(`${answer.detail}, ${String(tries)} tries`);
            return 'parked';
          }
          await pause(tries, answer.reason);
          break;
        default:
          return assertNever(answer);
      }
    }
  };

  const pause = async (tries: number, reason: string): Promise<void> => {
    const longestMs = backoffMs(tries, options.retryDelayMsMax);
    const delayMs = longestMs * (1 - JITTER * options.random());
    events.retrying(reason, delayMs);
    await options.sleep(delayMs);
  };

  const settleOrStop = async (delivery: Delivery): Promise<DispatchResult> => {
    if (isStopped()) return 'stopped';
    try {
      return await settle(delivery);
    } catch (error) {
      if (isStopped()) return 'stopped';
      throw error;
    }
  };

  return {
    dispatch: (delivery) => {
      const { customerId } = delivery.message;
      const before = chains.get(customerId) ?? Promise.resolve();
      // A failure is its own caller's to handle; who waits behind it only needs it settled.
      const settled = before.then(
        () => settleOrStop(delivery),
        () => settleOrStop(delivery),
      );
      chains.set(customerId, settled);
      const forget = (): void => {
        if (chains.get(customerId) === settled) chains.delete(customerId);
      };
      settled.then(forget, forget);
      return settled;
    },
  };
};
