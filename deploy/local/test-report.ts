/** Reads Jest's report and counts: a suite that could not run counts as one failed test. */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  numRuntimeErrorTestSuites: z.number(),
  testResults: z.array(
    z.object({
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

export type TestCounts = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
};

export type ReportContext = {
  /** Jest's exit code. */
  readonly code: number;
  readonly say: (sentence: string) => void;
};

/** Counts; names what was skipped. Without a readable report that is one failure. */
export const readJestReport = (file: string, { code, say }: ReportContext): TestCounts => {
  if (!existsSync(file)) {
    say(`Jest ended with code ${String(code)} and without a report`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const report = reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const skipped = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'pending' || status === 'todo' || status === 'skipped');
  for (const { fullName } of skipped) say(`skipped: ${fullName}`);
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  // Jest also fails for reasons outside any test, such as a broken global set-up.
  const isUnexplained = code !== 0 && failed === 0;
  if (isUnexplained) say(`Jest ended with code ${String(code)} though no test failed`);
  return {
    passed: report.numPassedTests,
    failed: failed + Number(isUnexplained),
    skipped: report.numPendingTests + report.numTodoTests,
  };
};

/** Adds the static checks, each as one test. */
export const countChecks = (counts: TestCounts, checks: readonly boolean[]): TestCounts => {
  const passed = checks.filter((isPassed) => isPassed).length;
  return {
    ...counts,
    passed: counts.passed + passed,
    failed: counts.failed + checks.length - passed,
  };
};

/** The last line of a run. */
export const summaryLine = ({ passed, failed, skipped }: TestCounts): string =>
  `${String(passed)} passed, ${String(failed)} failed` +
  (skipped === 0 ? '' : `, ${String(skipped)} skipped`);
