/** A tick that says how many customers it takes goes on with ticks of its own, until nobody is due. */
import { describe, expect, it } from '@jest/globals';
import type { EngineOutput } from '../../shared/core/engine/engine.js';
import type { BroadcastEvent } from '../../shared/core/engine/input-event.js';
import { createReplayPartition } from '../../shared/pipeline/replay-partitions.js';
import { day, order, tick } from '../support/events.js';
import { createDriver } from '../support/pipeline-driver.js';

const CUSTOMERS = ['a', 'b', 'c', 'd', 'e'];
const orders = CUSTOMERS.map((customerId, i) => order({ customerId, orderedAtMs: day(i) }));
const TICK_AT_MS = day(40);

const kindsOf = (outputs: readonly EngineOutput[]): readonly string[] =>
  outputs.map(({ kind }) => kind);

/** One partition's log as the service has it: what is written back is for the test to append. */
const createLog = () => {
  const written: BroadcastEvent[] = [];
  const scored: string[] = [];
  let offset = 0;
  const partition = createReplayPartition({
    partition: 0,
    artefacts: { rulebook: () => null, model: () => null },
    onOutput: (output) => {
      if (output.kind === 'tick-continued') written.push({ type: 'Tick', event: output.record });
      if (output.kind === 'customer-score') scored.push(output.record.customerId);
    },
  });
  const append = (input: Parameters<typeof partition.apply>[0]) =>
    partition.apply(input, (offset += 1));
  for (const input of orders) append(input);
  return {
    append,
    partition,
    /** Takes what was written back, or was scored, since it was last asked. */
    written: () => written.splice(0),
    scored: () => scored.splice(0),
  };
};

describe('a tick in slices', () => {
  it('leads to the states of a whole one, and to its outputs in the same order', () => {
    const lived = [null, 2].map((customersMax) => {
      const driver = createDriver({ partitions: 1 }).given(...orders);
      driver.when(tick(TICK_AT_MS, customersMax));
      const states = CUSTOMERS.map((customerId) => driver.customer(customerId)?.standing);
      return { states, kinds: kindsOf(driver.take()).filter((kind) => kind !== 'tick-continued') };
    });
    expect(lived[1]).toEqual(lived[0]);
    expect(lived[0]?.kinds.length).toBeGreaterThanOrEqual(CUSTOMERS.length);
  });

  it('scores its number of customers and writes itself the next one, of the same time', () => {
    const log = createLog();
    log.append(tick(TICK_AT_MS, 2));
    expect(log.scored()).toHaveLength(2);
    const [next, ...more] = log.written();
    expect(more).toEqual([]);
    expect(next?.event).toMatchObject({ tickAtMs: TICK_AT_MS, customersMax: 2 });
    expect(next?.event.eventId).toMatch(/^continued-0-\d+-\d+$/);
  });

  it('lets orders that come meanwhile go first, and their customers wait for the next tick', () => {
    const log = createLog();
    log.append(tick(TICK_AT_MS, 2));
    const scored = log.scored();
    for (let waiting = log.written(); waiting.length > 0; waiting = log.written()) {
      const orderId = `meanwhile-${String(scored.length)}`;
      log.append(order({ customerId: 'busy', orderId, orderedAtMs: TICK_AT_MS }));
      for (const input of waiting) log.append(input);
      scored.push(...log.scored());
    }
    expect(scored.sort()).toEqual(CUSTOMERS);
    expect(log.partition.dueCount(TICK_AT_MS)).toBe(1);
    log.append(tick(TICK_AT_MS + 1, 2));
    expect(log.scored()).toEqual(['busy']);
  });

  it.each([-3, Number.MAX_SAFE_INTEGER])('takes %d customers for what is possible', (asked) => {
    const log = createLog();
    expect(log.append(tick(TICK_AT_MS, asked))).toEqual({ kind: 'applied' });
    for (const { event } of log.written()) expect(event).toMatchObject({ customersMax: 1 });
  });

  it('leaves the rest to a newer tick', () => {
    const log = createLog();
    log.append(tick(TICK_AT_MS, 2));
    const [next] = log.written();
    log.append(tick(TICK_AT_MS + 1, 2));
    log.scored();
    expect(next === undefined ? null : log.append(next)).toEqual({ kind: 'ignored' });
    expect(log.scored()).toEqual([]);
    expect(log.written()).toHaveLength(1);
  });

  it('does not go on where it says nothing of slices', () => {
    const log = createLog();
    log.append(tick(TICK_AT_MS));
    expect(log.scored().length).toBeGreaterThanOrEqual(CUSTOMERS.length);
    expect(log.written()).toEqual([]);
  });
});
