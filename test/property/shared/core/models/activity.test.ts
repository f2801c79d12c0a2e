/** Laws that the probability of being active, and of silence, obey for any history. */
import fc from 'fast-check';
import { createVector, foldDocument } from '../../../../../shared/core/features/vector.js';
import { builtinModel } from '../../../../../shared/core/models/artefact.js';
import { activityProbability } from '../../../../../shared/core/models/activity.js';
import { silenceProbability, silentFromMs } from '../../../../../shared/core/models/rhythm.js';
import { DAY_MS, START_MS } from '../../../../support/events.js';

const model = builtinModel;
const gaps = fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 40 });

/** A vector of purchases with these gaps in days, and the time of the last one. */
const historyOf = (gapDays: readonly number[]) => {
  const vector = createVector();
  let atMs = START_MS;
  foldDocument(vector, { orderedAtMs: atMs, netMinor: 1_000, isReturn: false });
  for (const gap of gapDays) {
    atMs += gap * DAY_MS;
    foldDocument(vector, { orderedAtMs: atMs, netMinor: 1_000, isReturn: false });
  }
  return { vector, lastMs: atMs };
};

describe('the probability that a customer still buys', () => {
  it('lies between 0 and 1 and falls while nothing is bought', () => {
    fc.assert(
      fc.property(
        gaps,
        fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 2 }),
        (g, ages) => {
          const { vector, lastMs } = historyOf(g);
          let before = 1;
          for (const age of [...ages].sort((a, b) => a - b)) {
            const alive = activityProbability(vector, { asOfMs: lastMs + age * DAY_MS, model });
            expect(alive).toBeGreaterThanOrEqual(0);
            expect(alive).toBeLessThanOrEqual(before);
            before = alive;
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('rises with a purchase', () => {
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 1_000 }), (g, silentDays) => {
        const { vector, lastMs } = historyOf(g);
        const asOfMs = lastMs + silentDays * DAY_MS;
        const before = activityProbability(vector, { asOfMs, model });
        foldDocument(vector, { orderedAtMs: asOfMs, netMinor: 1_000, isReturn: false });
        expect(activityProbability(vector, { asOfMs, model })).toBeGreaterThanOrEqual(before);
      }),
      { numRuns: 100 },
    );
  });

  it('is 0 without a purchase, and below 1 for one alone', () => {
    expect(activityProbability(createVector(), { asOfMs: START_MS, model })).toBe(0);
    const { vector, lastMs } = historyOf([]);
    expect(activityProbability(vector, { asOfMs: lastMs, model })).toBeLessThan(1);
  });
});

describe('the probability of a silence', () => {
  it('lies between 0 and 1, falls with time, and is met where silentFromMs says', () => {
    fc.assert(
      fc.property(gaps, fc.double({ min: 0.0005, max: 0.2, noNaN: true }), (g, limit) => {
        const { vector, lastMs } = historyOf(g);
        let before = 1;
        for (let age = 0; age <= 400; age += 40) {
          const p = silenceProbability({ vector, asOfMs: lastMs + age * DAY_MS });
          expect(p).toBeGreaterThanOrEqual(0);
          expect(p).toBeLessThanOrEqual(before + 1e-6);
          before = p;
        }
        const fromMs = silentFromMs(vector, limit);
        if (fromMs === null) return;
        expect(fromMs).toBeGreaterThan(lastMs);
        expect(silenceProbability({ vector, asOfMs: fromMs })).toBeLessThanOrEqual(limit + 1e-6);
      }),
      { numRuns: 100 },
    );
  });
});
