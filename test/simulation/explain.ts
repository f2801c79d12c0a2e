/** Puts a failed run into words: what was violated, how to run it again, and what led to it. */
import { execFileSync } from 'node:child_process';
import type { SimulationResult } from './simulate.js';

const TRACE_LINES = 120;

/** The commit that runs, as part of the recipe; "unknown" outside of a repository. */
const commitOf = (): string => {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
};

/** Returns null for a good run. */
export const explain = ({ seed, violation, trace }: SimulationResult): string | null =>
  violation === null
    ? null
    : [
        `seed ${String(seed)} at commit ${commitOf()} violates ${violation.message}`,
        `run it again with: npm run simulate -- --seed ${String(seed)}`,
        ...trace.slice(-TRACE_LINES),
      ].join('\n');
