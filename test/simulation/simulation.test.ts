/** The exactly-once pipeline under simulated faults: a thousand seeds, and those that once failed. */
import { explain } from './explain.js';
import { FOUND_SEEDS } from './seeds.js';
import { simulate, type SimulationResult } from './simulate.js';

const SEEDS = 1_000;
const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 3_600_000;
/** Many times what it takes on an idle core. */
const TIMEOUT_MS = 15 * MS_PER_MINUTE;

const sum = (results: readonly SimulationResult[], of: (result: SimulationResult) => number) =>
  results.reduce((total, result) => total + of(result), 0);

describe('the exactly-once pipeline under simulated faults', () => {
  it.each(FOUND_SEEDS)(
    'survives seed $seed: $found',
    async ({ seed }) => {
      const result = await simulate(seed);
      expect(explain(result)).toBeNull();
    },
    TIMEOUT_MS,
  );

  it(
    'gives the same run for the same seed, event for event',
    async () => {
      const first = await simulate(42);
      const second = await simulate(42);
      expect(second.trace).toEqual(first.trace);
      expect(second.events).toBe(first.events);
      expect((await simulate(43)).trace).not.toEqual(first.trace);
    },
    TIMEOUT_MS,
  );

  it(
    `keeps every invariant over ${String(SEEDS)} seeds`,
    async () => {
      const results: SimulationResult[] = [];
      const startedMs = performance.now();
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const result = await simulate(seed);
        expect(explain(result)).toBeNull();
        results.push({ ...result, trace: [] });
      }
      const minutes = (performance.now() - startedMs) / MS_PER_MINUTE;
      const hours = sum(results, ({ virtualMs }) => virtualMs) / MS_PER_HOUR;
      process.stdout.write(
        `simulated ${String(SEEDS)} seeds: ${String(sum(results, ({ events }) => events))} events, ` +
          `${String(sum(results, ({ faults }) => faults))} faults, ` +
          `${(hours / minutes).toFixed(1)} simulated hours per minute\n`,
      );
      // The faults must leave something to judge: nearly all partitions end whole and caught up.
      expect(sum(results, ({ stopped }) => stopped)).toBeLessThan(SEEDS / 10);
      expect(sum(results, ({ outputs }) => outputs)).toBeGreaterThan(SEEDS * 10);
    },
    TIMEOUT_MS,
  );
});
