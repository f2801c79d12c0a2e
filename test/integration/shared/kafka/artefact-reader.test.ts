import { createArtefactReader } from '../../../../shared/kafka/artefact-reader.js';
import { createInstallation, type Installation } from '../../../support/installation.js';

describe('the artefact reader', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await createInstallation({ partitions: 1 });
  }, 60_000);
  afterAll(() => installation.remove(), 30_000);

  it('is at the end of a topic that ends in the marker of a transaction', async () => {
    const { kafka, app } = installation;
    const topic = installation.topic('models');
    const producer = kafka.producer({ transactionalId: `${app}-tool`, maxInFlightRequests: 1 });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ key: 'model/1', value: '{"version":"1"}' }] });
    await transaction.commit();
    await producer.disconnect();
    const reader = createArtefactReader(kafka, { topic, groupPrefix: app });
    await reader.start();
    expect(reader.find('model', '1')?.json).toBe('{"version":"1"}');
    await reader.stop();
  }, 30_000);
});
