/** A simulator whose ticks another clock took over says so in words, and ends. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createInstallation, type Installation } from '../../../support/installation.js';
import { startService } from '../../../support/service-process.js';
import { waitUntil } from '../../../support/wait-until.js';

const TIMEOUT_MS = 60_000;

describe('a simulator beside a clock', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await createInstallation({ partitions: 2 });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await installation.remove();
  }, TIMEOUT_MS);

  it(
    'ends with what is to be done about it',
    async () => {
      const env = {
        ...installation.env,
        KUNDENPULS_SIMULATOR_PORT: '0',
        KUNDENPULS_CLOCK_PORT: '0',
      };
      const simulator = startService('simulator', { env });
      await waitUntil(() =>
        Promise.resolve(simulator.lines.some(({ event }) => event === 'simulation_begins')),
      );
      const clock = startService('clock', { env });
      try {
        expect(await simulator.exited).toBe(1);
        const failed = simulator.lines.find(({ event }) => event === 'service_failed');
        expect(JSON.stringify(failed)).toMatch(
          /another simulator or a clock took over the ticks .* give this one a KUNDENPULS_APP/,
        );
      } finally {
        await clock.end('SIGKILL');
        await simulator.end('SIGKILL');
      }
    },
    TIMEOUT_MS,
  );
});
