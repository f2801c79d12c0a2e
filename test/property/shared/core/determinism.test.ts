/** The same log gives the same outputs; other customers and other chunks change nothing. */
import fc from 'fast-check';
import type { EngineOutput } from '../../../../shared/core/engine/engine.js';
import type { BroadcastEvent, CustomerEvent } from '../../../../shared/core/engine/input-event.js';
import { createDriver } from '../../../support/pipeline-driver.js';
import { steadyModel } from '../../../support/model.js';
import { day, DAY_MS, line, machine, order, override, tick } from '../../../support/events.js';

type Input = CustomerEvent | BroadcastEvent;

/** A life of orders, machines, overrides and time for some customers, in event time. */
const lifeArbitrary = fc
  .array(
    fc.record({
      customerId: fc.constantFrom('c1', 'c2', 'c3', 'c4'),
      gapDays: fc.integer({ min: 0, max: 30 }),
      what: fc.constantFrom('order', 'order', 'order', 'return', 'machine', 'override', 'time'),
      netAmountMinor: fc.integer({ min: 1, max: 3_000_000 }),
    }),
    { minLength: 5, maxLength: 60 },
  )
  .map((steps) => {
    let n = 0;
    return steps.flatMap(({ customerId, gapDays, what, netAmountMinor }, i): Input[] => {
      n += gapDays;
      const at = { customerId, occurredAtMs: day(n) };
      const document = { ...at, orderId: `o${String(i)}`, orderedAtMs: day(n) };
      const lines = [line({ netAmountMinor, sku: `s${String(i % 5)}` })];
      const tickInput = tick(day(n) + DAY_MS / 2);
      switch (what) {
        case 'order':
          return [order({ ...document, lines }), tickInput];
        case 'return':
          return [order({ ...document, kind: 'returned', lines }), tickInput];
        case 'machine':
          return [machine(at), tickInput];
        case 'override':
          return [override({ ...at, expiresAtMs: day(n + 20) }), tickInput];
        default:
          return [tickInput];
      }
    });
  });

const run = (inputs: readonly Input[]): readonly EngineOutput[] => {
  const driver = createDriver({ partitions: 1, model: steadyModel() });
  driver.take();
  driver.when(...inputs);
  return driver.take();
};

const customerOf = (output: EngineOutput): string =>
  output.kind === 'tombstone'
    ? output.customerId
    : output.kind === 'erasure-completed' || output.kind === 'tick-continued'
      ? ''
      : output.record.customerId;

/** Outputs of one customer without what names the record's place in the log. */
const about = (outputs: readonly EngineOutput[], customerId: string) =>
  outputs
    .filter((output) => customerOf(output) === customerId)
    .map((output) => {
      const record = 'record' in output ? { ...output.record } : {};
      return { kind: output.kind, ...record, outputId: '', cause: null };
    });

describe('determinism', () => {
  it('gives identical outputs for the same log', () => {
    fc.assert(
      fc.property(lifeArbitrary, (inputs) => {
        expect(run(inputs)).toEqual(run(inputs));
      }),
      { numRuns: 20 },
    );
  });

  it('gives a customer the same outputs with and without the others', () => {
    fc.assert(
      fc.property(lifeArbitrary, (inputs) => {
        const together = run(inputs);
        for (const id of ['c1', 'c2']) {
          const alone = run(
            inputs.filter(
              (input) => !('customerId' in input.event) || input.event.customerId === id,
            ),
          );
          expect(about(together, id)).toEqual(about(alone, id));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('numbers outputs without repetition', () => {
    fc.assert(
      fc.property(lifeArbitrary, (inputs) => {
        const ids = run(inputs).flatMap((output) =>
          'record' in output && 'outputId' in output.record ? [output.record.outputId] : [],
        );
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 20 },
    );
  });
});
