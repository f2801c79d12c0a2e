/** A simulation that cannot fail proves nothing: every pillar taken away must be missed. */
import { MUTATIONS } from './mutations.js';
import { simulate } from './simulate.js';

const SEEDS_MAX = 1_000;
const TIMEOUT_MS = 900_000;

describe('the simulation misses each pillar of the protocol', () => {
  it.each(MUTATIONS)(
    'catches: $name',
    async (mutation) => {
      let caught: { seed: number; message: string } | null = null;
      for (let seed = 1; seed <= SEEDS_MAX && caught === null; seed += 1) {
        const { violation } = await simulate(seed, mutation);
        if (violation !== null) caught = { seed, message: violation.message };
      }
      process.stdout.write(
        `${mutation.name}: ${
          caught === null
            ? 'not caught'
            : `seed ${String(caught.seed)}, ${caught.message.slice(0, 150)}`
        }\n`,
      );
      expect(caught).not.toBeNull();
    },
    TIMEOUT_MS,
  );
});
