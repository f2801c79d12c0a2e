/** The log-linear model finds known effects, bounds what it never saw and shrinks what it cannot know. */
import { describe, expect, it } from '@jest/globals';
import {
  fitLogLinear,
  logLinearScore,
  NO_COEFFICIENTS,
  scoreOfRow,
  standardise,
  toLogLinear,
  type LogLinear,
} from '../../../../../shared/core/models/log-linear.js';
import { createRandom } from '../../../../../shared/core/models/random.js';
import { RATIO_FEATURES } from '../../../../../shared/core/models/ratio-features.js';

const ROWS = 12_000;
const LEVEL = RATIO_FEATURES.indexOf('log-level');
const EWMA = RATIO_FEATURES.indexOf('ewma-3');

const valuesOf = (level: number, ewma: number): number[] => {
  const values = RATIO_FEATURES.map(() => 1);
  values[LEVEL] = level;
  values[EWMA] = ewma;
  return values;
};

/** Every other ratio is zero; the mean is exp(0.2 - 0.1 level) times the square root of the ratio. */
const fit = (ridge: number, offset = 0): LogLinear => {
  const random = createRandom(5);
  const features: number[][] = [];
  const targets = new Float64Array(ROWS);
  for (let row = 0; row < ROWS; row += 1) {
    const level = 8 + 4 * random();
    const ewma = 0.2 + 3 * random();
    features.push(valuesOf(level, ewma));
    const mean = Math.exp(0.2 - 0.1 * level + offset) * Math.sqrt(ewma + 0.05);
    targets[row] = random() < 0.5 ? 2 * mean * (0.5 + random()) : 0;
  }
  const { scale, values: standardised } = standardise(features);
  const weights = new Float64Array(ROWS).fill(1);
  const offsets = new Float64Array(ROWS).fill(offset);
  const rows = Int32Array.from({ length: ROWS }, (_, row) => row);
  const table = { standardised, targets, weights, offsets };
  const coefficients = fitLogLinear(table, { rows, ridge, start: NO_COEFFICIENTS });
  const model = toLogLinear(scale, coefficients);
  expect(logLinearScore(model, features[7] ?? [])).toBeCloseTo(
    scoreOfRow(standardised, 7, coefficients),
    10,
  );
  return model;
};

describe('the log-linear model', () => {
  it('finds known effects of a logarithm and of a ratio', () => {
    const model = fit(0.0001);
    const scoreAt = (level: number, ewma: number): number =>
      logLinearScore(model, valuesOf(level, ewma));
    expect(scoreAt(9, 1) - scoreAt(11, 1)).toBeCloseTo(0.2, 1);
    expect(scoreAt(10, 2) - scoreAt(10, 0.5)).toBeCloseTo(0.5 * Math.log(2.05 / 0.55), 1);
    expect(scoreAt(10, 0.95)).toBeCloseTo(-0.8, 1);
  });

  it('takes a known factor of all rows for what it is', () => {
    const values = valuesOf(10, 1);
    const apart = logLinearScore(fit(0.01, 0.7), values) - logLinearScore(fit(0.01), values);
    expect(apart).toBeCloseTo(0, 2);
  });

  it('does not draw its lines on to where nobody was seen', () => {
    const model = fit(0.01);
    expect(logLinearScore(model, valuesOf(40, 50))).toBe(logLinearScore(model, valuesOf(80, 90)));
    expect(logLinearScore(model, valuesOf(40, 1))).toBeCloseTo(
      logLinearScore(model, valuesOf(12, 1)),
      1,
    );
  });

  it('knows nothing but the mean where the ridge is heavy', () => {
    const { coefficients, intercept } = fit(1_000);
    expect(Math.max(...coefficients.map(Math.abs))).toBeLessThan(0.001);
    expect(intercept).not.toBe(0);
  });
});
