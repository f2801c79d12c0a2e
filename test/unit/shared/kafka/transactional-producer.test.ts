/** The order of a transaction's requests, and what becomes of it when one of them fails. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Kafka } from 'kafkajs';
import {
  CREATE_CLUSTER,
  type Broker,
  type Cluster,
} from '../../../../shared/kafka/broker-requests.js';
import { isFencedError } from '../../../../shared/kafka/fenced-error.js';
import { openTransactionalProducer } from '../../../../shared/kafka/transactional-producer.js';

const OFFSET = { groupId: 'g', topic: 'in', partition: 0, offset: 7 };
const TOPICS = ['a', 'b', 'c'];
const RECORDS = TOPICS.map((topic) => ({
  topic,
  partition: 0,
  key: null,
  value: Buffer.from('v'),
}));

describe('a transaction', () => {
  /** Requests as they begin, and those that ended behind a slash. */
  let trace: string[];
  /** Types of the answers that are errors, by request; each is given once. */
  let refusals: Map<string, string>;
  let closed: number;
  beforeEach(() => {
    trace = [];
    refusals = new Map();
    closed = 0;
  });

  const answer = async (request: string): Promise<unknown> => {
    trace.push(request);
    await new Promise((resolve) => setImmediate(resolve));
    trace.push(`/${request}`);
    const type = refusals.get(request);
    refusals.delete(request);
    if (type !== undefined) throw Object.assign(new Error(type), { type });
    return { producerId: 1, producerEpoch: 0 };
  };
  const broker = (name: string): Broker =>
    ({
      initProducerId: () => answer('init'),
      addPartitionsToTxn: () => answer('partitions'),
      addOffsetsToTxn: () => answer('group'),
      txnOffsetCommit: () => answer('offset'),
      endTxn: () => answer('end'),
      lookupRequest: () => () => ({ request: {}, response: null }),
      connectionPool: { send: () => answer(`produce ${name}`) },
    }) as unknown as Broker;
  const open = () => {
    const cluster: Cluster = {
      connect: () => Promise.resolve(),
      disconnect: () => {
        closed += 1;
        return Promise.resolve();
      },
      addMultipleTargetTopics: () => Promise.resolve(),
      refreshMetadataIfNecessary: () => Promise.resolve(),
      findLeaderForPartitions: (topic, partitions) => ({ [topic === 'c' ? '2' : '1']: partitions }),
      findBroker: ({ nodeId }) => Promise.resolve(broker(nodeId)),
      findGroupCoordinator: () => Promise.resolve(broker('coordinator')),
    };
    const kafka = { [Symbol(CREATE_CLUSTER)]: () => cluster } as unknown as Kafka;
    return openTransactionalProducer(kafka, 'id');
  };
  const commit = async (): Promise<unknown> => {
    const producer = await open();
    trace = [];
    return producer.commit(RECORDS, OFFSET).then(
      () => null,
      (error: unknown) => error,
    );
  };

  it('takes all in, then sends to every leader and the group, then commits', async () => {
    expect(await commit()).toBeNull();
    const steps = [['partitions', 'group'], ['produce 1', 'produce 2', 'offset'], ['end']];
    for (const step of steps) {
      expect(trace.splice(0, step.length).sort()).toEqual([...step].sort());
      const answers = step.map((request) => `/${request}`);
      expect(trace.splice(0, step.length).sort()).toEqual(answers.sort());
    }
    expect(trace).toEqual([]);
  });

  it.each(['partitions', 'group', 'produce 1', 'produce 2', 'offset'])(
    'is not committed when %s was refused, and nothing is on its way then',
    async (request) => {
      refusals.set(request, 'NOT_ENOUGH_REPLICAS');
      expect(await commit()).toMatchObject({ type: 'NOT_ENOUGH_REPLICAS' });
      expect(trace).not.toContain('end');
      const begun = trace.filter((entry) => !entry.startsWith('/'));
      expect(begun.every((entry) => trace.includes(`/${entry}`))).toBe(true);
    },
  );

  it('says that it was fenced, whatever else failed beside it', async () => {
    refusals.set('produce 1', 'NOT_ENOUGH_REPLICAS').set('offset', 'INVALID_PRODUCER_EPOCH');
    expect(isFencedError(await commit())).toBe(true);
  });

  it('waits for a coordinator that is not ready yet, and sends no batch before', async () => {
    refusals.set('partitions', 'CONCURRENT_TRANSACTIONS');
    expect(await commit()).toBeNull();
    expect(trace.lastIndexOf('/partitions')).toBeLessThan(trace.indexOf('produce 1'));
    expect(trace.filter((entry) => entry === 'partitions')).toHaveLength(2);
  });

  it('that cannot begin leaves no connection', async () => {
    refusals.set('init', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
    await expect(open()).rejects.toThrow('TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
    expect(closed).toBe(1);
  });
});
