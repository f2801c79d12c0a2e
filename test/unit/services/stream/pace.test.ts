import { describe, expect, it } from '@jest/globals';
import { createPace } from '../../../../services/stream/publish.js';

const paceAt = (speed: number) => {
  let wallMs = 1_000;
  const slept: number[] = [];
  const pace = createPace(speed, {
    nowMs: () => wallMs,
    sleep: (ms) => {
      slept.push(ms);
      wallMs += ms;
      return Promise.resolve();
    },
  });
  return { pace, slept };
};

describe('the pace of a stream', () => {
  it('keeps event time at its speed, counted from the first event that has a time', async () => {
    const { pace, slept } = paceAt(10);
    for (const eventMs of [0, 50_000, 51_000, 51_500]) await pace(eventMs);
    expect(slept).toEqual([100, 50]);
  });

  it('never waits at full speed', async () => {
    const { pace, slept } = paceAt(Infinity);
    for (const eventMs of [1, 1_000_000_000]) await pace(eventMs);
    expect(slept).toEqual([]);
  });
});
