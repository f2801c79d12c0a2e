import { isFencedError } from '../../../../../shared/kafka/fenced-error.js';
import {
  assertNode,
  backOff,
  connectionOptions,
  inWords,
} from '../../../../../shared/kafka/platformatic/library.js';

const brokerError = (apiId: string): Error =>
  Object.assign(new Error(`error of ${apiId}`), { apiId });

describe('the second Kafka client', () => {
  it('is refused in words where Node.js is too old', () => {
    expect(() => {
      assertNode('20.20.2');
    }).toThrow(
      'KUNDENPULS_SCORER_KAFKA_CLIENT is platformatic, which needs Node.js 22.22 or newer; this is ' +
        '20.20.2: start the scorer with a newer Node.js, or set it to kafkajs',
    );
    expect(() => {
      assertNode('22.21.9');
    }).toThrow();
  });

  it.each(['22.22.0', '24.6.0', '26.1.0'])('runs on Node.js %s', (version) => {
    expect(() => {
      assertNode(version);
    }).not.toThrow();
  });

  it('names what the broker answered at last, however deep the library nests it', async () => {
    const tries = [
      new AggregateError([brokerError('CONCURRENT_TRANSACTIONS')], 'first'),
      new AggregateError([brokerError('PRODUCER_FENCED')], 'second'),
    ];
    const failing = inWords('a transaction', () =>
      Promise.reject(new AggregateError(tries, 'failed 2 times')),
    );
    const error: unknown = await failing.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      message: 'a transaction failed: PRODUCER_FENCED',
      retriable: true,
    });
    expect(isFencedError(error)).toBe(true);
  });

  it('says what went wrong where no broker answered', async () => {
    const failing = inWords('joining the group', () =>
      Promise.reject(new Error('no connection', { cause: new Error('connect ECONNREFUSED') })),
    );
    await expect(failing).rejects.toThrow('joining the group failed: connect ECONNREFUSED');
  });

  it('checks certificates and logs in as the settings say', () => {
    const options = connectionOptions(
      {
        brokers: ['kafka:9093'],
        isTls: true,
        caPem: 'authority',
        certPem: null,
        keyPem: null,
        saslMechanism: 'scram-sha-512',
        username: 'scorer',
        password: 'secret',
        connectionTimeoutMs: 1_000,
        requestTimeoutMs: 2_000,
      },
      'client',
    );
    expect(options).toMatchObject({
      tls: { minVersion: 'TLSv1.2', ca: ['authority'] },
      tlsServerName: true,
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'scorer', password: 'secret' },
    });
    expect(options.tls).not.toHaveProperty('rejectUnauthorized');
  });

  it('waits longer with every try, up to a bound', () => {
    const waits = [1, 2, 3, 9].map((attempt) => backOff(5, 100)(null, '', attempt));
    expect(waits).toEqual([5, 10, 20, 100]);
  });
});
