/**
 * A target of fuzzing: a door through which data from outside comes in, what is thrown at it, and what
 * must hold whatever comes. Every target says the same in its own words: nothing is thrown but the
 * error that the door declares, and what it lets in makes sense.
 */
import fc from 'fast-check';

export type FuzzTarget = {
  readonly name: string;
  /** Runs inputs made from the seed; resolves with what happened. */
  readonly run: (options: { readonly seed: number; readonly runs: number }) => Promise<FuzzRun>;
};

export type FuzzRun = {
  readonly runs: number;
  /** Null when every input was handled. */
  readonly finding: string | null;
  /** Longest time that one input took, ms. */
  readonly slowestMs: number;
};

/** An input that takes longer hangs a service that has thousands of them a second. */
const INPUT_MS_MAX = 5_000;
const SHOWN_CHARACTERS_MAX = 4_000;

export class NonsenseAccepted extends Error {
  override readonly name = 'NonsenseAccepted';
}

/** Throws when what was let in makes no sense. */
export const assertSense = (holds: boolean, what: string): void => {
  if (!holds) throw new NonsenseAccepted(what);
};

/** Creates a target; `check` throws when the input was not handled as it must be. */
export const fuzzTarget = <T>(
  name: string,
  inputs: fc.Arbitrary<T>,
  check: (input: T) => void | Promise<void>,
): FuzzTarget => ({
  name,
  run: async ({ seed, runs }) => {
    let slowestMs = 0;
    const property = fc.asyncProperty(inputs, async (input) => {
      const startedMs = performance.now();
      await check(input);
      const tookMs = performance.now() - startedMs;
      slowestMs = Math.max(slowestMs, tookMs);
      assertSense(tookMs <= INPUT_MS_MAX, `one input took ${tookMs.toFixed(0)} ms`);
    });
    const details = await fc.check(property, { seed, numRuns: runs });
    return { runs: details.numRuns, slowestMs, finding: findingOf(name, details) };
  },
});

const findingOf = <T>(name: string, details: fc.RunDetails<T>): string | null => {
  if (!details.failed) return null;
  const { seed, counterexamplePath, counterexample, errorInstance } = details;
  const error =
    errorInstance instanceof Error ? (errorInstance.stack ?? '') : String(errorInstance);
  return [
    `target ${name}, seed ${String(seed)}, path ${String(counterexamplePath)}`,
    fc.stringify(counterexample).slice(0, SHOWN_CHARACTERS_MAX),
    error.slice(0, SHOWN_CHARACTERS_MAX),
  ].join('\n');
};
