import fc from 'fast-check';
import { createOffsetTracker } from '../../../../shared/delivery/offset-tracker.js';

describe('the offset tracker', () => {
  it('moves only over contiguous success', () => {
    const tracker = createOffsetTracker();
    for (const offset of [10, 11, 13]) tracker.add(offset, offset * 100);
    tracker.done(11);
    tracker.done(13);
    expect([tracker.next(), tracker.pending(), tracker.oldestTimestampMs()]).toEqual([10, 1, 1000]);
    tracker.done(10);
    expect([tracker.next(), tracker.pending(), tracker.oldestTimestampMs()]).toEqual([14, 0, null]);
  });

  it('starts again behind a pause at the first record that comes', () => {
    const tracker = createOffsetTracker();
    expect(tracker.next()).toBeNull();
    tracker.add(3, 0);
    tracker.done(3);
    tracker.add(9, 0);
    expect(tracker.next()).toBe(9);
  });

  it('ends behind the last record in whatever order they finish', () => {
    const order = fc.uniqueArray(fc.nat(40), { minLength: 1 });
    fc.assert(
      fc.property(order, (finishing) => {
        const tracker = createOffsetTracker();
        const offsets = [...finishing].sort((a, b) => a - b);
        for (const offset of offsets) tracker.add(offset, 0);
        const left = new Set(offsets);
        for (const offset of finishing) {
          tracker.done(offset);
          left.delete(offset);
          const lowest = [...left].sort((a, b) => a - b)[0] ?? Math.max(...offsets) + 1;
          expect(tracker.next()).toBe(lowest);
        }
      }),
    );
  });
});
