/**
 * A model that is cut off, hostile or of another kind on the models topic: its activation becomes a dead
 * letter that says why, the good one before it stays in force, and scoring goes on.
 */
import { createHash } from 'node:crypto';
import { createRecordDecoder, isRefusal } from '../../../../shared/avro/record-decoder.js';
import type { CustomerScore, DeadLetter } from '../../../../shared/core/contract.generated.js';
import type { InputEvent } from '../../../../shared/core/engine/input-event.js';
import { openEventProducer, type EventProducer } from '../../../../shared/kafka/event-producer.js';
import { openArtefactWriter } from '../../../../shared/kafka/artefact-writer.js';
import { kafkaIdentities, type TopicName } from '../../../../shared/kafka/topics.js';
import { createInstallation, type Installation } from '../../../support/installation.js';
import { steadyModel } from '../../../support/model.js';
import { DAY_MS, FROM_MS, orderEvent, tickEvent } from '../../../support/orders.js';
import { readTopic } from '../../../support/read-topic.js';
import { scoredUntil } from '../../../support/scored-until.js';
import {
  QUICK_SCORER,
  startService,
  type ServiceProcess,
} from '../../../support/service-process.js';

const PARTITIONS = 1;
const GOOD = JSON.stringify(steadyModel());
const { horizons } = steadyModel();

/** Contents by version, each wrong in its own way. */
const BAD: Readonly<Record<string, string>> = {
  'cut-off': GOOD.slice(0, GOOD.length / 2),
  'other-name': JSON.stringify(steadyModel({ version: 'somebody-else' })),
  'without-horizon': JSON.stringify(steadyModel({ version: 'without-horizon', horizons: [] })),
  'not-a-number': JSON.stringify({
    ...steadyModel({ version: 'not-a-number' }),
    horizons: horizons.map((horizon) => ({ ...horizon, orderFactor: '1e999' })),
  }),
  'a-list': '[]',
};

const sha256 = (json: string): string => createHash('sha256').update(json).digest('hex');

describe('a scorer and models that are not valid', () => {
  let installation: Installation;
  let scorer: ServiceProcess;
  let producer: EventProducer;

  const read = async <T>(name: TopicName): Promise<readonly T[]> => {
    const decoder = createRecordDecoder({ registry: installation.registry });
    const records = await readTopic(installation.kafka, installation.topic(name));
    const values = records.map(({ value }) => value);
    await decoder.prepare(values);
    return values.map((value) => {
      const decoded = decoder.decode(value);
      if (isRefusal(decoded)) throw new Error(decoded.detail);
      return decoded.record as T;
    });
  };
  const activation = (version: string, json: string): InputEvent => ({
    type: 'ArtefactActivated',
    event: {
      eventId: `activate-${version}`,
      occurredAtMs: FROM_MS,
      kind: 'model',
      version,
      sha256: sha256(json),
    },
  });

  beforeAll(async () => {
    installation = await createInstallation({ partitions: PARTITIONS });
    const { app, kafka, encoder, topic } = installation;
    scorer = startService('scorer', { env: { ...installation.env, ...QUICK_SCORER } });
    const all = { 'steady-1': GOOD, ...BAD };
    const writer = await openArtefactWriter({
      kafka,
      topic: topic('models'),
      groupPrefix: kafkaIdentities(app).artefactsGroup,
    });
    for (const [version, json] of Object.entries(all)) {
      await writer.write({ kind: 'model', version, json, sha256: sha256(json) });
    }
    await writer.close();
    producer = await openEventProducer({
      kafka,
      topic: topic('customer-events'),
      encode: (name, record) => encoder.encode(name, record),
    });
    for (const [version, json] of Object.entries(all)) {
      await producer.publish(activation(version, json));
    }
    await producer.publish(orderEvent('C-1', 'O-1'));
    await producer.publish(tickEvent(FROM_MS + DAY_MS));
    await producer.flush();
    await scoredUntil(scorer, { streamTimeMs: FROM_MS + DAY_MS, partitions: PARTITIONS });
  }, 90_000);

  afterAll(async () => {
    await producer.close();
    await scorer.end('SIGKILL');
    await installation.remove();
  }, 30_000);

  it('refuses each with a reason that names the version and what is wrong with it', async () => {
    const letters = await read<DeadLetter>('dead-letters');
    expect(letters.map(({ code }) => code)).toEqual(Object.keys(BAD).map(() => 'artefact-invalid'));
    for (const [i, version] of Object.keys(BAD).entries()) {
      expect(letters[i]?.reason).toContain(`model/${version}: `);
    }
  });

  it('goes on scoring with the good one', async () => {
    const scores = await read<CustomerScore>('customer-scores');
    expect(scores.map(({ customerId }) => customerId)).toEqual(['C-1']);
    expect(scores[0]?.modelVersion).toBe('steady-1');
    expect((await fetch(`${await scorer.url()}/health/ready`)).status).toBe(200);
  });
});
