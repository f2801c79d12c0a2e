/** The last line of the test command tells the truth: nothing that failed to run counts as passed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countChecks, readJestReport, summaryLine } from '../../../../deploy/local/test-report.js';

const folder = mkdtempSync(join(tmpdir(), 'kundenpuls-report-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const reportOf = (counts: Readonly<Record<string, number>>, names: readonly string[] = []) => {
  const file = join(folder, 'report.json');
  const assertionResults = names.map((fullName) => ({ fullName, status: 'pending' }));
  const all = {
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    numRuntimeErrorTestSuites: 0,
    testResults: [{ assertionResults }],
    ...counts,
  };
  writeFileSync(file, JSON.stringify(all));
  return file;
};

const read = (file: string, code: number) => {
  const said: string[] = [];
  const counts = readJestReport(file, { code, say: (sentence) => said.push(sentence) });
  return { counts, said };
};

describe('the count of a test run', () => {
  it('counts a suite that could not run as one failure', () => {
    const file = reportOf({ numPassedTests: 3, numRuntimeErrorTestSuites: 1 });
    expect(read(file, 1).counts).toEqual({ passed: 3, failed: 1, skipped: 0 });
  });

  it('counts a run without a report as one failure', () => {
    const { counts, said } = read(join(folder, 'none.json'), 137);
    expect(counts).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(said).toEqual(['Jest ended with code 137 and without a report']);
  });

  it('counts an exit code that no test explains as one failure', () => {
    expect(read(reportOf({ numPassedTests: 2 }), 1).counts.failed).toBe(1);
  });

  it('names and counts what was skipped', () => {
    const file = reportOf({ numPassedTests: 1, numPendingTests: 1 }, ['reads the wholesale file']);
    const { counts, said } = read(file, 0);
    expect(said).toEqual(['skipped: reads the wholesale file']);
    expect(summaryLine(counts)).toBe('1 passed, 0 failed, 1 skipped');
  });

  it('counts each static check as a test', () => {
    const counts = countChecks({ passed: 5, failed: 0, skipped: 0 }, [true, false, true]);
    expect(summaryLine(counts)).toBe('7 passed, 1 failed');
  });
});
