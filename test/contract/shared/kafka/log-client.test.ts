/**
 * What the exactly-once path needs of a Kafka client, on a real broker. The client is kafkajs, or the
 * one that KAFKA_CLIENT_UNDER_TEST names: `second-client.test.ts` runs this with the other one.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { openKafka } from '../../../../shared/kafka/client.js';
import { kafkajsLogClient } from '../../../../shared/kafka/group-reader.js';
import type {
  GroupReader,
  LogClient,
  OutgoingRecord,
  Transactor,
} from '../../../../shared/kafka/log-client.js';
import { isFencedError } from '../../../../shared/kafka/fenced-error.js';
import { openPlatformaticLogClient } from '../../../../shared/kafka/platformatic/log-client.js';
import type { LogRecord } from '../../../../shared/core/ports.js';
import { createTopics } from '../../../support/create-topics.js';
import { plainConnection } from '../../../support/installation.js';
import { readTopic } from '../../../support/read-topic.js';
import { waitUntil } from '../../../support/wait-until.js';

const CLIENT = process.env['KAFKA_CLIENT_UNDER_TEST'] ?? 'kafkajs';
const PARTITIONS = 3;
const connection = plainConnection((process.env['KUNDENPULS_KAFKA_BROKERS'] ?? '').split(','));

type Read = LogRecord & { readonly partition: number };

describe(`the log client on ${CLIENT}`, () => {
  const kafka: Kafka = openKafka(connection, { clientId: 'contract', onLog: () => undefined });
  const admin = kafka.admin();
  let client: LogClient;
  let topic: string;
  let closing: (() => Promise<void>)[];
  beforeAll(async () => {
    client =
      CLIENT === 'kafkajs'
        ? kafkajsLogClient(kafka)
        : await openPlatformaticLogClient(connection, 'contract');
    await admin.connect();
  });
  afterAll(() => admin.disconnect());
  beforeEach(async () => {
    closing = [];
    topic = `contract-${randomBytes(6).toString('hex')}`;
    const topics = [{ topic, numPartitions: PARTITIONS, replicationFactor: 1 }];
    await createTopics(admin, topics);
  });
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
    await admin.deleteTopics({ topics: [topic] });
  });

  const record = (value: string | null, over: Partial<OutgoingRecord> = {}): OutgoingRecord => ({
    topic,
    partition: 0,
    key: Buffer.from('k'),
    value: value === null ? null : Buffer.from(value),
    ...over,
  });
  const openTransactor = async (transactionalId = topic): Promise<Transactor> => {
    const groupId = `${topic}-mark`;
    const opened = await client.openTransactor({ transactionalId, groupId, topic, partition: 0 });
    closing.push(() => opened.close());
    return opened;
  };
  const committedValues = async (): Promise<readonly (string | null)[]> =>
    (await readTopic(kafka, topic)).map(({ value }) => value?.toString() ?? null);

  /** A member that reads assigned partitions from the given offset on. */
  const openReader = async ({ from = 0, group = `${topic}-group`, isPositioned = true } = {}) => {
    const reader: GroupReader = client.createGroupReader({
      topic,
      groupId: group,
      sessionTimeoutMs: 6_000,
      rebalanceTimeoutMs: 15_000,
    });
    const assignments: (readonly number[])[] = [];
    const read: Read[] = [];
    const reached = new Map<number, number>();
    const problems: unknown[] = [];
    await reader.start({
      onAssigned: (partitions) => {
        assignments.push(partitions);
        if (!isPositioned) return;
        for (const partition of partitions) {
          reader.seek(partition, from);
          reader.resume(partition);
        }
      },
      onBatch: (partition, batch) => {
        batch.forEach((taken, headers) => {
          // What is handed out may be a view of bytes that the client uses again.
          const value = taken.value === null ? null : Buffer.from(taken.value);
          read.push({ ...taken, value, partition, ...(headers === undefined ? {} : { headers }) });
        });
        reached.set(partition, batch.lastOffset);
      },
      onSkipped: (partition, { lastOffset }) => reached.set(partition, lastOffset),
      onAlive: () => undefined,
      onCrash: (error) => problems.push(error),
      onProblem: (_name, error) => problems.push(error),
    });
    let isOpen = true;
    const close = async (): Promise<void> => {
      if (isOpen) await reader.close();
      isOpen = false;
    };
    closing.push(close);
    const values = () => read.map(({ value }) => value?.toString() ?? null);
    return { reader, assignments, read, reached, values, close };
  };
  const settle = (): Promise<void> => sleep(500);

  it('carries bytes, nulls and headers there and back, in order, with a time', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    const headers = [
      { name: 'a', value: bytes },
      { name: 'a', value: Buffer.from('again') },
    ];
    const beforeMs = Date.now();
    const transactor = await openTransactor();
    await transactor.commit(
      [
        record(null),
        record('x', { key: null, value: bytes }),
        record('with headers', { headers }),
        ...Array.from({ length: 500 }, (_, i) => record(String(i))),
      ],
      1,
    );
    const { read } = await openReader();
    await waitUntil(() => read.length >= 503);
    const [tombstone, raw, rich] = read;
    expect(tombstone).toMatchObject({ offset: 0, value: null });
    expect(tombstone?.headers).toBeUndefined();
    expect(raw?.key).toBeNull();
    expect(raw?.value).toEqual(bytes);
    expect(rich?.headers?.map(({ name, value }) => [name, Buffer.from(value ?? [])])).toEqual([
      ['a', bytes],
      ['a', Buffer.from('again')],
    ]);
    expect(rich?.timestampMs).toBeGreaterThanOrEqual(beforeMs);
    expect(rich?.timestampMs).toBeLessThanOrEqual(Date.now());
    expect(read.slice(3).map(({ value }) => Number(value?.toString()))).toEqual(
      Array.from({ length: 500 }, (_, i) => i),
    );
  });

  it('commits the offset with the records, and tells it at once', async () => {
    const transactor = await openTransactor();
    expect(await transactor.committed()).toBeNull();
    for (let i = 1; i <= 5; i += 1) {
      await transactor.commit([record(String(i))], i);
      expect(await transactor.committed()).toBe(i);
    }
    await transactor.commit([], 9);
    expect(await transactor.committed()).toBe(9);
    expect(await committedValues()).toEqual(['1', '2', '3', '4', '5']);
  });

  it('writes to several partitions, and more than one request takes, once each', async () => {
    const transactor = await openTransactor();
    const values = Array.from({ length: 3_000 }, (_, i) => String(i).padStart(1_000, '0'));
    await transactor.commit(
      values.map((value, i) => record(value, { partition: i % PARTITIONS })),
      1,
    );
    const { values: read } = await openReader();
    await waitUntil(() => read().length >= values.length);
    expect([...read()].sort()).toEqual(values);
  });

  it('fences the owner before, in this process or another, and says that it was fenced', async () => {
    const first = await openTransactor();
    await first.commit([record('first')], 1);
    const second = await openTransactor();
    expect(await second.committed()).toBe(1);
    const refused = await first.commit([record('zombie')], 2).catch((error: unknown) => error);
    expect(isFencedError(refused)).toBe(true);
    await second.commit([record('second')], 2);
    expect(await committedValues()).toEqual(['first', 'second']);
    expect(await second.committed()).toBe(2);
  });

  it('ends a transaction that its owner left open, whose records nobody sees', async () => {
    const producer = kafka.producer({ transactionalId: topic, idempotent: true });
    await producer.connect();
    const open = await producer.transaction();
    await open.send({ topic, messages: [{ partition: 0, value: 'left open' }] });
    await producer.disconnect();
    const transactor = await openTransactor();
    await transactor.commit([record('next')], 1);
    const { values } = await openReader();
    await waitUntil(() => values().length > 0);
    await settle();
    expect(values()).toEqual(['next']);
  });

  it('hides what was aborted, however often one producer aborts and others overlap it', async () => {
    const names = ['a', 'b'];
    const producers = names.map((name) =>
      kafka.producer({ transactionalId: `${topic}-${name}`, idempotent: true }),
    );
    await Promise.all(producers.map((producer) => producer.connect()));
    for (let round = 0; round < 3; round += 1) {
      const open = [];
      for (const producer of producers) open.push(await producer.transaction());
      for (const transaction of open) {
        const messages = [{ partition: 0, value: 'aborted' }];
        await transaction.send({ topic, messages });
      }
      for (const transaction of open.reverse()) await transaction.abort();
    }
    // Large enough that the marker of its end does not come with the first answer.
    const [producer] = producers;
    const large = await producer?.transaction();
    for (let i = 0; i < 4; i += 1) {
      const messages = [{ partition: 0, value: `aborted${'x'.repeat(900_000)}` }];
      await large?.send({ topic, messages });
    }
    await large?.abort();
    await Promise.all(producers.map((each) => each.disconnect()));
    const transactor = await openTransactor();
    await transactor.commit([record('committed')], 1);
    const { values } = await openReader();
    await waitUntil(() => values().length > 0);
    await settle();
    expect(values()).toEqual(['committed']);
  });

  it('hands nothing out before a partition is positioned, then reads from there', async () => {
    const transactor = await openTransactor();
    await transactor.commit(
      ['0', '1', '2', '3'].map((value) => record(value)),
      1,
    );
    const { reader, assignments, values, reached } = await openReader({ isPositioned: false });
    await waitUntil(() => assignments.length > 0);
    expect([...(assignments[0] ?? [])].sort()).toEqual([0, 1, 2]);
    await settle();
    expect(values()).toEqual([]);
    reader.seek(0, 2);
    reader.resume(0);
    await waitUntil(() => values().length >= 2);
    expect(values()).toEqual(['2', '3']);
    // The marker behind the last record counts as read.
    await waitUntil(() => (reached.get(0) ?? 0) >= 3);
    reader.pause(0);
    await settle();
    await transactor.commit([record('4')], 2);
    await settle();
    expect(values()).toEqual(['2', '3']);
    reader.seek(0, 1);
    reader.resume(0);
    await waitUntil(() => values().length >= 6);
    expect(values()).toEqual(['2', '3', '1', '2', '3', '4']);
  });

  it('tells the ends of the log, and jumps to its start where the position is gone', async () => {
    const transactor = await openTransactor();
    await transactor.commit(
      ['0', '1', '2', '3'].map((value) => record(value)),
      1,
    );
    // kafkajs deletes nothing before it knows the leaders.
    await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
    const { reader, values } = await openReader({ from: 0 });
    await waitUntil(() => values().length >= 2);
    expect(values()).toEqual(['2', '3']);
    const ranges = await reader.ranges();
    expect(ranges.find(({ partition }) => partition === 0)).toEqual({
      partition: 0,
      start: 2,
      // Four records and the marker.
      end: 5,
    });
  });

  it('shares partitions with a member that joins, and takes them over when it leaves', async () => {
    const first = await openReader();
    await waitUntil(() => first.assignments.at(-1)?.length === PARTITIONS);
    const second = await openReader();
    const isShared = (): boolean => {
      const all = [...(first.assignments.at(-1) ?? []), ...(second.assignments.at(-1) ?? [])];
      return second.assignments.length > 0 && [...all].sort().join() === '0,1,2';
    };
    await waitUntil(isShared);
    await second.close();
    await waitUntil(() => first.assignments.at(-1)?.length === PARTITIONS);
    const transactor = await openTransactor();
    await transactor.commit(
      [0, 1, 2].map((partition) => record('x', { partition })),
      1,
    );
    await waitUntil(() => first.values().length >= 3);
  });

  it('commits the progress of a group, for the usual tools', async () => {
    const { reader, assignments } = await openReader();
    await waitUntil(() => assignments.length > 0);
    await reader.commit([{ partition: 1, offset: 7 }]);
    const [found] = await admin.fetchOffsets({ groupId: `${topic}-group`, topics: [topic] });
    expect(found?.partitions.find(({ partition }) => partition === 1)?.offset).toBe('7');
  });
});
