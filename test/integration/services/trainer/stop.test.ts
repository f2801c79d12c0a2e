/** A trainer that computes still answers, and ends when it is told to. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openBusiness } from '../../../../shared/business/business.js';
import { openEventProducer } from '../../../../shared/kafka/event-producer.js';
import { tickOf } from '../../../../shared/pipeline/order-log.js';
import { DAY_MS, START_MS } from '../../../support/events.js';
import { createInstallation, type Installation } from '../../../support/installation.js';
import { startService } from '../../../support/service-process.js';
import { waitUntil } from '../../../support/wait-until.js';

const DAYS = 400;
const TIMEOUT_MS = 120_000;

describe('a trainer in the middle of a fit', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await createInstallation({ partitions: 2 });
    const { kafka, topic, encoder } = installation;
    const producer = await openEventProducer({
      kafka,
      topic: topic('customer-events'),
      encode: encoder.encode,
    });
    const business = openBusiness({ seed: 5, customers: 400, startMs: START_MS });
    for (let day = 0; day < DAYS; day += 1) {
      for (const input of business.eventsOf(day)) await producer.publish(input);
    }
    await producer.publish(tickOf(START_MS + DAYS * DAY_MS));
    await producer.close();
  }, TIMEOUT_MS);
  afterAll(async () => {
    await installation.remove();
  }, TIMEOUT_MS);

  it(
    'serves its metrics, and ends in order before the fit does',
    async () => {
      const trainer = startService('trainer', {
        env: { ...installation.env, KUNDENPULS_TRAINER_PORT: '0' },
      });
      try {
        const isFitting = (): boolean =>
          trainer.lines.some(
            ({ event, ...rest }) =>
              event === 'training_step' && JSON.stringify(rest).includes('training: '),
          );
        await waitUntil(() => Promise.resolve(isFitting()));
        const { status } = await fetch(`${await trainer.url()}/health/live`);
        expect(status).toBe(200);
        expect(await trainer.end('SIGTERM')).toBe(0);
        const told = trainer.lines.map(({ event }) => event);
        expect(told).not.toContain('training_ended');
        expect(told).not.toContain('training_failed');
        expect(told.at(-1)).toBe('service_stopped');
      } finally {
        await trainer.end('SIGKILL');
      }
    },
    TIMEOUT_MS,
  );
});
