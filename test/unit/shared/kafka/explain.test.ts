import { explainKafka } from '../../../../shared/kafka/explain.js';

const BROKERS = ['kafka-1:9093', 'kafka-2:9093'];
const clientError = (name: string, message: string, cause?: Error): Error =>
  Object.assign(new Error(message, { cause }), { name });
const words = (error: unknown): string => {
  const explained = explainKafka(error, BROKERS);
  return explained instanceof Error ? explained.message : '';
};

describe('an error of Kafka in words', () => {
  it('names the setting of the authority when a certificate is not accepted', () => {
    const inner = clientError(
      'KafkaJSConnectionError',
      'Connection error: certificate has expired',
    );
    const outer = clientError('KafkaJSNumberOfRetriesExceeded', 'retries are over', inner);
    expect(words(outer)).toBe(
      'Kafka at kafka-1:9093, kafka-2:9093 has a certificate that is not accepted (Connection error: ' +
        'certificate has expired); check KUNDENPULS_KAFKA_CA_FILE',
    );
  });

  it('names the settings of the login when it is refused', () => {
    const error = clientError(
      'KafkaJSSASLAuthenticationError',
      'SCRAM failed: invalid credentials',
    );
    expect(words(error)).toContain('check KUNDENPULS_KAFKA_USERNAME and KUNDENPULS_KAFKA_PASSWORD');
  });

  it.each(['Not authorized to access topics', 'a transaction failed: GROUP_AUTHORIZATION_FAILED'])(
    'names the file of rights when one is missing: %s',
    (message) => {
      expect(words(clientError('KafkaClientError', message))).toContain(
        'grant it the rights of its role in deploy/security/kafka-acls.json',
      );
    },
  );

  it('leaves other errors as they are', () => {
    const ours = new Error('the certificate of something else');
    expect(explainKafka(ours, BROKERS)).toBe(ours);
    const theirs = clientError('KafkaJSError', 'no leader');
    expect(explainKafka(theirs, BROKERS)).toBe(theirs);
  });
});
