import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeResults } from '../../../../services/replay/write-results.js';
import { builtinModel, type BacktestRow } from '../../../../shared/core/models/artefact.js';
import { builtinRulebook } from '../../../../shared/core/rulebook/rulebook.js';

describe('what a replay says of its model', () => {
  let out: string;
  beforeAll(() => {
    out = mkdtempSync(join(tmpdir(), 'results-'));
  });
  afterAll(() => {
    rmSync(out, { recursive: true });
  });

  const row = (method: string, rmse: number): BacktestRow => ({
    method,
    horizonDays: 28,
    rmse,
    mae: 1,
    bias: 0,
    coverage80: null,
    beatenShare: null,
  });
  const lines = async (rows: readonly BacktestRow[]): Promise<string> => {
    const results = {
      out,
      asOfMs: 0,
      horizonDays: 28,
      rulebook: { ...builtinRulebook, reportingCurrency: 'EUR' },
      model: { ...builtinModel, report: { grade: 'C' as const, rows } },
      partitions: [],
      alerts: [],
      rows: 0,
      brokenRows: 0,
      remarks: [],
      counts: new Map<string, number>(),
      tookMs: 0,
    };
    return (await writeResults(results)).join('\n');
  };

  it('names the simplest method that erred least, where the model did not', async () => {
    const rows = [row('kundenpuls', 71_856), row('naive', 51_186), row('bg-nbd-gg', 46_831)];
    expect(await lines(rows)).toMatch(
      /Model grade C\. In the last 28 days bg-nbd-gg would have erred less: by 468\.31 instead of 718\.56 EUR/,
    );
  });

  it('names none where the model erred least, nor the model in force', async () => {
    const rows = [row('kundenpuls', 100), row('naive', 200), row('active', 50)];
    expect(await lines(rows)).toMatch(/Model grade C\.$/m);
    expect(await lines([])).toMatch(/Model grade C\.$/m);
  });
});
