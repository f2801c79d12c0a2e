/**
 * A taste of the fuzzing with seeds that stay, so that it fails for what a change broke and not by
 * chance. `npm run fuzz` looks further, with new seeds.
 */
import fc from 'fast-check';
import { assertSense, fuzzTarget } from './target.js';
import { TARGETS } from './targets.js';

const SEED = 20_251;
const RUNS = 60;
const TIMEOUT_MS = 60_000;

describe('whatever comes in from outside is handled', () => {
  it.each(TARGETS.map((target) => [target.name, target] as const))(
    '%s',
    async (_name, target) => {
      const { finding, runs } = await target.run({ seed: SEED, runs: RUNS });
      expect(finding).toBeNull();
      expect(runs).toBe(RUNS);
    },
    TIMEOUT_MS,
  );
});

describe('the fuzzing itself', () => {
  it('finds what is wrong, and tells the input, smallest, with its seed', async () => {
    const broken = fuzzTarget('broken', fc.nat(1_000), (input) => {
      assertSense(input < 100, 'a hundred is too much');
    });
    const { finding } = await broken.run({ seed: SEED, runs: RUNS });
    expect(finding).toMatch(/target broken, seed 20251, path [\d:]+\n\[100\]/);
    expect(finding).toContain('a hundred is too much');
  });
});
