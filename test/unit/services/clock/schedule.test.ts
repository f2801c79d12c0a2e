import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isOtherAlive, tickToWrite, untilNextTickMs } from '../../../../services/clock/schedule.js';

const MINUTE = 60_000;

describe('the schedule of a clock', () => {
  it('ticks at multiples of the interval, each once', () => {
    expect(tickToWrite(10 * MINUTE + 1, null, MINUTE)).toBe(10 * MINUTE);
    expect(tickToWrite(10 * MINUTE + 1, 10 * MINUTE, MINUTE)).toBeNull();
    expect(tickToWrite(11 * MINUTE, 10 * MINUTE, MINUTE)).toBe(11 * MINUTE);
  });

  it('writes one tick for all that were missed', () => {
    expect(tickToWrite(100 * MINUTE + 5, 10 * MINUTE, MINUTE)).toBe(100 * MINUTE);
  });

  it('waits when the wall clock was set back', () => {
    expect(tickToWrite(5 * MINUTE, 10 * MINUTE, MINUTE)).toBeNull();
  });

  it('never writes a time twice nor goes back, whatever the wall clock does', () => {
    const times = fc.array(fc.nat({ max: 100_000_000 }), { minLength: 1 });
    fc.assert(
      fc.property(times, fc.integer({ min: 100, max: 3_600_000 }), (walls, intervalMs) => {
        let last: number | null = null;
        for (const nowMs of walls) {
          const tick = tickToWrite(nowMs, last, intervalMs);
          if (tick === null) continue;
          expect(tick % intervalMs).toBe(0);
          expect(tick).toBeLessThanOrEqual(nowMs);
          if (last !== null) expect(tick).toBeGreaterThan(last);
          last = tick;
        }
        expect(last).not.toBeNull();
      }),
    );
  });

  it('sleeps to the next multiple', () => {
    expect(untilNextTickMs(10 * MINUTE + 1, MINUTE)).toBe(MINUTE - 1);
    expect(untilNextTickMs(10 * MINUTE, MINUTE)).toBe(MINUTE);
  });

  it('takes another clock for dead after three silent intervals', () => {
    expect(isOtherAlive(12 * MINUTE, 10 * MINUTE, MINUTE)).toBe(true);
    expect(isOtherAlive(13 * MINUTE, 10 * MINUTE, MINUTE)).toBe(false);
    expect(isOtherAlive(13 * MINUTE, null, MINUTE)).toBe(false);
  });
});
