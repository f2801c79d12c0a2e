/** The trainer on a real log: a simulated business goes in, an activated model with its report comes out. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createEventDecoder } from '../../../../shared/avro/event-decoder.js';
import { openBusiness } from '../../../../shared/business/business.js';
import type { ModelArtefact } from '../../../../shared/core/models/artefact.js';
import { builtinRulebook } from '../../../../shared/core/rulebook/rulebook.js';
import { openArtefactWriter } from '../../../../shared/kafka/artefact-writer.js';
import { openEventProducer, type EventProducer } from '../../../../shared/kafka/event-producer.js';
import { readLog } from '../../../../shared/kafka/read-log.js';
import { tickOf } from '../../../../shared/pipeline/order-log.js';
import { train, type TrainOutcome } from '../../../../services/trainer/train.js';
import { DAY_MS, START_MS } from '../../../support/events.js';
import { createInstallation, type Installation } from '../../../support/installation.js';
import { readTopic } from '../../../support/read-topic.js';

const DAYS = 400;
/** Longer than the window of the back-test, which the first model then has not seen. */
const DAYS_LATER = 35;
const TIMEOUT_MS = 120_000;

describe('the trainer', () => {
  let installation: Installation;
  let producer: EventProducer;
  beforeAll(async () => {
    installation = await createInstallation({ partitions: 2 });
    producer = await openEventProducer({
      kafka: installation.kafka,
      topic: installation.topic('customer-events'),
      encode: installation.encoder.encode,
    });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await producer.close();
    await installation.remove();
  }, TIMEOUT_MS);

  const business = openBusiness({ seed: 3, customers: 250, startMs: START_MS });

  const round = async (isWatch = false): Promise<TrainOutcome> => {
    const { kafka, registry, topic, app } = installation;
    const writer = await openArtefactWriter({ kafka, topic: topic('models'), groupPrefix: app });
    try {
      return await train({
        rulebook: builtinRulebook,
        isActivating: true,
        isWatch,
        decoder: createEventDecoder({ registry }),
        writer,
        producer,
        onProgress: () => undefined,
        nowMs: () => 1,
        readAll: (onRecords) =>
          readLog(kafka, {
            topic: topic('customer-events'),
            groupPrefix: app,
            onRecords,
            onProgress: () => undefined,
          }),
      });
    } finally {
      await writer.close();
    }
  };

  it(
    'says in words that an empty log is too little to learn from',
    async () => {
      const outcome = await round();
      expect(outcome.kind).toBe('too-little');
      expect(outcome.sentence).toMatch(/^0 customers over 0 days are too little/);
    },
    TIMEOUT_MS,
  );

  it(
    'publishes a graded model and activates it when it beats the naive forecast',
    async () => {
      for (let day = 0; day < DAYS; day += 1) {
        for (const input of business.eventsOf(day)) await producer.publish(input);
      }
      await producer.publish(tickOf(START_MS + DAYS * DAY_MS));
      await producer.flush();
      const outcome = await round();
      if (outcome.kind !== 'trained') throw new Error(outcome.sentence);
      expect(['A', 'B', 'C']).toContain(outcome.model.report.grade);
      expect(outcome.isActivated).toBe(outcome.model.report.grade !== 'C');
      const models = await readTopic(installation.kafka, installation.topic('models'));
      expect(models.map(({ key }) => key?.toString())).toEqual([`model/${outcome.model.version}`]);
      const published = JSON.parse(models[0]?.value?.toString() ?? '') as ModelArtefact;
      expect(published).toEqual(JSON.parse(JSON.stringify(outcome.model)));
      const log = await readTopic(installation.kafka, installation.topic('customer-events'));
      const { decode, prepare } = createEventDecoder({ registry: installation.registry });
      const records = log.map(({ offset, key, value }) => ({
        offset: Number(offset),
        timestampMs: 0,
        key,
        value,
      }));
      await prepare(records);
      const activations = records
        .map(decode)
        .filter((input) => 'type' in input && input.type === 'ArtefactActivated');
      expect(activations).toHaveLength(outcome.isActivated ? 2 : 0);
    },
    TIMEOUT_MS,
  );

  it(
    'compares the next model with the one in force',
    async () => {
      for (let day = DAYS; day < DAYS + DAYS_LATER; day += 1) {
        for (const input of business.eventsOf(day)) await producer.publish(input);
      }
      await producer.publish(tickOf(START_MS + (DAYS + DAYS_LATER) * DAY_MS));
      await producer.flush();
      const outcome = await round();
      if (outcome.kind !== 'trained') throw new Error(outcome.sentence);
      const { rows } = outcome.model.report;
      expect(rows.map(({ method }) => method)).toEqual([
        'kundenpuls',
        'naive',
        'bg-nbd-gg',
        'active',
      ]);
      expect(rows.at(-1)?.beatenShare).toEqual(expect.any(Number));
    },
    TIMEOUT_MS,
  );

  it(
    'publishes nothing between its rounds while the model in force fits',
    async () => {
      const before = await readTopic(installation.kafka, installation.topic('models'));
      const outcome = await round(true);
      expect(outcome.kind).toBe('steady');
      expect(outcome.sentence).toMatch(/^no training: /);
      const after = await readTopic(installation.kafka, installation.topic('models'));
      expect(after).toHaveLength(before.length);
    },
    TIMEOUT_MS,
  );
});
