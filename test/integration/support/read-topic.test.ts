import { createInstallation, type Installation } from '../../support/installation.js';
import { readTopic } from '../../support/read-topic.js';

describe('readTopic', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await createInstallation({ partitions: 1 });
  }, 60_000);
  afterAll(() => installation.remove(), 30_000);

  const write = async (topic: string, steps: readonly ('commit' | 'abort' | 'plain')[]) => {
    const { kafka } = installation;
    const producer = kafka.producer({
      transactionalId: `${topic}-writer`,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    const plain = kafka.producer();
    await Promise.all([producer.connect(), plain.connect()]);
    for (const [i, step] of steps.entries()) {
      const messages = [{ key: 'k', value: `${step}-${String(i)}` }];
      if (step === 'plain') await plain.send({ topic, messages });
      else {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages });
        await transaction[step]();
      }
    }
    await Promise.all([producer.disconnect(), plain.disconnect()]);
  };

  it.each([
    ['a committed transaction', ['plain', 'commit'], ['plain-0', 'commit-1']],
    ['an aborted transaction', ['plain', 'abort'], ['plain-0']],
    ['nothing but an aborted transaction', ['abort'], []],
    ['a record', ['commit', 'plain'], ['commit-0', 'plain-1']],
  ] as const)(
    'reads a log that ends in %s',
    async (what, steps, values) => {
      const topic = await installation.addTopic(`ends-in-${what.replaceAll(' ', '-')}`, 1);
      await write(topic, steps);
      const records = await readTopic(installation.kafka, topic);
      expect(records.map(({ value }) => value?.toString())).toEqual(values);
    },
    20_000,
  );
});
