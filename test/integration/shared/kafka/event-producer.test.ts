import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createEventDecoder } from '../../../../shared/avro/event-decoder.js';
import type { InputEvent } from '../../../../shared/core/engine/input-event.js';
import { partitionOf } from '../../../../shared/core/partitioner.js';
import { openEventProducer } from '../../../../shared/kafka/event-producer.js';
import { tickOf } from '../../../../shared/pipeline/order-log.js';
import { createInstallation, type Installation } from '../../../support/installation.js';
import { readTopic } from '../../../support/read-topic.js';

const PARTITIONS = 4;
const order = (n: number, customerId: string, sku = 'seal'): InputEvent => ({
  type: 'OrderEvent',
  event: {
    eventId: `o-${String(n)}/order/1`,
    occurredAtMs: n,
    customerId,
    orderId: `o-${String(n)}`,
    documentVersion: 1,
    kind: 'placed',
    orderedAtMs: n,
    currency: 'EUR',
    channel: 'edi',
    lines: [{ lineId: '1', sku, productGroup: 'seals', quantity: 1, netAmountMinor: 100 }],
  },
});

describe('the event producer', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await createInstallation({ partitions: PARTITIONS });
  }, 60_000);
  afterAll(() => installation.remove());

  const open = (compression: 'none' | 'lz4') =>
    openEventProducer({
      kafka: installation.kafka,
      topic: installation.topic('customer-events'),
      encode: installation.encoder.encode,
      compression,
    });

  it('keeps the order of the calls on every partition, whatever batches it makes', async () => {
    const producer = await open('lz4');
    const sent: InputEvent[] = [];
    for (let n = 1; n <= 3_000; n += 1) {
      const input = n % 500 === 0 ? tickOf(n) : order(n, `c-${String(n % 97)}`);
      sent.push(input);
      await producer.publish(input);
      // Pauses cut batches at other places.
      if (n % 700 === 0) await producer.flush();
    }
    // Larger than a batch may be, together: they must go in several.
    for (let n = 4_001; n <= 4_004; n += 1) {
      const input = order(n, 'c-1', 'x'.repeat(500_000));
      sent.push(input);
      await producer.publish(input);
    }
    await producer.close();

    const decoder = createEventDecoder({ registry: installation.registry });
    const records = await readTopic(installation.kafka, installation.topic('customer-events'));
    const logs = Array.from({ length: PARTITIONS }, (): unknown[] => []);
    for (const { partition, key, value } of records) {
      const record = { offset: 0, timestampMs: 0, key, value };
      await decoder.prepare([record]);
      logs[partition]?.push(decoder.decode(record));
    }
    logs.forEach((log, partition) => {
      const expected = sent.filter(
        ({ event }) =>
          !('customerId' in event) || partitionOf(event.customerId, PARTITIONS) === partition,
      );
      expect(log).toEqual(expected);
    });
    expect(producer.acknowledged()).toBe(records.length);
  }, 60_000);

  it('says in words that the topic is missing', async () => {
    await expect(
      openEventProducer({
        kafka: installation.kafka,
        topic: 'no-such-topic',
        encode: installation.encoder.encode,
      }),
    ).rejects.toThrow('the topic no-such-topic does not exist; run `kundenpuls setup`');
  });
});
