import type { Kafka, ProducerRecord } from 'kafkajs';
import { openEventProducer } from '../../../../shared/kafka/event-producer.js';
import { tickOf } from '../../../../shared/pipeline/order-log.js';

const TOPIC = 'customer-events';
const PARTITIONS = 3;

/** A broker that takes everything. */
const fakeKafka = (requests: ProducerRecord[]): Kafka => {
  const done = (): Promise<void> => Promise.resolve();
  const admin = {
    connect: done,
    disconnect: done,
    listTopics: () => Promise.resolve([TOPIC]),
    fetchTopicMetadata: () =>
      Promise.resolve({ topics: [{ partitions: Array.from({ length: PARTITIONS }) }] }),
  };
  const producer = {
    connect: done,
    disconnect: done,
    send: (request: ProducerRecord) => {
      requests.push(request);
      return Promise.resolve();
    },
  };
  return { admin: () => admin, producer: () => producer } as unknown as Kafka;
};

describe('the requests of the event producer', () => {
  it('are for one partition each: kafkajs repeats those to several brokers (see the transactor)', async () => {
    const requests: ProducerRecord[] = [];
    const producer = await openEventProducer({
      kafka: fakeKafka(requests),
      topic: TOPIC,
      encode: (_name, record) => Buffer.from(JSON.stringify(record)),
    });
    await Promise.all([producer.publish(tickOf(1)), producer.publish(tickOf(2))]);
    await producer.publishTo(1, tickOf(3));
    await producer.close();
    const sent = requests.map(({ messages }) =>
      messages.map(({ partition, value }) => `${String(partition)}: ${String(value)}`),
    );
    const batch = (partition: number, ...times: number[]): string[] =>
      times.map((at) => `${String(partition)}: ${JSON.stringify(tickOf(at).event)}`);
    expect(sent).toEqual([batch(0, 1, 2), batch(1, 1, 2, 3), batch(2, 1, 2)]);
    expect(producer.acknowledged()).toBe(7);
  });
});
