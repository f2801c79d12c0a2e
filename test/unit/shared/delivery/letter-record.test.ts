/** A record goes into a letter and comes out of it as it was. */
import { letterAbout } from '../../../../shared/core/validation/dead-letter.js';
import { recordIn } from '../../../../shared/delivery/letter-record.js';

const facts = { service: 'ingest', code: 'not-avro', reason: 'The event is unreadable.' };
const record = {
  topic: 'orders',
  partition: 3,
  offset: 42,
  timestampMs: 1_700_000_000_000,
  key: Buffer.from('C-1'),
  value: Buffer.from([0, 1, 255]),
  headers: [{ name: 'a', value: Buffer.from('b') }],
};

describe('a dead letter', () => {
  it('gives back the record it is about', () => {
    expect(recordIn(letterAbout(record, facts))).toEqual(record);
  });

  it('keeps what is empty empty', () => {
    const empty = { ...record, key: null, value: null, headers: [] };
    expect(recordIn(letterAbout(empty, facts))).toEqual(empty);
  });

  it('is named after the service and the place, so that a repetition is recognised', () => {
    expect(letterAbout(record, facts)).toMatchObject({
      outputId: 'ingest-orders-3-42',
      code: facts.code,
    });
  });
});
