/**
 * Three brokers that replicate everything: one of them is lost, stopped or frozen, leaders and coordinators
 * move, and scoring goes on. Without any fault, too, transactions reach several brokers here.
 */
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { createRandom } from '../../../../bench/load/random.js';
import { FAULTS } from '../../../support/faults/catalogue.js';
import { canMountDisks } from '../../../support/faults/small-disk.js';
import {
  openScene,
  SESSION_TIMEOUT_MS,
  tryFault,
  type Scene,
} from '../../../support/faults/trial.js';

const SEED = 7;
const TEST_TIMEOUT_MS = 300_000;

const hasDisks = canMountDisks();
const POLL_MS = 200;

describe('scorers on three brokers', () => {
  let scene: Scene;
  beforeAll(async () => {
    const disks = hasDisks ? (['kafka/node-2'] as const) : [];
    scene = await openScene({ seed: SEED, brokers: 3, disks });
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

  (hasDisks ? it : it.skip)(
    'a broker whose disk is full ends, the others go on, and it comes back when there is room',
    async () => {
      const { bed } = scene;
      const broker = bed.stack.kafka?.brokers[1];
      await tryFault(scene, {
        name: 'broker with a full disk, of three brokers',
        run: async () => {
          bed.disks['kafka/node-2']?.fill();
          while (broker?.isRunning() === true) {
            await new Promise((resolve) => setTimeout(resolve, POLL_MS));
          }
          bed.disks['kafka/node-2']?.free();
          await broker?.start();
        },
      });
    },
    TEST_TIMEOUT_MS,
  );
});
