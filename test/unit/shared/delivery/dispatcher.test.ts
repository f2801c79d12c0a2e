import {
  createDispatcher,
  STRIKES_MAX,
  type DispatchResult,
} from '../../../../shared/delivery/dispatcher.js';
import type { Message } from '../../../../shared/delivery/message.js';
import { createReceiver, FAILURES_UNTIL_AWAY } from '../../../../shared/delivery/receiver.js';
import type { Answer } from '../../../../shared/delivery/webhook-client.js';

const DELIVERED: Answer = { kind: 'delivered' };
const trouble = (retryAfterMs: number | null = null): Answer => ({
  kind: 'trouble',
  reason: 'status_503',
  detail: '503',
  retryAfterMs,
});
const message = (customerId: string, id: string): Message => ({
  id,
  customerId,
  type: 'segment-changed',
  body: '{}',
});

/** A receiver that answers by a rule, on a clock that sleeping moves. */
const setUp = (
  answerOf: (message: Message, tries: number) => Answer | Promise<Answer>,
  inFlightMax = 4,
) => {
  let nowMs = 0;
  let isStopped = false;
  const posted: string[] = [];
  const parked: string[] = [];
  const slept: number[] = [];
  const tries = new Map<string, number>();
  const sleep = async (ms: number): Promise<void> => {
    slept.push(ms);
    nowMs += ms;
    await new Promise((resolve) => setImmediate(resolve));
    if (isStopped) throw new Error('stopped');
  };
  const receiver = createReceiver({ inFlightMax, delayMsMax: 60_000, nowMs: () => nowMs, sleep });
  const dispatcher = createDispatcher({
    post: async (posting) => {
      posted.push(posting.id);
      const count = (tries.get(posting.id) ?? 0) + 1;
      tries.set(posting.id, count);
      return answerOf(posting, count);
    },
    receiver,
    retryDelayMsMax: 60_000,
    sleep,
    isStopped: () => isStopped,
    random: () => 0,
    nowMs: () => nowMs,
    events: { called: () => undefined, retrying: () => undefined },
  });
  const dispatch = (customerId: string, id: string): Promise<DispatchResult> =>
    dispatcher.dispatch({
      message: message(customerId, id),
      park: (detail) => {
        parked.push(`${id}: ${detail}`);
        return Promise.resolve();
      },
    });
  const stop = (): void => {
    isStopped = true;
  };
  return { dispatch, posted, parked, slept, receiver, stop };
};

describe('the dispatcher', () => {
  it("posts a customer's messages one after the other, and customers side by side", async () => {
    const { dispatch, posted } = setUp(({ id }, tries) =>
      id === 'a1' && tries < 3 ? trouble() : DELIVERED,
    );
    await Promise.all([dispatch('a', 'a1'), dispatch('a', 'a2'), dispatch('b', 'b1')]);
    expect(posted).toEqual(['a1', 'b1', 'a1', 'a1', 'a2']);
  });

  it('never has more calls under way than allowed', async () => {
    let underWay = 0;
    let most = 0;
    const { dispatch } = setUp(async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return DELIVERED;
    }, 3);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => dispatch(`c${String(i)}`, `m${String(i)}`)),
    );
    expect(most).toBe(3);
  });

  it('doubles the pause between tries up to the longest', async () => {
    const { dispatch, slept } = setUp((_message, tries) => (tries < 10 ? trouble() : DELIVERED));
    await dispatch('a', 'a1');
    expect(slept).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('parks what the receiver refuses and goes on with the next of that customer', async () => {
    const { dispatch, posted, parked } = setUp(({ id }) =>
      id === 'a1' ? { kind: 'refused', status: 400, detail: '400 no such field' } : DELIVERED,
    );
    const results = await Promise.all([dispatch('a', 'a1'), dispatch('a', 'a2')]);
    expect(results).toEqual(['parked', 'delivered']);
    expect(posted).toEqual(['a1', 'a2']);
    expect(parked).toEqual(['a1: 400 no such field']);
  });

  it('parks a message that keeps failing while others get through', async () => {
    const { dispatch, parked } = setUp(({ id }) => (id === 'poison' ? trouble() : DELIVERED));
    const settled: DispatchResult[] = [];
    const waiting = dispatch('a', 'poison').then((result) => settled.push(result));
    for (let i = 0; settled.length === 0; i += 1) {
      await dispatch('b', `b${String(i)}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await waiting;
    expect(settled).toEqual(['parked']);
    expect(parked).toHaveLength(1);
  });

  it('never parks anything while the receiver takes nothing at all', async () => {
    const { dispatch, parked, receiver, stop } = setUp((_message, tries) => {
      if (tries > 3 * STRIKES_MAX) stop();
      return trouble();
    });
    const results = await Promise.all([dispatch('a', 'a1'), dispatch('b', 'b1')]);
    expect(results).toEqual(['stopped', 'stopped']);
    expect(parked).toEqual([]);
    expect(receiver.trouble()).toBe('503');
  });

  it('leaves the receiver in peace for as long as it asks', async () => {
    const { dispatch, slept } = setUp((_message, tries) =>
      tries === 1 ? trouble(30_000) : DELIVERED,
    );
    await dispatch('a', 'a1');
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBe(30_000);
  });

  it('is well again with the first success after being away', async () => {
    const { dispatch, receiver } = setUp((_message, tries) =>
      tries <= FAILURES_UNTIL_AWAY + 1 ? trouble() : DELIVERED,
    );
    await dispatch('a', 'a1');
    expect(receiver.trouble()).toBeNull();
  });
});
