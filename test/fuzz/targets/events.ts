/** Events that decode but say anything at all: the core refuses or applies them and stays finite. */
import { join } from 'node:path';
import fc from 'fast-check';
import { packageRoot } from '../../../shared/avro/package-root.js';
import { INPUT_EVENT_TYPES, type InputEvent } from '../../../shared/core/engine/input-event.js';
import type { EngineOutput } from '../../../shared/core/engine/engine.js';
import { isReasonCode } from '../../../shared/core/validation/reasons.js';
import { createOutputEncoder, OUTPUT_RECORDS } from '../../../services/scorer/output-encoder.js';
import { createCustomerCodec } from '../../../shared/redis/customer-codec.js';
import { createDriver, type Driver, type DriverOptions } from '../../support/pipeline-driver.js';
import { day, every, ordersOn, tick } from '../../support/events.js';
import { steadyModel } from '../../support/model.js';
import { contractOf, recordOf } from '../arbitraries/avro.js';
import { anyBytes, mutated } from '../arbitraries/bytes.js';
import { assertSense, fuzzTarget } from '../target.js';

const outputs = createOutputEncoder(contractOf(OUTPUT_RECORDS).encoder, { inputTopic: 'in' });
const codec = createCustomerCodec(join(packageRoot(), 'schemas/state/customer-standing.avsc'));

export const anyEvent: fc.Arbitrary<InputEvent> = fc
  .constantFrom(...INPUT_EVENT_TYPES)
  .chain((type) =>
    recordOf(`kundenpuls.events.${type}`).map(
      (event) => ({ type, event }) as unknown as InputEvent,
    ),
  );

const isFinite = (numbers: readonly number[]): boolean => numbers.every(Number.isFinite);

/** What the core holds must be storable, and what it says must be encodable. */
export const checkDriver = (driver: Driver, emitted: readonly EngineOutput[]): void => {
  for (const output of emitted) outputs.encode(output);
  for (const { customers } of driver.log.partitions) {
    for (const customer of customers.values()) {
      assertSense(isFinite(customer.vector), 'a feature is not finite');
      assertSense(isFinite(customer.groups), 'a feature of a product group is not finite');
      const bytes = codec.encode(customer, true);
      const { bytes: ledger, length } = customer.ledger;
      codec.decode(customer.customerId, Buffer.from(bytes), ledger.subarray(0, length));
    }
  }
};

const HISTORY = ordersOn(every(14, 0, 200));

/** Lets a driver live through events among a plain history, with time going on. */
export const live = (options: DriverOptions, events: readonly InputEvent[]): void => {
  const driver = createDriver({ partitions: 1, ...options });
  driver.when(...HISTORY, tick(day(200)));
  for (const event of events) {
    for (const outcome of driver.when(event)) {
      if (outcome.kind !== 'dead-letter') continue;
      assertSense(isReasonCode(outcome.code), `refused without a reason: ${outcome.code}`);
    }
  }
  driver.when(tick(day(201)), tick(day(260)), ...ordersOn([261]), tick(day(300)));
  checkDriver(driver, driver.take());
};

const stored = fc.array(anyEvent, { maxLength: 3 }).map((events) => {
  const driver = createDriver({ partitions: 1 });
  driver.when(...HISTORY, tick(day(200)), ...events);
  const customer = driver.customer('c');
  return customer === undefined ? Buffer.alloc(0) : Buffer.from(codec.encode(customer, true));
});

export const eventTargets = [
  fuzzTarget('events', fc.array(anyEvent, { minLength: 1, maxLength: 6 }), (events) => {
    live({ model: steadyModel() }, events);
  }),
  fuzzTarget(
    'stored state',
    fc.tuple(fc.oneof(anyBytes, mutated(stored)), fc.oneof(anyBytes, fc.constant(Buffer.alloc(0)))),
    ([bytes, ledger]) => {
      try {
        codec.decode('c', bytes, ledger);
      } catch (error) {
        assertSense(error instanceof Error, 'threw something that is no error');
      }
    },
  ),
];
