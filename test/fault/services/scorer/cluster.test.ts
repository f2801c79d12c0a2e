/**
 * Three brokers that replicate everything: one of them is lost, stopped or frozen, leaders and coordinators
 * move, and scoring goes on. Without any fault, too, transactions reach several brokers here.
 */
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { createRandom } from '../../../../bench/load/random.js';
import { FAULTS } from '../../../support/faults/catalogue.js';
import {
  openScene,
  SESSION_TIMEOUT_MS,
  tryFault,
  type Scene,
} from '../../../support/faults/trial.js';

const SEED = 7;
const TEST_TIMEOUT_MS = 300_000;

describe('scorers on three brokers', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ seed: SEED, brokers: 3 });
  }, TEST_TIMEOUT_MS);
  afterAll(() => scene.close(), TEST_TIMEOUT_MS);

  it.each(['scorer killed', 'broker killed', 'broker frozen'])(
    '%s: state and outputs are those of the fold',
    async (name) => {
      const { bed, fleet } = scene;
      const random = createRandom(SEED);
      await tryFault(scene, {
        name: `${name}, of three brokers`,
        run: async () =>
          FAULTS[name]?.run({ bed, fleet, random, sessionTimeoutMs: SESSION_TIMEOUT_MS }),
      });
    },
    TEST_TIMEOUT_MS,
  );
});
