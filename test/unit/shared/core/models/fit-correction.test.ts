/** Members of the ensemble learn nothing of the fold they are asked about; together they are the forecast. */
import { describe, expect, it } from '@jest/globals';
import { ratioOfScore, treeScore } from '../../../../../shared/core/models/boosted-trees.js';
import type { CorrectionRow } from '../../../../../shared/core/models/correction-table.js';
import {
  fitCorrection,
  type Correction,
} from '../../../../../shared/core/models/fit-correction.js';
import { FOLDS } from '../../../../../shared/core/models/folds.js';
import type { RunJobs } from '../../../../../shared/core/models/jobs.js';
import { logLinearScore } from '../../../../../shared/core/models/log-linear.js';
import { createRandom } from '../../../../../shared/core/models/random.js';
import { RATIO_FEATURES } from '../../../../../shared/core/models/ratio-features.js';

const CUSTOMERS = 1_100;
const SILENCE = RATIO_FEATURES.indexOf('log-silence');

/** Customers whose silence is above one buy half of their level, all others one and a half of it. */
const rowsOf = ({ changed }: { readonly changed: number | null }): CorrectionRow[] => {
  const random = createRandom(8);
  return Array.from({ length: CUSTOMERS }, (_, customer) => {
    const values = RATIO_FEATURES.map(() => random());
    values[SILENCE] = 2 * random();
    const ratio = (values[SILENCE] ?? 0) > 1 ? 0.5 : 1.5;
    const levelMinor = 1_000 + 9_000 * random();
    const actualMinor = levelMinor * ratio * (random() < 0.5 ? 2 : 0);
    const fold = customer % FOLDS;
    const factor = fold === changed ? 1.000_01 : 1;
    return { customer, fold, originMs: 0, levelMinor, actualMinor: actualMinor * factor, values };
  });
};

const scoreOf = ({ linear, trees }: Correction, values: readonly number[]): number =>
  (linear === undefined ? 0 : logLinearScore(linear, values)) + treeScore(trees, values);

/** What was learned, without the factor on the whole total. */
const shapeOf = (correction: Correction | undefined): unknown => {
  const { linear, trees } = correction ?? {};
  return { linear, trees: { ...trees, base: 0 } };
};

describe('the correction of the level', () => {
  it('finds what customers of a kind buy of their level', () => {
    const fitted = fitCorrection(rowsOf({ changed: null }));
    const ratioAt = (silence: number): number => {
      const values = RATIO_FEATURES.map(() => 0.5);
      values[SILENCE] = silence;
      return fitted === null ? 0 : ratioOfScore(scoreOf(fitted.mean, values));
    };
    expect(ratioAt(1.6)).toBeCloseTo(0.5, 0);
    expect(ratioAt(0.4) / ratioAt(1.6)).toBeGreaterThan(2);
  });

  it('has a member per fold that learned nothing of its customers', () => {
    const before = fitCorrection(rowsOf({ changed: null }));
    const after = fitCorrection(rowsOf({ changed: 0 }));
    expect(before?.held).toHaveLength(FOLDS);
    expect(shapeOf(after?.held[0])).toEqual(shapeOf(before?.held[0]));
    expect(shapeOf(after?.held[1])).not.toEqual(shapeOf(before?.held[1]));
  });

  it('is the geometric mean of its members', () => {
    const rows = rowsOf({ changed: null });
    const fitted = fitCorrection(rows);
    const values = rows[3]?.values ?? [];
    const scores = fitted?.held.map((member) => scoreOf(member, values)) ?? [];
    const mean = scores.reduce((sum, score) => sum + score, 0) / FOLDS;
    expect(fitted === null ? 0 : scoreOf(fitted.mean, values)).toBeCloseTo(mean, 3);
  });

  /** Money forecast of rows over money that came, by whoever had not seen them. */
  const totalOf = (rows: readonly CorrectionRow[]): number => {
    const held = fitCorrection(rows)?.held ?? [];
    let expected = 0;
    let came = 0;
    for (const { fold, values, levelMinor, actualMinor } of rows) {
      const member = held[fold];
      if (member !== undefined) expected += levelMinor * ratioOfScore(scoreOf(member, values));
      came += actualMinor;
    }
    return expected / came;
  };

  it('has the total right of buyers so rare that they buy far more than their level', () => {
    const random = createRandom(9);
    const rare = rowsOf({ changed: null }).map((row) => ({
      ...row,
      actualMinor: random() < 0.04 ? 25 * row.levelMinor : 0,
    }));
    expect(totalOf(rare)).toBeGreaterThan(0.85);
    expect(totalOf(rare)).toBeLessThan(1.15);
  });

  it('does not raise everybody for one order of one customer', () => {
    const rows = rowsOf({ changed: null });
    const usual = totalOf(rows);
    const came = rows.reduce((sum, { actualMinor }) => sum + actualMinor, 0);
    const one = rows.map((row, i) => (i === 5 ? { ...row, actualMinor: came } : row));
    // Twice the money came: forecasts that stay as they are make half of it.
    expect(totalOf(one)).toBeLessThan((1.3 * usual) / 2);
  });

  it('is the same for the same rows, and none for a few', () => {
    const rows = rowsOf({ changed: null });
    expect(fitCorrection(rows)).toEqual(fitCorrection(rows));
    expect(fitCorrection(rows.slice(0, 500))).toBeNull();
  });

  it('is the same when its members are fitted elsewhere, in another order, from copies', () => {
    const elsewhere: RunJobs = (job, shared, inputs) =>
      [...inputs]
        .reverse()
        .map((input) => structuredClone(job.run(structuredClone(shared), structuredClone(input))))
        .reverse();
    const rows = rowsOf({ changed: null });
    expect(fitCorrection(rows, elsewhere)).toEqual(fitCorrection(rows));
  });
});
