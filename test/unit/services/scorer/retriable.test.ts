import { isRetriable } from '../../../../services/scorer/retriable.js';

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

describe('what a scorer waits for', () => {
  it.each([
    named('ReplyError', 'LOADING Redis is loading the dataset in memory'),
    named('ReplyError', 'OOM command not allowed when used memory > maxmemory'),
    named('KafkaJSNumberOfRetriesExceeded', 'no leader'),
    Object.assign(new Error('a transaction failed'), { retriable: true }),
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
  ])('passes: %s', (error) => {
    expect(isRetriable(error)).toBe(true);
  });

  it.each([
    named('ReplyError', "NOPERM User reader has no permissions to run the 'evalsha' command"),
    named('ReplyError', 'WRONGTYPE Operation against a key holding the wrong kind of value'),
    new TypeError('undefined is not a function'),
    'text',
  ])('needs a person: %s', (error) => {
    expect(isRetriable(error)).toBe(false);
  });
});
