/**
 * A year of a small portfolio through the core: which outputs come, and their very bytes as a hash. Whoever
 * makes the core faster changes nothing here; whoever changes what is decided sees it, and writes the
 * golden file anew with `UPDATE_GOLDEN=1 npm test -- test/golden/shared/core/engine-outputs`.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createOrders } from '../../../../bench/load/orders.js';
import { packageRoot } from '../../../../shared/avro/package-root.js';
import type { EngineOutput } from '../../../../shared/core/engine/engine.js';
import { DAY_MS, machine, START_MS, tick, WEEK_MS } from '../../../support/events.js';
import { trainedModel } from '../../../support/model.js';
import { createDriver } from '../../../support/pipeline-driver.js';

const FILE = join(packageRoot(), 'test/golden/data/engine-outputs.json');
const CUSTOMERS = 60;
const ORDERS = 1_000;
const MACHINE_EVERY = 3;
const SILENCE_WEEKS = 12;

/** Orders of a year with weekly ticks, machines at every third customer, and a silence at the end. */
const play = (): readonly EngineOutput[] => {
  const driver = createDriver({ partitions: 2, model: trainedModel() });
  driver.take();
  for (let i = 0; i < CUSTOMERS; i += MACHINE_EVERY) {
    const customerId = `C${String(i).padStart(7, '0')}`;
    driver.when(machine({ customerId, machineId: `M-${String(i)}`, occurredAtMs: START_MS }));
  }
  let tickMs = START_MS + WEEK_MS;
  const load = { orders: ORDERS, customers: CUSTOMERS, seed: 7, fromMs: START_MS };
  for (const event of createOrders(load)) {
    for (; tickMs <= event.occurredAtMs; tickMs += WEEK_MS) driver.when(tick(tickMs));
    driver.when({ type: 'OrderEvent', event });
  }
  for (let week = 0; week < SILENCE_WEEKS; week += 1) driver.when(tick((tickMs += WEEK_MS)));
  driver.when(tick(tickMs + DAY_MS));
  return driver.take();
};

const summarise = (outputs: readonly EngineOutput[]) => {
  const kinds: Record<string, { count: number; first: EngineOutput; hash: string }> = {};
  const hashes: Record<string, ReturnType<typeof createHash>> = {};
  for (const output of outputs) {
    const hash = (hashes[output.kind] ??= createHash('sha256'));
    hash.update(JSON.stringify(output));
    const kind = (kinds[output.kind] ??= { count: 0, first: output, hash: '' });
    kind.count += 1;
  }
  for (const [kind, hash] of Object.entries(hashes)) {
    const found = kinds[kind];
    if (found !== undefined) found.hash = hash.digest('hex');
  }
  return kinds;
};

describe('the outputs of a year', () => {
  it('are what they were', () => {
    const found: unknown = JSON.parse(JSON.stringify(summarise(play())));
    if (process.env['UPDATE_GOLDEN'] === '1') {
      writeFileSync(FILE, `${JSON.stringify(found, null, 2)}\n`);
    }
    expect(found).toEqual(JSON.parse(readFileSync(FILE, 'utf8')));
  });
});
