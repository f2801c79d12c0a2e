/**
 * The published fits of the CDNOW sample: 2,357 customers, 39 weeks of calibration to 1997-09-30, week as
 * unit, purchases of one day merged. Tables: BG/NBD and Pareto/NBD in Fader, Hardie, Lee (2005), "Counting
 * Your Customers" the Easy Way, table 2; MBG/NBD as published with Batislam et al. (2007); Gamma-Gamma in
 * Fader, Hardie (2013), "The Gamma-Gamma Model of Monetary Value", section 4.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import {
  bgNbdExpectedPurchases,
  bgNbdLogLikelihood,
  fitBgNbd,
} from '../../../../../shared/core/models/bg-nbd.js';
import { mergeRows } from '../../../../../shared/core/models/btyd-data.js';
import {
  fitGammaGamma,
  gammaGammaLogLikelihood,
} from '../../../../../shared/core/models/gamma-gamma.js';
import { fitMbgCnbd } from '../../../../../shared/core/models/mbg-cnbd-k.js';
import { fitMbgNbd, mbgNbdLogLikelihood } from '../../../../../shared/core/models/mbg-nbd.js';
import {
  fitParetoNbd,
  paretoNbdLogLikelihood,
} from '../../../../../shared/core/models/pareto-nbd.js';

const FILE = join(__dirname, '../../../../../../shared/data/cdnow_sample.csv.gz');
const MS_PER_DAY = 86_400_000;
const CALIBRATION_END_DAY = Date.parse('1997-09-30T00:00:00Z') / MS_PER_DAY;

type Row = {
  readonly x: number;
  readonly tx: number;
  readonly T: number;
  readonly m: number;
  readonly sumLogGaps: number;
};

const readCalibration = (): readonly Row[] => {
  const lines = gunzipSync(readFileSync(FILE)).toString('utf8').trim().split('\n').slice(1);
  const customers = new Map<string, Map<number, number>>();
  for (const line of lines) {
    const [, customer = '', date = '', , amount = '0'] = line.trim().split(',');
    const day = Date.parse(`${date}T00:00:00Z`) / MS_PER_DAY;
    if (day > CALIBRATION_END_DAY) continue;
    const days = customers.get(customer) ?? new Map<number, number>();
    days.set(day, (days.get(day) ?? 0) + Number(amount));
    customers.set(customer, days);
  }
  return [...customers.values()].map((days) => {
    const sorted = [...days].sort(([a], [b]) => a - b);
    const [first = 0, last = 0] = [sorted[0]?.[0], sorted.at(-1)?.[0]];
    const x = sorted.length - 1;
    const repeat = sorted.slice(1);
    return {
      x,
      tx: (last - first) / 7,
      T: (CALIBRATION_END_DAY - first) / 7,
      m: x === 0 ? 0 : repeat.reduce((sum, [, amount]) => sum + amount, 0) / x,
      sumLogGaps: repeat.reduce(
        (sum, [day], i) => sum + Math.log((day - (sorted[i]?.[0] ?? day)) / 7),
        0,
      ),
    };
  });
};

const isThere = existsSync(FILE);
if (!isThere) {
  process.stderr.write(
    'SKIPPED the golden tests of CDNOW: ../shared/data/cdnow_sample.csv.gz is missing\n',
  );
}

(isThere ? describe : describe.skip)('the CDNOW sample', () => {
  const rows = isThere ? readCalibration() : [];
  const merged = mergeRows(rows);

  it('has the published number of customers', () => {
    expect(rows).toHaveLength(2_357);
    expect(rows.filter(({ x }) => x > 0)).toHaveLength(946);
  });

  it('gives the published BG/NBD fit', () => {
    const { parameters, logLikelihood } = fitBgNbd(merged);
    expect(parameters.r.toFixed(3)).toBe('0.243');
    expect(parameters.alpha.toFixed(3)).toBe('4.414');
    expect(parameters.a.toFixed(3)).toBe('0.793');
    expect(parameters.b.toFixed(3)).toBe('2.426');
    expect(logLikelihood.toFixed(1)).toBe('-9582.4');
    const published = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
    expect(bgNbdLogLikelihood(published, merged).toFixed(1)).toBe('-9582.4');
    // Hardie's spreadsheet, with parameters as printed.
    const given = { x: 2, tx: 30.43, T: 38.86, t: 39 };
    expect(bgNbdExpectedPurchases(published, given).toFixed(3)).toBe('1.226');
  });

  it('gives the published Pareto/NBD fit', () => {
    const { parameters, logLikelihood } = fitParetoNbd(merged);
    expect(parameters.r.toFixed(3)).toBe('0.553');
    expect(parameters.alpha.toFixed(3)).toBe('10.578');
    expect(parameters.s.toFixed(3)).toBe('0.606');
    expect(parameters.beta.toFixed(3)).toBe('11.669');
    expect(logLikelihood.toFixed(1)).toBe('-9595.0');
    const published = { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 };
    expect(paretoNbdLogLikelihood(published, merged).toFixed(1)).toBe('-9595.0');
  });

  it('gives the published MBG/NBD fit', () => {
    const { parameters, logLikelihood } = fitMbgNbd(merged, { r: 1, alpha: 5, a: 1, b: 2 });
    expect(parameters.r.toFixed(3)).toBe('0.525');
    expect(parameters.alpha.toFixed(3)).toBe('6.183');
    expect(parameters.a.toFixed(3)).toBe('0.891');
    expect(parameters.b.toFixed(3)).toBe('1.614');
    expect(mbgNbdLogLikelihood(parameters, merged)).toBeCloseTo(logLikelihood, 6);
  });

  it('finds no regularity: MBG/CNBD-k is MBG/NBD there', () => {
    const { parameters, logLikelihood } = fitMbgCnbd(rows);
    expect(parameters.k).toBe(1);
    expect(parameters.r.toFixed(3)).toBe('0.525');
    expect(logLikelihood).toBeCloseTo(mbgNbdLogLikelihood(parameters, merged), 6);
  });

  it('gives the published Gamma-Gamma fit on the repeat buyers', () => {
    const spend = rows.filter(({ x }) => x > 0);
    const { parameters, logLikelihood } = fitGammaGamma(spend);
    expect(parameters.p.toFixed(2)).toBe('6.25');
    expect(parameters.q.toFixed(2)).toBe('3.74');
    expect(parameters.gamma.toFixed(2)).toBe('15.44');
    expect(logLikelihood).toBeGreaterThanOrEqual(
      gammaGammaLogLikelihood({ p: 6.25, q: 3.74, gamma: 15.44 }, spend),
    );
  });
});
