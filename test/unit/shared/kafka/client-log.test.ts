/** What the client says of itself: an error in the log is one that somebody has to look at. */
import { logLevel, type LogEntry } from 'kafkajs';
import { reportOf } from '../../../../shared/kafka/client.js';

const entry = (level: logLevel, message: string): LogEntry => ({
  namespace: 'Connection',
  level,
  label: 'ERROR',
  log: { timestamp: '2026-01-01T00:00:00.000Z', logger: 'kafkajs', message, broker: 'b:9092' },
});

describe('the log of the Kafka client', () => {
  it.each([
    'Response AddPartitionsToTxn(key: 24, version: 1)',
    'Failed to send messages: The producer attempted to update a transaction while another concurrent operation on the same transaction was ongoing',
    'The coordinator is not aware of this member, re-joining the group',
  ])('warns of what is tried again or thrown to the caller: %s', (message) => {
    expect(reportOf(entry(logLevel.ERROR, message))).toEqual({
      level: 'warn',
      message,
      detail: { broker: 'b:9092' },
    });
  });

  it('reports other errors as errors', () => {
    expect(reportOf(entry(logLevel.ERROR, 'Connection error: ECONNREFUSED'))?.level).toBe('error');
  });

  it('is silent about choices made on purpose', () => {
    const message = 'Limiting retries for the idempotent producer may invalidate EoS guarantees';
    expect(reportOf(entry(logLevel.WARN, message))).toBeNull();
  });
});
